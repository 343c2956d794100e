/** What list, show, watch and logs say of a run on hosts, while it runs and after it, by the commands themselves. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { FarServer } from './far-server.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
let server: FarServer;
beforeAll(async () => {
  server = await FarServer.start();
});
afterAll(() => server.dispose());

const environment = () => ({ ...process.env, ...server.env, GONOGO_STATE: server.at('state') });

function run(...words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [gonogo, ...words],
      { cwd: server.folder, env: environment() },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
      },
    );
  });
}

function start(...words: readonly string[]): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn(process.execPath, [gonogo, ...words], {
    cwd: server.folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text) => (said += String(text)));
  return { child, said: () => said };
}

test('a run on hosts is read by the names of its steps and hosts', { timeout: 120_000 }, async () => {
  const file = server.at('release.yaml');
  writeFileSync(
    file,
    `runbook: Release
hosts: { web: [far1, far2, down] }
vars: { go: ${server.at('go')}, log: ${server.at('log')} }
phases:
  deploy:
    - id: switch
      on: web
      stop_after: 3
      run: |
        echo "switching $host"
        echo "$host" >> "$log"
        until test -e "$go" || test "$host" = far1; do sleep 0.05; done
        echo "switched $host"
        test "$host" = far1
      undo: { run: 'echo "back on $host"' }
`,
  );
  const driver = start('run', file, '--headless', '--operator', 'Ada');
  await vi.waitFor(() => expect(driver.said()).toMatch(/^passed {5}switch on far1 /m), {
    timeout: 60_000,
    interval: 50,
  });
  await vi.waitFor(
    () => expect(existsSync(server.at('log')) && readFileSync(server.at('log'), 'utf8')).toContain('far2'),
    {
      timeout: 60_000,
      interval: 50,
    },
  );
  expect((await run('list')).stdout).toMatch(/running {5}0\/1 {2}Release$/m);
  expect((await run('list', '--json')).stdout).toContain('"total": 1');
  const shown = (await run('show', 'latest')).stdout;
  expect(shown).toMatch(/^running {4}switch {2}Switch$/m);
  expect(shown).toMatch(/^passed {5}switch on far1 {2}Switch {2}exit 0/m);
  expect(shown).toMatch(/^running {4}switch on far2 {2}Switch$/m);
  expect(shown).toMatch(/^pending {4}switch on down {2}Switch$/m);
  expect(shown).toContain('rollback plan: undo_switch on far2, undo_switch on far1');
  expect(shown).not.toMatch(/switch_\d/);
  const watching = start('watch', 'latest', '--plain');
  await vi.waitFor(() => expect(watching.said()).toContain('switch on far2'), { timeout: 60_000, interval: 50 });
  const following = start('logs', 'latest', 'switch', '--host', 'far2', '--follow');
  await vi.waitFor(() => expect(following.said()).toBe('switching far2\n'), { timeout: 60_000, interval: 50 });
  writeFileSync(server.at('go'), '');
  await Promise.all([once(driver.child, 'close'), once(following.child, 'close')]);
  expect(following.said()).toBe('switching far2\nswitched far2\n');
  await vi.waitFor(() => expect(watching.said()).toMatch(/^unreachable switch on down {2}/m), {
    timeout: 60_000,
    interval: 50,
  });
  watching.child.kill('SIGINT');
  await once(watching.child, 'close');
  expect(watching.said()).toMatch(/^failed {5}switch on far2 {2}Switch {2}exit 1/m);
  expect(watching.said()).toMatch(/^running {4}switch on down$|^unreachable switch on down/m);
  expect(watching.said()).not.toMatch(/switch_\d/);
  await readAfterwards();
});

async function readAfterwards(): Promise<void> {
  expect((await run('list')).stdout).toMatch(
    /paused .*Release {2}waits .*2 of 3 hosts failed: far2: exit 1; down: unreachable/,
  );
  expect((await run('logs', 'latest')).stdout.split('\n')).toEqual([
    '== switch on far1: Switch ==',
    'switching far1',
    'switched far1',
    '== switch on far2: Switch ==',
    'switching far2',
    'switched far2',
    '',
  ]);
  expect((await run('logs', 'latest', 'switch')).stdout).toBe((await run('logs', 'latest')).stdout);
  expect((await run('logs', 'latest', 'switch', '--host', 'far1')).stdout).toBe('switching far1\nswitched far1\n');
  expect((await run('logs', 'latest', '--failed')).stdout).toMatch(/^== switch on far2/);
  const wrong = await run('logs', 'latest', '--host', 'far3');
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/has no host "far3"; its hosts are: far1, far2, down$/m),
  ]);
  const { code } = await run(
    'rollback',
    'latest',
    '--headless',
    '--reason',
    'it does not come back',
    '--operator',
    'Bo',
  );
  expect(code).toBe(1);
  expect((await run('logs', 'latest', 'undo_switch', '--host', 'far2')).stdout).toBe('back on far2\n');
  const found = JSON.parse((await run('show', 'latest', '--json')).stdout).steps.find(
    ({ id }: { id: string }) => id === 'switch',
  );
  expect(found.hosts).toMatchObject({
    far1: { status: 'passed', exit: 0, attempts: 1, evidence: [{ bytes: 29 }] },
    far2: { status: 'failed', exit: 1, attempts: 1 },
    down: { status: 'unreachable', exit: null },
  });
}
