/** What the stand-ins take is what the real tools take: held against each tool that is installed here. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { composeFiles } from './compose.ts';
import { docker } from './tools/docker.ts';
import { heroku } from './tools/heroku.ts';

const scratch = mkdtempSync(join(tmpdir(), 'gonogo-tools-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly text: string;
}

function ended(program: string, words: readonly string[], cwd = scratch): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, [...words], { cwd }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, text: stdout + stderr });
    });
  });
}

/** True where `program` with `words` runs here. */
function isHere(program: string, ...words: readonly string[]): boolean {
  try {
    execFileSync(program, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const hasCompose = isHere('docker', 'compose', 'version');
// With the plugin `buildx`, `docker build` is another program than without it, and the one that is meant.
const hasBuildx = isHere('docker', 'buildx', 'version');
const dockerCommands = Object.entries(docker.table).filter(
  ([name]) => (hasCompose || !name.startsWith('compose ')) && (hasBuildx || name !== 'build'),
);

test.skipIf(!isHere('docker', '--version')).each(dockerCommands)('docker %s', async (name, flags) => {
  const { text } = await ended('docker', [...name.split(' '), '--help']);
  expect(text).toMatch(new RegExp(`^Usage:\\s+docker (buildx )?${name}\\b`, 'm'));
  for (const [flag, kind] of Object.entries(flags)) expectFlag(text, flag, kind);
});

test.skipIf(!hasCompose)('docker compose: the flags before its commands', async () => {
  const { text } = await ended('docker', ['compose', '--help']);
  for (const [flag, kind] of Object.entries(docker.leading ?? {})) expectFlag(text, flag, kind);
});

test.skipIf(!isHere('heroku', '--version')).each(Object.entries(heroku.table))('heroku %s', async (name, flags) => {
  const { code, text } = await ended('heroku', [name, '--help']);
  expect(code, text).toBe(0);
  for (const [flag, kind] of Object.entries(flags)) {
    expect(text, flag).toMatch(new RegExp(`--${flag}${kind === 'switch' ? '\\s' : '=<value>'}`));
  }
});

/** Docker prints the type of a value behind its flag: `--format string`, and nothing behind a switch. */
function expectFlag(help: string, flag: string, kind: string): void {
  const line = help.split('\n').find((one) => new RegExp(`^\\s+(-\\w, )?--${flag}\\b`).test(one)) ?? '';
  expect(line, `--${flag}`).not.toBe('');
  // Two words of Docker's help stand for values where one space follows the flag, and for text where more do.
  if (kind !== 'switch') expect(line, `--${flag}`).toMatch(new RegExp(`--${flag} \\S`));
}

test.skipIf(!hasCompose)(
  'the compose files of the test hold together, and name the images of the release',
  async () => {
    for (const [path, text] of Object.entries(composeFiles)) writeFileSync(join(scratch, path), text);
    for (const folder of ['backend', 'frontend']) mkdirSync(join(scratch, folder), { recursive: true });
    writeFileSync(join(scratch, '.env'), 'POSTGRES_PASSWORD=x\n');
    writeFileSync(join(scratch, 'release.env'), 'RELEASE=v1.3.0\n');
    const words = ['compose', '--project-name', 'shop', '--env-file', '.env', '--env-file', 'release.env'];
    const files = Object.keys(composeFiles).flatMap((path) => ['--file', path]);
    expect(await ended('docker', [...words, ...files, 'config', '--quiet'])).toMatchObject({ code: 0 });
    const { text } = await ended('docker', [...words, ...files, 'config', '--images']);
    expect(text.split('\n')).toContain('shop/backend:v1.3.0');
    const newer = await ended('env', ['RELEASE=v1.4.0', 'docker', ...words, ...files, 'config', '--images']);
    expect(newer.text.split('\n')).toContain('shop/backend:v1.4.0');
  },
);
