import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseToml } from '../../src/actions/toml.ts';
import { actionNamed, perform, workFolder } from './bench.ts';

describe('file', () => {
  test('a single file has its text', async () => {
    const cwd = workFolder({ VERSION: '1.1.0\n' });
    const { fields } = await perform('file', 'VERSION', { cwd });
    expect(fields).toEqual({ exists: true, count: 1n, files: ['VERSION'], text: '1.1.0\n' });
  });

  test('what is not there does not exist, and its text says so', async () => {
    const { fields, absent, reason } = await perform('file', ['nope', 'no/such/*']);
    expect(fields).toEqual({ exists: false, count: 0n, files: [] });
    expect({ absent, reason }).toEqual({ absent: { text: 'there is no such file' }, reason: null });
  });

  test('patterns', async () => {
    const cwd = workFolder({
      'a.ts': '',
      'b.js': '',
      '.env': '',
      'src/c.ts': '',
      'src/deep/d.ts': '',
      'src/.x/e.ts': '',
    });
    symlinkSync('..', `${cwd}/src/loop`);
    const found = async (...paths: string[]) => (await perform('file', paths, { cwd })).fields['files'];
    expect(await found('*.ts')).toEqual(['a.ts']);
    expect(await found('**/*.ts')).toEqual(['a.ts', 'src/.x/e.ts', 'src/c.ts', 'src/deep/d.ts']);
    expect(await found('src/**')).toEqual(['src/.x/e.ts', 'src/c.ts', 'src/deep/d.ts', 'src/loop']);
    expect(await found('**/*env', '**/.e*', '*/*.ts')).toEqual(['.env', 'src/c.ts']);
    expect(await found('*.{ts,js}', '[ab].ts', './a.ts')).toEqual(['a.ts', 'b.js']);
    expect(await found('.*', 'src/.x/*')).toEqual(['.env', 'src/.x/e.ts']);
    expect(await found('src', 'src/d*')).toEqual(['src', 'src/deep']);
    expect(await found(`${cwd}/a.t?`)).toEqual([`${cwd}/a.ts`]);
    expect(await found('a.ts/x', 'b+.js', '(a|b)')).toEqual([]);
  });

  test('a wildcard never leads into .git, whose name does', async () => {
    const cwd = workFolder({ '.git/HEAD': '', '.github/x.yml': '', 'sub/.git': 'gitdir: elsewhere' });
    const found = async (...paths: string[]) => (await perform('file', paths, { cwd })).fields['files'];
    expect(await found('**', '.*', '.*/**', '**/.g*')).toEqual(['.github', '.github/x.yml']);
    expect(await found('.git/HEAD', 'sub/.git')).toEqual(['.git/HEAD', 'sub/.git']);
  });

  test('a pipe exists and has no text, also behind a link; nobody waits for its writer', async () => {
    const cwd = workFolder({});
    execFileSync('mkfifo', [`${cwd}/pipe`]);
    symlinkSync('pipe', `${cwd}/link`);
    const { fields, absent } = await perform('file', 'pipe', { cwd });
    expect(fields).toEqual({ exists: true, count: 1n, files: ['pipe'] });
    expect(absent).toEqual({ text: 'pipe is a pipe, a socket or a device, and no regular file' });
    expect((await perform('file', 'link', { cwd })).reason).toMatch(/link: it is a pipe, which has no part to read$/);
  });

  test('text is of one file, not of several, a folder or a large one', async () => {
    const cwd = workFolder({ a: '', b: '', 'dir/x': '', large: 'x'.repeat(1024 * 1024 + 1) });
    const why = async (path: string) => (await perform('file', path, { cwd })).absent?.['text'];
    expect(await why('[ab]')).toBe('text is of one file, and 2 match');
    expect(await why('dir')).toBe('dir is a folder');
    expect(await why('large')).toBe('large is larger than 1 MiB');
  });
});

describe('grep', () => {
  const files = {
    'a.txt': 'one\nTODO two\r\nthree',
    'src/b.txt': 'todo\nTODO',
    'src/gen/c.txt': 'TODO\n',
    bin: '\0TODO\n',
  };

  test('counts lines and lists them as path:line:text', async () => {
    const cwd = workFolder(files);
    const { fields } = await perform(
      'grep',
      { pattern: 'TODO', in: ['**/*.txt', 'bin'], not_in: 'src/gen/**' },
      { cwd },
    );
    expect(fields).toEqual({ searched: 3n, count: 2n, matches: ['a.txt:2:TODO two', 'src/b.txt:2:TODO'] });
  });

  test('patterns that name no file make it fail: nothing was looked at', async () => {
    const cwd = workFolder(files);
    const { reason } = await perform('grep', { pattern: 'TODO', in: 'srcc/**' }, { cwd });
    expect(reason).toBe('there is no file of the kind that is looked at here');
  });

  test('a line that crosses the border of two pieces is one line', async () => {
    const line = `${'x'.repeat(1024 * 1024 - 10)}\n${'y'.repeat(20)}needle\nend`;
    const cwd = workFolder({ big: line });
    const { fields } = await perform('grep', { pattern: '^y+needle$', in: 'big' }, { cwd });
    expect(fields).toEqual({ searched: 1n, count: 1n, matches: [`big:2:${'y'.repeat(20)}needle`] });
  });

  test('looks at kinds of files, without sets, at code alone and at whole words', async () => {
    const cwd = workFolder({
      'app/main.py': '# sentry\nimport sentry_sdk\nx.getAsEntry()\n"""sentry"""\n',
      'tests/test_main.py': 'import sentry_sdk\n',
      'README.md': 'sentry',
    });
    const look = { pattern: '(?i)sentry', of: 'code', exclude: ['tests'], comments: 'skip', words: true };
    const { fields } = await perform('grep', look, { cwd });
    expect(fields).toEqual({ searched: 1n, count: 1n, matches: ['app/main.py:2:import sentry_sdk'] });
    const none = await perform('grep', { pattern: 'x', of: ['pipelines', 'compose'] }, { cwd });
    expect(none.reason).toBe('there is no pipeline and no compose file here');
    expect((await perform('file', { of: 'documents' }, { cwd })).fields['files']).toEqual(['README.md']);
  });

  test.each([
    [{ pattern: 'x' }, 'say where to look'],
    [{ pattern: 'x', of: 'pipeline' }, ''],
    [{ pattern: 'x', in: 'a', exclude: 'locks' }, ''],
    [{ pattern: 'x', in: 'a', comments: 'no' }, ''],
  ])('%j is refused', (value, message) => {
    const read = actionNamed('grep').params.safeParse(value);
    expect(read.success).toBe(false);
    expect(read.error?.message).toContain(message);
  });

  test('takes linear time whatever the pattern', async () => {
    const cwd = workFolder({ big: `${'a'.repeat(100_000)}!\n` });
    const start = performance.now();
    expect((await perform('grep', { pattern: '(a+)+$', in: 'big' }, { cwd })).fields['count']).toBe(0n);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test('lists at most 1,000 matches and counts all', async () => {
    const cwd = workFolder({ big: 'hit\n'.repeat(1500) });
    const { fields } = await perform('grep', { pattern: 'hit', in: 'big' }, { cwd });
    expect(fields['count']).toBe(1500n);
    expect(fields['matches']).toHaveLength(1000);
  });

  test('a wrong pattern is refused when the document is read', () => {
    expect(actionNamed('grep').params.safeParse({ pattern: '(a', in: 'x' }).success).toBe(false);
    expect(actionNamed('grep').params.safeParse({ pattern: '(a{1}', in: 'x' }).success).toBe(false);
  });
});

describe('data', () => {
  test.each([
    ['a.json', '{"n": 9007199254740993, "f": 1.5}', { n: 9007199254740993n, f: 1.5 }],
    [
      'a.yaml',
      'n: 12\nf: 1.5\nlist: [a, true, null]\nref: &r {x: 1}\nagain: *r\n',
      {
        n: 12n,
        f: 1.5,
        list: ['a', true, null],
        ref: { x: 1n },
        again: { x: 1n },
      },
    ],
    ['a.yml', 'a: 1\n---\nb: 2\n', [{ a: 1n }, { b: 2n }]],
    ['a.toml', '[server]\nport = 80\n', { server: { port: 80n } }],
    ['.env', `# c\nA=1\nexport B="x\\ny" \nC='$x # y'\nD=v # note\n`, { A: '1', B: 'x\ny', C: '$x # y', D: 'v' }],
  ])('%s', async (name, text, doc) => {
    const cwd = workFolder({ [name]: text });
    expect((await perform('data', name, { cwd })).fields['doc']).toEqual(doc);
  });

  test.each([
    ['a.json', '{"n": }', 'a.json is not json: not a JSON value (line 1, column 7)'],
    ['a.yaml', 'a: 1\na: 2\n', expect.stringMatching(/^a.yaml is not yaml: Map keys must be unique/)],
    ['a.yaml', `a: &a [x]\n${'b: [*a,*a,*a]\n'.slice(0, 0)}c: *nope\n`, expect.stringMatching(/^a.yaml is not yaml: /)],
    ['a.toml', 'a = \n', 'a.toml is not toml: invalid value (line 1)'],
    ['.env', 'just words\n', '.env is not env: line 1 is not NAME=value'],
  ])('%s: %j fails', async (name, text, reason) => {
    const cwd = workFolder({ [name]: text });
    expect((await perform('data', name, { cwd })).reason).toEqual(reason);
  });

  test('an alias bomb, a missing file and a folder are reasons', async () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [from, to] of ['ab', 'bc', 'cd', 'de', 'ef', 'fg'].map((pair) => [...pair])) {
      bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(',')}]`);
    }
    const cwd = workFolder({ 'bomb.yaml': bomb.join('\n') });
    mkdirSync(`${cwd}/dir.json`);
    expect((await perform('data', 'bomb.yaml', { cwd })).reason).toMatch(/alias/);
    expect((await perform('data', 'gone.json', { cwd })).reason).toMatch(/gone\.json/);
    expect((await perform('data', 'dir.json', { cwd })).reason).toMatch(/dir\.json/);
  });

  test('the format is given or told by the name', async () => {
    const data = actionNamed('data');
    expect(data.params.safeParse('config').success).toBe(false);
    const cwd = workFolder();
    writeFileSync(`${cwd}/config`, 'a = 1');
    expect((await perform('data', { file: 'config', format: 'toml' }, { cwd })).fields['doc']).toEqual({ a: 1n });
  });
});

describe('TOML', () => {
  test('the parts of the language', () => {
    const text = String.raw`# a comment
title = "a \"b\" \u00e9" # another
path = 'C:\no'
"quoted key".x = 1
a.b.c = true
ints = [1_000, 0xff, 0o17, 0b11, -3,
  +4, # inside
]
floats = [1.5, 1e3, -inf]
when = 2026-01-01T00:00:00Z
day = 2026-01-01
long = """
one \
   two
"three" """
raw = '''
a\b'''
point = { x = 1, y.z = 2 }

[server.http]
port = 80
[server]
name = "s"
[[item]]
n = 1
[item.sub]
k = 1
[[item]]
n = 2
`;
    expect(parseToml(text)).toEqual({
      title: 'a "b" é',
      path: String.raw`C:\no`,
      'quoted key': { x: 1n },
      a: { b: { c: true } },
      ints: [1000n, 255n, 15n, 3n, -3n, 4n],
      floats: [1.5, 1000, Number.NEGATIVE_INFINITY],
      when: '2026-01-01T00:00:00Z',
      day: '2026-01-01',
      long: 'one two\n"three" ',
      raw: String.raw`a\b`,
      point: { x: 1n, y: { z: 2n } },
      server: { http: { port: 80n }, name: 's' },
      item: [{ n: 1n, sub: { k: 1n } }, { n: 2n }],
    });
  });

  test.each([
    ['a = 1\na = 2', 'trying to redefine an already defined table or value (line 2)'],
    ['[a]\n[a]', 'trying to redefine an already defined table or value (line 2)'],
    ['a = {x = 1}\n[a.b]', 'trying to redefine an already defined table or value (line 2)'],
    ['a = 012', 'illegal leading zero (line 1)'],
    ['a = 1 b = 2', 'each key-value declaration must be followed by an end-of-line (line 1)'],
    ['a = "x', 'unfinished string (line 1)'],
    ['a = "\\q"', 'unrecognised escape sequence (line 1)'],
    ['a = "\\ud800"', 'invalid unicode escape (line 1)'],
    ['a = 9223372036854775808', '9223372036854775808 does not fit 64 bits'],
    ['= 1', 'unexpected end of key (line 1)'],
    ['a = [1 2]', 'expected comma or end of structure (line 1)'],
    [`a = ${'['.repeat(500)}`, 'excessively nested structures. aborting. (line 1)'],
    [`${'a.'.repeat(500)}b = 1`, 'nested more than 100 deep'],
  ])('%j is refused', (text, message) => {
    expect(() => parseToml(text)).toThrow(message);
  });
});
