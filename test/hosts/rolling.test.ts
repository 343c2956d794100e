/** A rolling release over hosts behind a real sshd, by the command itself: killed in the middle, gone on with, rolled back. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { FarServer } from './far-server.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
let server: FarServer;
let number = 0;
beforeAll(async () => {
  server = await FarServer.start();
});
afterAll(() => server.dispose());
beforeEach(() => {
  number += 1;
});

const at = (name: string): string => server.at(`${number}-${name}`);
const lines = (): readonly string[] =>
  existsSync(at('log')) ? readFileSync(at('log'), 'utf8').trim().split('\n') : [];
const environment = () => ({
  ...process.env,
  PATH: `${server.at('near')}:${process.env['PATH']}`,
  GONOGO_STATE: at('state'),
});

function run(...words: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [gonogo, ...words],
      { cwd: server.folder, env: environment() },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr });
      },
    );
  });
}

const shownSchema = z.looseObject({
  status: z.string(),
  steps: z.array(
    z.looseObject({ id: z.string(), hosts: z.record(z.string(), z.looseObject({ status: z.string() })).optional() }),
  ),
});

async function came(step: string): Promise<Record<string, string>> {
  const { stdout } = await run('show', 'latest', '--json');
  const hosts = shownSchema.parse(JSON.parse(stdout)).steps.find(({ id }) => id === step)?.hosts ?? {};
  return Object.fromEntries(Object.entries(hosts).map(([host, { status }]) => [host, status]));
}

function write(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}

function release(names: string, script: string): string {
  return write(
    'release.yaml',
    `runbook: Release
hosts: { web: [${names}] }
vars: { log: ${at('log')} }
phases:
  deploy:
    - id: switch
      on: web
      batches: [1, rest]
      run: |
        echo "did $host" >> "$log"
        ${script}
      undo: { run: 'echo "undid $host" >> "$log"' }
`,
  );
}

test('a canary, then the rest; one that is down is unreachable, and what began is rolled back by another process', async () => {
  const first = await run('run', release('far1, far2, down', 'true'), '--headless', '--operator', 'Ada');
  expect(first.code).toBe(3);
  expect(first.stdout).toMatch(/^passed {5}switch on far1 {2}/m);
  expect(first.stdout).toMatch(/^unreachable switch on down {2}/m);
  expect(first.stderr).toMatch(/far1 and far2 are one machine/);
  expect(await came('switch')).toEqual({ far1: 'passed', far2: 'passed', down: 'unreachable' });
  const second = await run('rollback', 'latest', '--headless', '--reason', 'it does not come back', '--operator', 'Bo');
  expect(second.code).toBe(1);
  expect(lines()).toEqual(['did far1', 'did far2', 'undid far2', 'undid far1']);
  const verified = await run('verify', 'latest');
  expect(verified.stdout + verified.stderr).toMatch(/rules/);
  expect(verified.code).toBe(0);
});

test('killed while the commands of a batch run there, it attaches to all of them and repeats none', {
  timeout: 120_000,
}, async () => {
  const file = release(
    'far1, far2, far3, far4',
    `until test -e ${at('go')} || test "$host" = far1; do sleep 0.05; done; echo "ended $host" >> "$log"`,
  );
  const child = spawn(process.execPath, [gonogo, 'run', file, '--headless', '--operator', 'Ada'], {
    cwd: server.folder,
    env: environment(),
    stdio: 'ignore',
  });
  await vi.waitFor(() => expect(lines().filter((line) => line.startsWith('did'))).toHaveLength(4), {
    timeout: 60_000,
    interval: 50,
  });
  child.kill('SIGKILL');
  await once(child, 'close');
  const resumed = run('resume', 'latest', '--headless', '--operator', 'Ada');
  writeFileSync(at('go'), '');
  expect((await resumed).code).toBe(0);
  expect([...lines()].sort()).toEqual([
    ...['far1', 'far2', 'far3', 'far4'].map((host) => `did ${host}`),
    ...['far1', 'far2', 'far3', 'far4'].map((host) => `ended ${host}`),
  ]);
  expect(await came('switch')).toEqual({ far1: 'passed', far2: 'passed', far3: 'passed', far4: 'passed' });
  rmSync(join(at('go')));
});

test('a host that is gone while something runs there is told of, and waited for', { timeout: 120_000 }, async () => {
  const file = release('far1', `until test -e ${at('go')}; do sleep 0.05; done; echo "ended $host" >> "$log"`);
  const child = spawn(process.execPath, [gonogo, 'run', file, '--headless', '--operator', 'Ada'], {
    cwd: server.folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let stdout = '';
  child.stdout.on('data', (text) => {
    stdout += String(text);
  });
  const told = (text: string): void => expect(stdout).toContain(text);
  await vi.waitFor(() => expect(lines()).toEqual(['did far1']), { timeout: 60_000, interval: 50 });
  server.cut();
  await server.end();
  await vi.waitFor(() => told('far1 cannot be reached'), { timeout: 60_000, interval: 500 });
  await server.listen();
  await vi.waitFor(() => told('far1 is reached again'), { timeout: 60_000, interval: 500 });
  writeFileSync(at('go'), '');
  expect((await once(child, 'close'))[0]).toBe(0);
  expect(stdout.match(/^note {7}far1 .*/gm)).toEqual([
    expect.stringMatching(/cannot be reached \(.+\): what runs there may run on, and is waited for$/),
    'note       far1 is reached again',
  ]);
  expect(lines()).toEqual(['did far1', 'ended far1']);
  expect((await run('verify', 'latest')).code).toBe(0);
});
