/** What a survey of a folder sees: ignore files as git reads them, odd files, and each file once. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { selectionOf } from '../../src/actions/selecting.ts';
import { realFiles } from '../../src/host/files.ts';
import type { Files } from '../../src/host/host.ts';
import { compileRegex } from '../../src/runbook/regex.ts';
import { foldCase, lineSearch } from '../../src/search/line-search.ts';
import { requiredTexts } from '../../src/search/required-texts.ts';
import { createSurvey } from '../../src/search/survey.ts';
import { auditHeard, auditJson, repository, temporaryFolder, textFile } from './repository.ts';

const everything = ['**', '**/.*', '**/.*/**'];

async function seen(folder: string, patterns: readonly string[]): Promise<readonly string[]> {
  const found = await createSurvey(realFiles, { respectIgnore: true }).select(
    folder,
    selectionOf({ in: patterns, not_in: ['.git/**'] }),
  );
  if (!found.ok) throw new Error(found.message);
  return found.found.filter(({ facts }) => facts.kind === 'file').map(({ path }) => path);
}

/** The files that git does not leave out. */
function listedByGit(folder: string): readonly string[] {
  const out = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: folder,
    encoding: 'utf8',
  });
  return [...new Set(out.split('\0').filter((path) => path !== ''))].sort();
}

/** Files that are there and not added, so that nothing but the rules decides. */
function untracked(files: Readonly<Record<string, string>>): string {
  const folder = repository({});
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const tree = [
  'a.txt',
  'b.log',
  'keep.log',
  'src/a.txt',
  'src/b.log',
  'src/deep/a.txt',
  'src/deep/keep.log',
  'build/out.js',
  'src/build/out.js',
  'docs/x y.md',
  'docs/[z].md',
  'docs/#h',
  'docs/!n',
  'node_modules/p/index.js',
  '.env',
  'src/.env',
  'a b ',
];

describe('.gitignore', () => {
  const rules = [
    '*.log',
    '!keep.log',
    '/a.txt',
    'build/',
    '/build',
    'src/build',
    'src/**',
    '!src/deep',
    '**/deep',
    'deep/**',
    'docs/*.md',
    '# comment',
    '\\#h',
    '\\!n',
    'docs/x y.md   ',
    'a b\\ ',
    '[ab].txt',
    '[!a].log',
    'docs/\\[z\\].md',
    'node_modules',
    '.env',
    '!src/.env',
    '**/a.txt',
    'src/**/a.txt',
    '*',
    '!*/',
    '!*.js',
    '?.txt',
    '/*',
    '!/src',
    '[',
    'a\\',
    '',
  ];

  test.each(rules)('the rule %j leaves out what git leaves out', async (rule) => {
    const folder = untracked({ ...Object.fromEntries(tree.map((path) => [path, path])), '.gitignore': `${rule}\n` });
    expect(await seen(folder, everything)).toEqual(listedByGit(folder));
  });

  test('any rules, in any files of the tree: as git', async () => {
    const list = fc.array(fc.constantFrom(...rules), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(list, list, list, async (top, src, deep) => {
        const folder = untracked({
          ...Object.fromEntries(tree.map((path) => [path, path])),
          '.gitignore': top.join('\n'),
          'src/.gitignore': src.join('\r\n'),
          'src/deep/.gitignore': deep.join('\n'),
        });
        expect(await seen(folder, everything)).toEqual(listedByGit(folder));
      }),
      { numRuns: 40 },
    );
  });

  test('a folder inside a work tree obeys the rules above it', async () => {
    const folder = untracked({
      '.gitignore': 'dist\n',
      '.git/info/exclude': 'secret.*\n',
      'app/dist/a.js': '',
      'app/b.js': '',
      'app/secret.js': '',
    });
    expect(await seen(join(folder, 'app'), ['**/*.js'])).toEqual(['b.js']);
  });

  test.each([
    ['2', 'sha1'],
    ['4', 'sha1'],
    ['2', 'sha256'],
    ['4', 'sha256'],
  ])(
    'what is tracked is seen whatever the rules say, by an index of version %s with names by %s',
    async (version, format) => {
      const tree = { '.env.example': '', 'dist/kept/a.js': '', 'dist/made.js': '', 'ä ö/dist/b.js': '', '.env': '' };
      const folder = untracked({ '.gitignore': '.env*\ndist/\n', ...tree });
      const git = (...words: string[]) => execFileSync('git', words, { cwd: folder });
      rmSync(join(folder, '.git'), { recursive: true });
      git('init', '--quiet', '--initial-branch=main', `--object-format=${format}`);
      git('config', 'index.version', version);
      git('add', '--force', '.gitignore', '.env.example', 'dist/kept/a.js', 'ä ö/dist/b.js');
      const wanted = ['.env.example', '.gitignore', 'dist/kept/a.js', 'ä ö/dist/b.js'];
      expect(await seen(folder, everything)).toEqual(wanted);
      expect(await seen(join(folder, 'dist'), everything)).toEqual(['kept/a.js']);
      git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--message', 'x');
      git('worktree', 'add', '--quiet', '../beside');
      writeFileSync(join(folder, '../beside/.env'), '');
      expect(await seen(join(folder, '../beside'), everything)).toEqual(wanted);
    },
  );

  test('an index that is not understood tracks nothing', async () => {
    const folder = untracked({
      '.gitignore': '.env*\n',
      '.env.example': '',
      '.git/index': 'DIRC\0\0\0\u0002\0\0\0\u0009short',
    });
    expect(await seen(folder, everything)).toEqual(['.gitignore']);
  });

  test('a path that is named letter by letter is seen all the same', async () => {
    const folder = untracked({ '.gitignore': '.env\ndist\n', '.env': '', 'dist/app.js': '', 'sub/.env': '' });
    expect(await seen(folder, ['.env', 'dist/app.js', '**/.env'])).toEqual(['.env', 'dist/app.js']);
  });
});

function counting(): {
  readonly files: Files;
  readonly reads: Map<string, number>;
  readonly lists: Map<string, number>;
} {
  const reads = new Map<string, number>();
  const lists = new Map<string, number>();
  const count = (map: Map<string, number>, path: string): void => {
    map.set(path, (map.get(path) ?? 0) + 1);
  };
  const files: Files = {
    ...realFiles,
    readRange: (path, start, length) => {
      count(reads, path);
      return realFiles.readRange(path, start, length);
    },
    readAtOnce: (path, length) => {
      count(reads, path);
      return realFiles.readAtOnce?.(path, length) ?? new Uint8Array();
    },
    list: (path) => {
      count(lists, path);
      return realFiles.list(path);
    },
  };
  return { files, reads, lists };
}

describe('a survey', () => {
  test('has looked at many files only when one pattern leads to many, however many alternatives it has', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `part/file${index}.py`);
    const folder = untracked(Object.fromEntries(names.map((name) => [name, ''])));
    const alternatives = Array.from({ length: 700 }, (_, index) => `x${index}`).join(',');
    expect(await seen(folder, [`**/{${alternatives},file7}.py`])).toEqual(['part/file7.py']);
  });

  test('reads each file and lists each folder once, however often it is asked', async () => {
    const folder = untracked({ 'a.py': 'x', 'src/b.py': 'y', 'src/c.js': 'z' });
    const { files, reads, lists } = counting();
    const survey = createSurvey(files, { respectIgnore: true });
    for (const patterns of [['**/*.py'], ['**'], ['src/*'], ['**/*.py']]) {
      const found = await survey.select(folder, selectionOf({ in: patterns }));
      for (const one of found.ok ? found.found : []) {
        if (one.facts.kind === 'file') await survey.read(one);
      }
    }
    expect([...reads.keys()].map((path) => path.slice(folder.length + 1)).sort()).toEqual([
      '.git/index',
      'a.py',
      'src/b.py',
      'src/c.js',
    ]);
    expect(new Set(reads.values())).toEqual(new Set([1]));
    expect(new Set(lists.values())).toEqual(new Set([1]));
  });

  test('text has line feeds alone; a NUL makes a file binary; more than 1 MiB is read in pieces', async () => {
    const folder = untracked({ 'a.txt': 'one\r\ntwo\r\n', 'b.bin': 'x\0y', 'c.txt': 'x'.repeat(1024 * 1024 + 1) });
    const survey = createSurvey(realFiles, { respectIgnore: false });
    const found = await survey.select(folder, selectionOf({ in: ['*'] }));
    const files = await Promise.all((found.ok ? found.found : []).map((one) => survey.read(one)));
    expect(files.map(({ kind }) => kind)).toEqual(['text', 'binary', 'large']);
    expect(files[0]).toMatchObject({ text: 'one\ntwo\n' });
  });
});

const one = (body: string): string =>
  textFile(
    'c.yaml',
    `checklist: One item\ncategories:\n  only:\n    items:\n      - id: found\n        severity: blocker\n${body.replaceAll(/^/gm, '        ')}\n`,
  );

describe('odd files', () => {
  test('links in a circle, to nothing and to folders are passed over; binary files have no lines; large ones are searched', async () => {
    const folder = repository({
      'a.txt': 'needle\n',
      'z.bin': 'needle\0needle',
      'large.txt': [...Array.from({ length: 40_000 }, () => 'x'.repeat(99)), 'needle'].join('\n'),
    });
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    symlinkSync('..', join(folder, 'up'));
    const { evidence } = await auditJson(one("grep: { pattern: needle, in: '**' }\nexpect: count == 0"), {
      repo: folder,
      state: temporaryFolder(),
    });
    expect(evidence['found']).toEqual(['a.txt:1', 'large.txt:40001']);
  });

  test.skipIf(process.getuid?.() === 0)(
    'a file that may not be read leaves the item unknown, and says which',
    async () => {
      const folder = repository({ 'a.txt': 'x', 'b.txt': 'y' });
      chmodSync(join(folder, 'b.txt'), 0);
      const { findings, evidence } = await auditJson(one("grep: { pattern: needle, in: '**' }\nexpect: count == 0"), {
        repo: folder,
        state: temporaryFolder(),
      });
      expect(findings['found']).toBe('unknown');
      expect(evidence['found']?.join()).toContain('b.txt: permission denied');
    },
  );

  test('a folder that a file is expected to be makes data unknown, a missing file fails it', async () => {
    const folder = repository({ 'package.json/x': '', 'broken.json': '{' });
    const state = temporaryFolder();
    const folderCase = await auditJson(one('data: package.json\nexpect: doc.name != ""'), { repo: folder, state });
    const missing = await auditJson(one('data: none.json\nexpect: doc.name != ""'), { repo: folder, state });
    const broken = await auditJson(one('data: broken.json\nexpect: doc.name != ""'), { repo: folder, state });
    expect([folderCase, missing, broken].map(({ findings }) => findings['found'])).toEqual([
      'unknown',
      'failed',
      'failed',
    ]);
  });

  test('a pattern that would take a backtracking engine years ends at once', async () => {
    const folder = repository({ 'a.txt': `${'a'.repeat(50_000)}!\n` });
    const began = performance.now();
    const { code } = await auditHeard(one("grep: { pattern: '^(a+)+$', in: '*' }\nexpect: count == 0"), {
      repo: folder,
      state: temporaryFolder(),
    });
    expect(code).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('searching lines', () => {
  const naive = (source: string, text: string): readonly number[] => {
    const compiled = compileRegex(source);
    if (!compiled.ok) throw new Error(compiled.message);
    const lines = text.endsWith('\n') ? text.slice(0, -1).split('\n') : text.split('\n');
    return text === '' ? [] : lines.flatMap((line, index) => (compiled.regex.found(line) ? [index + 1] : []));
  };
  const numbers = (source: string, text: string): readonly number[] => {
    const compiled = lineSearch(source);
    if (!compiled.ok) throw new Error(compiled.message);
    return [...compiled.search.lines({ text, folded: foldCase(text) })].map(({ number }) => number);
  };
  const atoms = [
    'a',
    'b',
    'ab',
    'abc',
    '.',
    '\\.',
    '\\s',
    '\\w',
    '[ab]',
    '[^b]',
    '^',
    '$',
    '\\b',
    '(ab|ba)',
    '(?:a|b)',
    '(ab)?',
    '(ba)+',
    '(?i)',
    'ks',
    'KS',
    'c{2}',
    'b{0,1}',
    'ab*',
    'bc+',
    '[]a]',
    '\\x61',
    '(?P<n>ab)',
    'é',
    '|',
  ];
  const patterns = fc
    .array(fc.constantFrom(...atoms), { minLength: 1, maxLength: 5 })
    .map((parts) => parts.join(''))
    .filter((source) => compileRegex(source).ok);
  const texts = fc
    .array(
      fc
        .array(
          fc.constantFrom('a', 'b', 'c', 'ab', 'ba', ' ', '.', 'A', 'é', '', 'ks', 'Ks', '\u212a', '\u017f', '\u0130'),
          { maxLength: 6 },
        )
        .map((parts) => parts.join('')),
      { maxLength: 8 },
    )
    .map((lines) => lines.join('\n'));

  test('finds the lines that a search line by line finds', () => {
    fc.assert(
      fc.property(patterns, texts, (source, text) => {
        expect(numbers(source, text)).toEqual(naive(source, text));
      }),
      { numRuns: 3000 },
    );
  });

  test('what is required of a text is in every line that matches', () => {
    fc.assert(
      fc.property(patterns, texts, (source, text) => {
        const required = requiredTexts(source);
        const compiled = compileRegex(source);
        if (required === null || !compiled.ok) return;
        for (const line of text.split('\n'))
          if (compiled.regex.found(line))
            expect(
              required.texts.some((part) => (required.folded ? (foldCase(line) ?? part) : line).includes(part)),
            ).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['SECRET_KEY\\s*=', ['SECRET_KEY']],
    ['localhost|127\\.0\\.0\\.1', ['localhost', '127.0.0.1']],
    ['^(HEALTHCHECK\\s|healthcheck:)', ['HEALTHCHECK', 'healthcheck:']],
    ['image:\\s*(postgres|mysql)', ['image:']],
    ['(?i)Secret', ['secret']],
    ['(?i)É', null],
    ['a(?i)bcd', null],
    ['\\d+', null],
    ['(abc)?', null],
    ['abc*', ['ab']],
    ['a{2}', null],
    ['abc{2}d', ['abc']],
  ])('%s requires %j', (source, expected) => {
    expect(requiredTexts(source)?.texts ?? null).toEqual(expected);
  });
});
