import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { check } from '../../src/commands/check.ts';
import { schema } from '../../src/commands/schema.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gonogo-check-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function run(files: readonly string[], json = false, root?: string) {
  const written = { stdout: '', stderr: '' };
  const io = {
    stdout: (text: string) => {
      written.stdout += text;
    },
    stderr: (text: string) => {
      written.stderr += text;
    },
    terminal: false,
    env: {},
  };
  return { code: await check(files, { json, root }, io), ...written };
}

describe('gonogo check', () => {
  test('a right document is exit 0 and prints nothing on stdout', async () => {
    const file = write('good.yaml', 'runbook: Good\nphases: { deploy: [{ run: make }] }\n');
    expect(await run([file])).toStrictEqual({ code: 0, stdout: '', stderr: '1 file checked: 0 errors, 0 warnings\n' });
  });

  test('warnings change no exit code', async () => {
    const file = write(
      'warn.yaml',
      'runbook: Warn\nphases: { deploy: [{ run: make, done_when: { run: test -f x } }] }\n',
    );
    const { code, stdout } = await run([file]);
    expect(code).toBe(0);
    expect(stdout).toContain('warning[probe]');
  });

  test('all problems of all files are told at once, as data too', async () => {
    const one = write('one.yaml', 'runbook: One\nphases: { deploy: [{ rnu: make }, { run: make, timeout: 5 }] }\n');
    const two = write('two.yaml', 'runbook: Two\nphases: { deploy: [{ include: missing.yaml }] }\n');
    const { code, stdout } = await run([one, two], true);
    expect(code).toBe(2);
    const entry = z.strictObject({
      file: z.string(),
      line: z.int(),
      column: z.int(),
      severity: z.enum(['error', 'warning']),
      code: z.string(),
      message: z.string(),
      hint: z.string(),
    });
    const found = z.array(entry).parse(JSON.parse(stdout));
    expect(found.map(({ file, code: what }) => [file, what])).toStrictEqual([
      [one, 'unknown-key'],
      [one, 'wrong-value'],
      [two, 'unreadable'],
    ]);
  });

  test.each([
    ['a missing file', () => join(folder, 'missing.yaml')],
    ['a folder', () => folder],
    ['a binary file', () => write('binary.yaml', new Uint8Array([0, 1, 2, 255]))],
    ['a file that is not UTF-8', () => write('latin.yaml', new Uint8Array([0x72, 0xe9, 0x0a]))],
    ['an empty file', () => write('empty.yaml', '')],
  ])('%s gets one message', async (_, make) => {
    const { code, stdout } = await run([make()]);
    expect(code).toBe(2);
    expect(stdout.match(/error\[/g)).toHaveLength(1);
    expect(stdout).not.toMatch(/^\s+at /m);
  });

  test.skipIf(process.getuid?.() === 0)('an unreadable file gets one message', async () => {
    const file = write('secret.yaml', 'runbook: x\n');
    chmodSync(file, 0);
    expect((await run([file])).stdout).toContain('not permitted');
  });

  test('documents are found from the document that names them', async () => {
    mkdirSync(join(folder, 'parts'));
    write('parts/wave.yaml', 'steps: [{ include: inner.yaml }]\n');
    write('parts/inner.yaml', 'steps: [{ run: make }]\n');
    const file = write('outer.yaml', 'runbook: Outer\nphases: { deploy: [{ include: parts/wave.yaml }] }\n');
    expect((await run([file])).code).toBe(0);
  });
});

describe('gonogo schema', () => {
  test.each(['runbook', 'checklist'])('%s is a JSON Schema that closes its objects', async (kind) => {
    let written = '';
    const io = {
      stdout: (text: string) => {
        written += text;
      },
      stderr: () => undefined,
      terminal: false,
      env: {},
    };
    expect(await schema(kind, io)).toBe(0);
    const printed = z
      .looseObject({ $schema: z.string(), $defs: z.record(z.string(), z.unknown()) })
      .parse(JSON.parse(written));
    expect(Object.keys(printed.$defs).sort()).toStrictEqual(['body', 'fact', 'hook', 'item', 'step']);
    expect(printed).toMatchObject({ type: 'object', additionalProperties: false });
    for (const [, name] of written.matchAll(/"\$ref": "#\/\$defs\/(\w+)"/g))
      expect(printed.$defs).toHaveProperty(name ?? '');
  });
});

describe('what is no document of ours', () => {
  test.each([
    ['variables', 'AWS_SECRET_ACCESS_KEY=wJalrXUt\n'],
    ['another YAML', 'password: hunter2\nusers: [root]\n'],
    ['broken YAML', 'password: "hunter2\n  : - [\n\tx'],
    ['a quote that is not closed before a word of ours', '"steps: hunter2\n'],
    ['another such quote', "'runbook: hunter2\n"],
    ['quotes that do not fit', `"steps': hunter2\n`],
    ['a word of ours that is no key', 'steps:hunter2\n- [x\n'],
    ['a quoted word of ours that is no key', '"checklist":hunter2 [\n'],
    ['a line that only begins like a marker', '---hunter2: "x\nsteps: [\n'],
    ['text behind a marker', '--- "hunter2\nsteps: [\n'],
    ['a line that is no directive', '%hunter2 [\nsteps: [\n'],
    ['a word of ours behind a tab', '\tsteps: hunter2\n'],
    ['a private key', '-----BEGIN KEY-----\nsteps: hunter2 [\n'],
    ['a word of ours in another document', 'hunter2: [\n---\nsteps: []\n'],
    ['text', 'root:x:0:0:root:/root:/bin/bash\n'],
  ])('shows none of its lines, included or named: %s', async (_, text) => {
    write('creds', text);
    const file = write('leak.yaml', 'runbook: Leak\nphases: { deploy: [{ include: { steps: creds } }] }\n');
    const included = await run([file]);
    expect(included.code).toBe(2);
    expect(included.stdout).toContain('creds is no document of gonogo');
    for (const { stdout } of [included, await run([join(folder, 'creds')])]) {
      expect(stdout).not.toMatch(/hunter2|wJalrXUt|bin.bash/);
      expect(stdout).not.toContain(' | password');
    }
  });

  test('comments, a marker and quotes before the first key do not hide that it is one', async () => {
    const file = write('late.yaml', '# who: me\n\n---\n"runbook": Late\nphases: { deploy: [{ rnu: make }] }\n');
    expect((await run([file])).stdout).toContain('phases: { deploy: [{ rnu: make }] }');
  });
});

describe('included documents', () => {
  const fragment = 'steps: [{ run: make }]\n';

  test('lie in the repository of the document, or in --root', async () => {
    mkdirSync(join(folder, 'repo', '.git'), { recursive: true });
    mkdirSync(join(folder, 'repo', 'runbooks'));
    write('outside.yaml', fragment);
    write('repo/shared.yaml', fragment);
    symlinkSync('../../outside.yaml', join(folder, 'repo', 'runbooks', 'link.yaml'));
    const including = (path: string) =>
      write('repo/runbooks/a.yaml', `runbook: A\nphases: { deploy: [{ include: { steps: ${path} } }] }\n`);
    expect((await run([including('../shared.yaml')])).code).toBe(0);
    for (const path of ['../../outside.yaml', 'link.yaml', join(folder, 'outside.yaml')]) {
      const refused = await run([including(path)]);
      expect(refused.code, path).toBe(2);
      expect(refused.stdout).toContain('is not read');
      expect(refused.stdout).toContain('--root DIR');
      expect((await run([including(path)], false, folder)).code, path).toBe(0);
    }
    expect((await run([including('../shared.yaml')], false, join(folder, 'repo', 'runbooks'))).code).toBe(2);
  });
});

describe('a word of a command that may be an option', () => {
  const release = (variable: string, command: string) =>
    `runbook: R\nvars: { v: ${variable} }\nphases: { deploy: [{ run: ${command} }] }\n`;

  test.each([
    ['{ ask: Which }', '[ls, "${{ v }}"]'],
    ['{ env: V }', '[ls, -l, "${{ v }}/x"]'],
    ["{ ask: Which, match: '.*' }", '[ls, "${{v}}"]'],
    ['{ ask: Which, type: int }', '[kill, "${{ v }}"]'],
    ['-rf', '[rm, "${{ v }}"]'],
    ['{ ask: Which }', '[ls, "${{ v + \'.yaml\' }}"]'],
    ['{ ask: Which }', '[ls, "${{ \'\' + v }}"]'],
    ['{ ask: Which }', '[ls, "${{ v.trim() }}"]'],
    ['{ ask: Which }', "[ls, \"${{ v == '' ? 'a' : v }}\"]"],
    ['{ ask: Which, type: int }', '[kill, "${{ string(v) }}"]'],
    ['{ ask: Which }', '{ argv: [ls, "${{ v }}"] }'],
  ])('is a warning: %s in %s', async (variable, command) => {
    const { code, stdout } = await run([write('dash.yaml', release(variable, command))]);
    expect(code).toBe(0);
    expect(stdout).toContain('warning[leading-dash]: v may begin with a dash');
  });

  const whole = (more: string) =>
    `runbook: R\nvars: { v: { ask: Which } }\nphases: { deploy: [{ check: "true" }${more}`;
  test.each([
    ['v', '{ scan: { run: [trivy, "${{ v }}"] } }] }\n'],
    ['v', '{ run: "true", undo: { run: [ls, "${{ v }}"] } }] }\n'],
    ['v', '{ run: "true", done_when: { check: [ls, "${{ v + v }}"] } }] }\n'],
    ['v', '{ parallel: [{ check: [ls, "${{ v }}"] }, { check: "true" }] }] }\n'],
    [
      'steps.a.captured.b',
      '{ id: a, check: "true", capture: { b: stdout } }, { run: [ls, "${{ steps.a.captured.b }}"] }] }\n',
    ],
    ['v.substring(1)', '{ run: [ls, "${{ v.substring(1) }}"] }] }\n'],
    ['reason', '{ check: "true" }] }\nhooks: { failed: [{ run: [notify-send, "${{ reason }}"] }] }\n'],
  ])('is a warning wherever a command is a list: %s in %s', async (name, more) => {
    const { stdout } = await run([write('dash.yaml', whole(`, ${more}`))]);
    expect(stdout).toContain(`warning[leading-dash]: ${name} may begin with a dash`);
  });

  test.each([
    ['{ ask: Which }', '[ls, "${{ \'v\' + v }}"]'],
    ['{ ask: Which }', "[ls, \"${{ v == 'a' ? '-a' : '-b' }}\"]"],
    ['{ ask: Which }', '[ls, "${{ v.size() }}"]'],
    ['{ ask: Which }', '[ls, "a${{ v }}"]'],
    ['{ ask: Which }', '{ argv: [ls, --, "${{ v + v }}"] }'],
    ['{ ask: Which }', '[ls, --, "${{ v }}"]'],
    ['{ ask: Which }', '[ls, "--app=${{ v }}"]'],
    ["{ ask: Which, match: 'v\\d+' }", '[ls, "${{ v }}"]'],
    ['{ ask: Which, choices: [a, b] }', '[ls, "${{ v }}"]'],
    ['shop', '[ls, "${{ v }}"]'],
    ['{ ask: Which }', 'ls "$v"'],
  ])('is none: %s in %s', async (variable, command) => {
    expect((await run([write('dash.yaml', release(variable, command))])).stdout).toBe('');
  });
});

describe('slips of the hand', () => {
  const release = (step: string) =>
    `runbook: R\nvars: { version: { ask: Which }, old_version: { ask: Which } }\nphases: { deploy: [{ ${step} }, { manual: '\${{ version }} \${{ old_version }}' }] }\n`;

  test.each([
    ['run: echo "$verison"', 'warning[unknown-variable]: there is no variable verison', 'did you mean $version?'],
    ['check: "true", expect: old_version < version', 'warning[version-as-text]', 'put each side into version(…)'],
    ['check: "true", when: \'version >= "v1.10"\'', 'warning[version-as-text]', 'put each side into version(…)'],
  ])('%s is a warning', async (step, warning, hint) => {
    const { code, stdout } = await run([write('slip.yaml', release(step))]);
    expect(code, stdout).toBe(0);
    expect(stdout).toContain(warning);
    expect(stdout).toContain(hint);
  });

  test.each([
    'run: verison=1; echo "$verison"',
    'run: "echo ${verison:?}"',
    'run: echo "$home $verbose"',
    'check: "true", expect: version(old_version) < version(version)',
    'check: "true", expect: version == "1.10" && ms < 5',
  ])('%s is none', async (step) => {
    expect((await run([write('slip.yaml', release(step))])).stdout).toBe('');
  });

  test('any step id will do that is no undo, and a variable is told what its name means', async () => {
    const file = write(
      'ids.yaml',
      'runbook: R\nvars: { now: x }\nphases: { deploy: [{ id: exit, run: make }, { id: json, run: make, when: steps.exit.exit == 0 }] }\n',
    );
    const { stdout } = await run([file]);
    expect(stdout).toContain('the name now is reserved: it is a word of the expression language');
    expect(stdout).not.toContain('wrong-id');
  });
});
