/** The README says only what is so: its runbook runs, its commands exist, its tables are the program's own. */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { exitCodes } from '../../src/engine/exit-code.ts';
import { keyTable } from '../../src/tui/keys/keymap.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).scripts;

const [runbook = '', answers = ''] = blocks('yaml');
const shell = blocks('sh').flatMap((block) => block.trim().split('\n'));

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'gonogo-readme-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

test('two commands set everything up, and they come first', () => {
  expect(shell.slice(0, 2)).toEqual(['npm ci && npm start', 'npm ci && npm test']);
});

test('every npm script that it names exists', () => {
  const named = [...readme.matchAll(/npm (?:run )?(start|test|(?<=run )[a-z]+)/g)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(4);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test('every claim about security names tests that exist, or says what is not promised', () => {
  const section = readme.slice(readme.indexOf('## Security'), readme.indexOf('## Measured'));
  const claims = section.split(/^- /m).slice(1);
  expect(claims.length).toBeGreaterThan(10);
  for (const claim of claims) {
    const named = [...claim.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);
    for (const path of named) {
      expect(
        [`${path}.test.ts`, path].some((one) => existsSync(join(root, one))),
        path,
      ).toBe(true);
    }
    if (!/^(?:A runbook is a program|What cannot be masked)/.test(claim)) expect(named, claim).not.toEqual([]);
  }
});

test('every gonogo command that it names exists', async () => {
  const { stdout } = await gonogo(scratch, '--help');
  const verbs = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, verb]) => verb);
  const inText = [...readme.matchAll(/`gonogo ([a-z]+)/g)].map(([, verb]) => verb);
  const here = shell.map((line) => line.replace(/^gonogo --at \S+ /, 'gonogo '));
  const inShell = here.filter((line) => line.startsWith('gonogo ')).map((line) => line.split(' ')[1]);
  const named = [...inText, ...inShell];
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((verb) => !verbs.includes(verb))).toEqual([]);
});

test('the table of keys is the keymap', () => {
  const [table = ''] = /^\| where \| key \| does \|\n(?:\|.*\n)+/m.exec(readme) ?? [];
  expect(table.trim()).toBe(keyTable().trim());
});

test('the table of exit codes is complete', () => {
  const listed = [...readme.matchAll(/^\| (\d+) \|/gm)].map(([, code]) => Number(code));
  expect(listed).toEqual(Object.values(exitCodes).sort((a, b) => a - b));
});

describe('the runbook of the README', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(scratch, 'site-'));
    writeFileSync(join(folder, 'release.yaml'), runbook);
    writeFileSync(join(folder, 'answers.yaml'), answers);
    writeFileSync(join(folder, 'site-id'), 'website on this machine\n');
    for (const version of ['v1.0.0', 'v1.1.0']) addRelease(version, version);
    symlinkSync('releases/v1.0.0', join(folder, 'current'));
  });

  test('has no problem', async () => {
    expect(await gonogo(folder, 'check', 'release.yaml')).toMatchObject({ code: 0, stdout: '' });
  });

  test('releases, by the very command of the README', async () => {
    const ended = await gonogo(folder, ...headlessCommand());
    expect(ended).toMatchObject({ code: 0 });
    expect(readlinkSync(join(folder, 'current'))).toBe('releases/v1.1.0');
  });

  test('rolls back when its smoke test fails', async () => {
    addRelease('v1.1.0', 'v1.0.9');
    const ended = await gonogo(folder, ...headlessCommand());
    expect(ended).toMatchObject({ code: exitCodes.failed });
    expect(readlinkSync(join(folder, 'current'))).toBe('releases/v1.0.0');
  });

  function addRelease(name: string, text: string): void {
    mkdirSync(join(folder, 'releases', name), { recursive: true });
    writeFileSync(join(folder, 'releases', name, 'version.txt'), `${text}\n`);
  }
});

/** The contents of the README's code blocks of a language, in order. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text = '']) => text,
  );
}

/** The words of the README's `gonogo run … --headless …`. */
function headlessCommand(): readonly string[] {
  const line = shell.find((text) => text.startsWith('gonogo run') && text.includes('--headless'));
  return line?.split(' ').slice(1) ?? [];
}

function gonogo(folder: string, ...words: readonly string[]): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'dist/gonogo.cjs'), ...words],
      { cwd: folder, env: { ...process.env, GONOGO_STATE: join(folder, 'state') } },
      (_, stdout) => resolve({ code: child.exitCode ?? -1, stdout }),
    );
  });
}
