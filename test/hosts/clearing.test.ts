/** What a run leaves on its hosts when it is over, by the command itself. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
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
const environment = () => ({ ...process.env, ...server.env, GONOGO_STATE: at('state') });

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

function write(phases: string): string {
  writeFileSync(at('release.yaml'), `runbook: Release\nvars: { go: ${at('go')} }\nphases:\n${phases}`);
  return at('release.yaml');
}

/** The id of the run of this test. */
function runId(): string {
  const [id] = readdirSync(`${at('state')}/runs`);
  return id ?? '';
}

/** Folders of attempts of the run that are there. */
function left(): readonly string[] {
  const folder = server.at('xdg', 'gonogo', runId());
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/by'))
    .map((path) => path.slice(0, -'/by'.length))
    .sort();
}

const headless = ['--headless', '--operator', 'Ada'] as const;
const notes = (stdout: string): readonly string[] => stdout.match(/^note .*/gm) ?? [];

test('nothing of what has ended stays, whether it passed or failed, read or changed, or was undone; and the record of it is whole', async () => {
  const file = write(
    `  deploy:
    - { id: before, on: [far1, far2], check: 'seq 1 5000; echo oops >&2', expect: 'stdout != ""' }
    - { id: quiet, on: far1, run: 'true', done_when: { check: 'false' }, undo: { run: echo undone } }
    - { id: broken, on: [far1, far2], run: 'echo "$host"; exit 3', on_fail: rollback }
`,
  );
  const ran = await run('run', file, ...headless);
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/^passed {5}undo_quiet on far1/m);
  expect(left()).toEqual([]);
  expect(existsSync(server.at('xdg', 'gonogo', runId()))).toBe(false);
  expect(notes(ran.stdout)).toEqual([]);
  expect((await run('verify', 'latest')).code).toBe(0);
});

test('what goes on in the background stays with its folder until somebody cleans up after it has ended', async () => {
  const file = write(`  deploy:
    - id: serve
      on: far1
      run: |
        (until test -e "$go"; do sleep 0.05; done; echo late) &
        echo begun
    - { id: done, on: far1, run: 'true' }
`);
  const ran = await run('run', file, ...headless);
  expect(ran.code).toBe(0);
  expect(left()).toHaveLength(1);
  expect(notes(ran.stdout)).toEqual([
    expect.stringMatching(
      /^note {7}far1 keeps folders of this run \(1 folder: steps\/\S+: something of it still runs\); gonogo hosts clean \S+ takes them away$/,
    ),
  ]);
  expect((await run('hosts', 'clean', 'latest')).stdout).toContain('something of it still runs');
  writeFileSync(at('go'), '');
  await vi.waitFor(async () => expect((await run('hosts', 'clean', 'latest')).code).toBe(0), { timeout: 30_000 });
  expect(existsSync(server.at('xdg', 'gonogo', runId()))).toBe(false);
});

test('a folder whose output is not what was recorded stays, and so does one whose outcome is not known', async () => {
  const file = write(`  deploy:
    - { id: changed, on: far1, run: echo as it was }
    - { id: lost, on: far1, run: 'echo begun; kill -9 $PPID', on_fail: continue }
    - { id: wait, run: 'until test -e "$go"; do sleep 0.05; done' }
`);
  const answers = at('answers.yaml');
  writeFileSync(answers, 'lost.far1: { settle: failed, reason: nobody knows }\n');
  const child = spawn(process.execPath, [gonogo, 'run', file, '--answers', answers, ...headless], {
    cwd: server.folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let stdout = '';
  child.stdout.on('data', (text) => (stdout += String(text)));
  await vi.waitFor(() => expect(stdout).toMatch(/^failed {5}lost on far1/m), { timeout: 60_000, interval: 50 });
  const [changed = ''] = left();
  const output = server.at('xdg', 'gonogo', runId(), changed, 'output.log');
  expect(readFileSync(output, 'utf8')).toBe('as it was\n');
  writeFileSync(output, 'otherwise\n');
  writeFileSync(at('go'), '');
  await once(child, 'close');
  expect(left()).toHaveLength(2);
  expect(notes(stdout).join('\n')).toMatch(
    /far1 keeps folders .*2 folders: .*what it printed there is not what the run keeps/,
  );
});

test('a host that cannot be reached at the end keeps its folders until somebody cleans up', async () => {
  const file = write(`  deploy:
    - { id: switch, on: far1, run: echo switched }
    - { id: wait, run: 'echo waits; until test -e "$go"; do sleep 0.05; done' }
`);
  const ran = run('run', file, ...headless);
  await vi.waitFor(() => expect(left()).toHaveLength(1), { timeout: 60_000, interval: 50 });
  await vi.waitFor(
    () =>
      expect(
        existsSync(`${at('state')}/runs/${runId()}/steps`) &&
          readdirSync(`${at('state')}/runs/${runId()}/steps`).some((name) => name.includes('wait')),
      ).toBe(true),
    { timeout: 60_000, interval: 50 },
  );
  server.cut();
  await server.end();
  writeFileSync(at('go'), '');
  const { code, stdout } = await ran;
  expect(code).toBe(0);
  expect(notes(stdout)).toEqual([
    expect.stringMatching(/far1 keeps folders of this run \(it cannot be reached: .+\); gonogo hosts clean/),
  ]);
  await server.listen();
  expect(left()).toHaveLength(1);
  expect((await run('hosts', 'clean', 'latest')).code).toBe(0);
  expect(left()).toEqual([]);
});
