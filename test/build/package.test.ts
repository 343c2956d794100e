/** The built command and the package that is installed from it. `npm test` builds before it runs these. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { version } from '../../src/app/version.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifest = z
  .object({ version: z.string(), engines: z.object({ node: z.string() }) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function node(folder: string, ...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...words], { cwd: folder }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr });
    });
  });
}

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'gonogo-package-'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe('built command', () => {
  test('--version prints the version of the package', async () => {
    const ended = await node(root, 'dist/gonogo.cjs', '--version');
    expect(ended).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect(version).toBe(manifest.version);
  });

  test('the terms of all that is bundled are beside it, however it was built', () => {
    const terms = readFileSync(join(root, 'dist/LICENSES.txt'), 'utf8').split(`\n${'-'.repeat(72)}\n`);
    for (const name of ['@marcbachmann/cel-js', 'commander', 'ink', 'react', 're2js', 'yaml', 'zod']) {
      const own = terms.find((text) => new RegExp(`^${name} [0-9]`, 'm').test(text)) ?? '';
      expect(own, name).toMatch(/\((?:MIT|ISC|BSD-[23]-Clause|Apache-2\.0)\)/);
    }
    for (const text of terms) expect(text.length, text.slice(0, 60)).toBeGreaterThan(400);
  });

  test.each(['18.20.8', '20.20.2', '22.12.0'])(
    'on Node %s it says in one line what it needs, and exits 2',
    async (old) => {
      const preload = join(scratch, `node-${old}.cjs`);
      writeFileSync(
        preload,
        `Object.defineProperty(process, 'versions', { value: { node: '${old}' } });
       Object.defineProperty(process, 'version', { value: 'v${old}' });`,
      );
      const ended = await node(root, '--require', preload, 'dist/gonogo.cjs', 'list');
      expect(ended).toEqual({
        code: 2,
        stdout: '',
        stderr: `gonogo: Node 22.13 or newer is needed and this is v${old}. Install a newer Node.\n`,
      });
      expect(manifest.engines.node).toBe('>=22.13');
    },
  );

  test('the entry keeps to syntax that an old Node reads', () => {
    const text = readFileSync(join(root, 'dist/gonogo.cjs'), 'utf8');
    expect(text).not.toMatch(/=>|`|\bconst\b|\blet\b|\?\.|\?\?|\bimport\b|\basync\b/);
  });

  test('a damaged installation is one line and exit 2', async () => {
    const folder = join(scratch, 'damaged');
    cpSync(join(root, 'dist/gonogo.cjs'), join(folder, 'gonogo.cjs'));
    cpSync(join(root, 'dist/start.cjs'), join(folder, 'start.cjs'));
    const ended = await node(folder, 'gonogo.cjs', 'list');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/^gonogo: this installation is damaged .*\n$/);
  });
});

describe('package', () => {
  let installed: string;
  beforeAll(async () => {
    installed = await install();
  });

  test('holds the command, the runbooks, the checklists and no sources', () => {
    expect(readdirSync(installed).sort()).toEqual(expectedNames());
    expect(readdirSync(join(installed, 'dist'))).toContain('mask-filter.cjs');
    expect(readdirSync(join(installed, 'runbooks/local-release'))).toContain('control.mjs');
  });

  test('runs where it is installed, without any other package', async () => {
    const ended = await node(
      scratch,
      join(installed, 'dist/gonogo.cjs'),
      'check',
      join(installed, 'runbooks/local-release.yaml'),
    );
    expect(ended).toMatchObject({ code: 0, stderr: '1 file checked: 0 errors, 0 warnings\n' });
  });

  test('prints no warning of Node', async () => {
    const ended = await node(scratch, join(installed, 'dist/gonogo.cjs'), 'list', '--state', join(scratch, 'state'));
    expect(ended.code).toBe(0);
    expect(ended.stderr).not.toMatch(/warning/i);
  });
});

/** Packs the package and unpacks it where npm would. */
async function install(): Promise<string> {
  const run = (command: string, words: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile(command, [...words], { cwd: root }, (error, stdout) =>
        error === null ? resolve(stdout) : reject(error),
      );
    });
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', scratch]);
  const archive = readdirSync(scratch).find((name) => name.endsWith('.tgz')) ?? 'none';
  const folder = mkdtempSync(join(scratch, 'installed-'));
  await run('tar', ['-xzf', join(scratch, archive), '-C', folder]);
  return join(folder, 'package');
}

function expectedNames(): readonly string[] {
  const checklists = readdirSync(join(root, 'checklists')).length > 0 ? ['checklists'] : [];
  return ['LICENSE', 'README.md', ...checklists, 'dist', 'package.json', 'runbooks'];
}
