/** The runbook that publishes a package, with the real npm and git, a registry on 127.0.0.1 and a remote of its own. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Registry } from './registry.ts';

const root = join(import.meta.dirname, '../..');
const gonogo = join(root, 'dist/gonogo.cjs');
// Each test walks a whole release, with dozens of real programs.
vi.setConfig({ testTimeout: 180_000 });

const runbook = join(root, 'runbooks/npm-package-release.yaml');

let scratch = '';
let clone = '';
let registry: Registry;

const env = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: scratch,
  GONOGO_STATE: join(scratch, 'state'),
  npm_config_cache: join(scratch, 'cache'),
  npm_config_update_notifier: 'false',
  GIT_AUTHOR_NAME: 'ada',
  GIT_AUTHOR_EMAIL: 'ada@localhost',
  GIT_COMMITTER_NAME: 'ada',
  GIT_COMMITTER_EMAIL: 'ada@localhost',
});
const at = (command: string, ...words: readonly string[]): string =>
  execFileSync(command, words, { cwd: clone, env: env(), encoding: 'utf8', stdio: 'pipe' }).trim();

/** The package as version `version`, committed. */
function commit(version: string, index: string): void {
  const head = { name: '@team/shop', version };
  const files = {
    'package.json': { ...head, main: 'index.js', scripts: { test: 'node -e 0' } },
    'package-lock.json': { ...head, lockfileVersion: 3, packages: { '': head } },
  };
  for (const [name, value] of Object.entries(files)) writeFileSync(join(clone, name), JSON.stringify(value));
  writeFileSync(join(clone, 'index.js'), index);
  at('git', 'add', '--all');
  at('git', 'commit', '--quiet', '--message', `Version ${version}`);
}

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'gonogo-package-'));
  clone = join(scratch, 'clone');
  mkdirSync(clone);
  registry = await Registry.start();
  writeFileSync(join(scratch, '.npmrc'), `//${new URL(registry.url).host}/:_authToken=none\n`);
  execFileSync('git', ['init', '--quiet', '--bare', join(scratch, 'remote.git')]);
  at('git', 'init', '--quiet');
  at('git', 'remote', 'add', 'origin', join(scratch, 'remote.git'));
  writeFileSync(join(clone, '.gitignore'), 'dist-package\nnode_modules\n');
  commit('1.0.0', 'module.exports = 1;\n');
  await execa('npm', ['publish', '--registry', registry.url], { cwd: clone, env: env(), extendEnv: false });
});
afterAll(async () => {
  await registry.stop();
  rmSync(scratch, { recursive: true, force: true });
});

/** What of the checklist files cannot answer here, and what people say. */
const said = `ready.security_policy: { waive: { by: Grace, why: a repository of a test, until: 2099-01-01 } }
notes: done
go: { approve: { by: Grace } }
publish: { confirm: '@team/shop' }
told.announced: { pass: In the notes of the tag }
`;

async function release(
  version: string,
  account = 'team-bot',
): Promise<{ readonly code: number; readonly text: string }> {
  const answers = join(scratch, 'answers.yaml');
  writeFileSync(answers, said);
  const vars = { name: '@team/shop', version, registry: registry.url, account };
  const given = Object.entries(vars).flatMap(([key, value]) => ['--var', `${key}=${value}`]);
  const words = ['run', runbook, '--headless', '--operator', 'Ada', '--answers', answers, ...given];
  const ended = await execa(process.execPath, [gonogo, ...words], {
    cwd: clone,
    env: env(),
    extendEnv: false,
    all: true,
    reject: false,
  });
  return { code: ended.exitCode ?? -1, text: ended.all };
}

const tags = (): Readonly<Record<string, string>> => registry.document?.['dist-tags'] ?? {};

test('somebody else who is logged in publishes nothing', async () => {
  commit('1.1.0', 'module.exports = 2;\n');
  expect(await release('1.1.0', 'another')).toMatchObject({ code: 2, text: expect.stringContaining('identity') });
  expect(Object.keys(registry.document?.versions ?? {})).toEqual(['1.0.0']);
});

test('a version is published, tried, tagged and what people get', async () => {
  const ended = await release('1.1.0');
  expect(ended, ended.text).toMatchObject({ code: 0 });
  expect(tags()).toEqual({ latest: '1.1.0', next: '1.1.0' });
  expect(at('git', 'ls-remote', 'origin', 'refs/tags/v1.1.0^{}').split('\t')[0]).toBe(at('git', 'rev-parse', 'HEAD'));
});

test('a version that does not work is deprecated and never what people get', async () => {
  commit('1.2.0', 'throw new Error("broken");\n');
  const ended = await release('1.2.0');
  expect(ended, ended.text).toMatchObject({ code: 1 });
  expect(tags()).toMatchObject({ latest: '1.1.0' });
  expect(registry.document?.versions['1.2.0']).toMatchObject({ deprecated: 'withdrawn: use 1.1.0' });
  expect(at('git', 'ls-remote', 'origin', 'refs/tags/v1.2.0')).toBe('');
});

test('a tag that the remote refuses is taken back to the end', async () => {
  commit('1.3.0', 'module.exports = 3;\n');
  const hook = join(scratch, 'remote.git/hooks/pre-receive');
  writeFileSync(hook, '#!/bin/sh\nexit 1\n', { mode: 0o755 });
  const ended = await release('1.3.0');
  expect(ended, ended.text).toMatchObject({ code: 3 });
  const words = ['rollback', 'latest', '--headless', '--operator', 'Ada'];
  const back = await execa(process.execPath, [gonogo, ...words], {
    cwd: clone,
    env: env(),
    extendEnv: false,
    all: true,
    reject: false,
  });
  rmSync(hook);
  expect(back.exitCode, back.all).toBe(1);
  expect(at('git', 'tag', '--list', 'v1.3.0')).toBe('');
  expect(registry.document?.versions['1.3.0']).toMatchObject({ deprecated: 'withdrawn: use 1.1.0' });
  expect(tags()).toMatchObject({ latest: '1.1.0' });
});
