/** Probes: what only reads, before and beside the steps. They have an end, can be stopped, and block nothing for ever. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { probeStep } from '../../src/run/acting.ts';
import { Stage } from '../examples/stage.ts';
import { body, Play, runbook, step } from '../run/play.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const look = (given: object = {}) => ({ ...body('check', { script: 'true' }), ...given });

test('a probe has a timeout of 30 s unless the document gives it one', () => {
  const limits = [look(), look({ timeoutMs: 5000 })].map((doneWhen) => {
    const { state } = new Play(runbook([step('a', { doneWhen })]));
    const [probe] = state.openProbes;
    return probe === undefined ? null : probeStep(state, probe)?.timeoutMs;
  });
  expect(limits).toEqual([30_000, 5000]);
});

test('an identity that cannot be read is told apart from one that differs', async () => {
  stage.write('identity', 'primary');
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
target: { name: db, identity: { check: cat identity } }
phases:
  all:
    - { id: hides, check: rm identity }
    - { id: one, run: echo one >> log }
`,
  );
  const ended = await stage.headless(file);
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain('the target of one cannot be read (exit 1)');
  expect(stage.has('log')).toBe(false);
});

test('an identity that hangs asks before anything is undone, and the answer goes on', async () => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
target: { name: db, identity: { check: 'test ! -e hang || sleep 600', timeout: 1s } }
phases:
  all:
    - { id: one, run: echo one >> log, undo: { run: echo undo one >> log } }
    - { id: two, check: 'touch hang; exit 1', on_fail: rollback }
`,
  );
  const ended = await stage.headless(file);
  expect(ended.code).toBe(5);
  expect(ended.stderr).toContain('the target of undo_one cannot be read (timed out after 1s)');
  const answers = stage.write('answers.yaml', 'undo_one: { accept: It is the same machine }');
  const resumed = await stage.gonogo('resume', 'latest', '--headless', '--answers', answers);
  expect(resumed.code, resumed.stderr).toBe(1);
  expect(stage.read('log')).toBe('one\nundo one\n');
});

test('a probe that hangs is told of before its time is up, and one that is quick is not', async () => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
target: { name: db, identity: { check: 'until test -e go; do sleep 0.05; done', timeout: 60s } }
phases:
  all:
    - { id: one, run: echo one >> log, done_when: { check: 'false' } }
`,
  );
  const running = spawn(process.execPath, [gonogo, 'run', file, '--headless', '--state', stage.path('state')], {
    cwd: stage.folder,
  });
  let stderr = '';
  running.stderr.on('data', (bytes) => {
    stderr += String(bytes);
  });
  await vi.waitFor(() => expect(stderr).toContain("still reading the target's identity"), { timeout: 30_000 });
  expect(stderr).toContain('it is given up after 1m');
  stage.write('go', '');
  await once(running, 'close');
  expect(running.exitCode, stderr).toBe(0);
  expect(stderr.match(/still /g)).toHaveLength(1);
});

test('an identity that could not be read at the start is confirmed before the first change, and then is the one that must be read', async () => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
target: { name: db, identity: { check: 'test -e identity || sleep 600; cat identity', timeout: 300ms } }
phases:
  all:
    - { id: comes, check: echo primary > identity }
    - { id: one, run: echo one >> log; echo other > identity }
    - { id: two, run: echo two >> log }
`,
  );
  const ended = await stage.headless(file);
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain('the target of one, which reads "primary", is the right one');
  expect(stage.has('log')).toBe(false);
  const answers = stage.write('answers.yaml', 'one: { accept: It is the primary }');
  const resumed = await stage.gonogo('resume', 'latest', '--headless', '--answers', answers);
  expect(resumed.code, resumed.stderr).toBe(3);
  expect(resumed.stderr).toContain('the target of two is not the one of the start');
  expect(stage.read('log')).toBe('one\n');
  expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
});

test('a done_when that times out is no answer: nothing runs before somebody says so', async () => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
phases:
  all:
    - { id: one, run: echo one >> log, done_when: { check: 'test -e quick || sleep 600; false', timeout: 300ms } }
    - { id: two, run: echo two >> log, done_when: { check: 'kill -9 $$' } }
    - { id: three, run: echo three >> log, done_when: { check: no-such-program } }
`,
  );
  const ended = await stage.headless(file);
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain('whether one is done already could not be read (timed out after 300ms)');
  stage.write('quick', '');
  const answers = stage.write('answers.yaml', 'one: { retry: It answers now }\ntwo: { accept: I looked }');
  const resumed = await stage.gonogo('resume', 'latest', '--headless', '--answers', answers);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(stage.read('log')).toBe('one\ntwo\nthree\n');
  expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
});

test('an identity that hangs is told by whoever looks, as what is read and since when', async () => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
target: { name: db, identity: { check: 'echo >> asked; until [ -e go ]; do sleep 0.02; done; echo db' } }
phases: { all: [{ id: one, run: echo one >> log }] }
`,
  );
  const running = stage.headless(file);
  // Once before the run is there, and for a moment only; then by the run.
  await vi.waitFor(() => expect(stage.has('asked') ? stage.read('asked') : '').toBe('\n\n'), {
    timeout: 30_000,
    interval: 10,
  });
  const shown = await stage.gonogo('show', 'latest');
  expect(shown.stdout).toMatch(/^ {2}reading the target's identity, \d:\d\d$/m);
  const { stdout } = await stage.gonogo('show', 'latest', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ running: [], reading: [{ probe: 'identity', step: null }] });
  stage.write('go', '');
  expect((await running).code).toBe(0);
  expect((await stage.gonogo('show', 'latest')).stdout).not.toContain('reading');
});

test('a probe ends with the process that began it, also when that is killed', async () => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
phases: { all: [{ id: one, run: echo one >> log, done_when: { check: 'echo $$ > asked; sleep 600; exit 1' } }] }
`,
  );
  const env = { ...process.env, GONOGO_STATE: stage.path('state') };
  const child = spawn(process.execPath, [gonogo, 'run', file, '--headless'], {
    cwd: stage.folder,
    env,
    stdio: 'ignore',
  });
  const within = { timeout: 15_000, interval: 10 };
  await vi.waitFor(() => expect(stage.read('asked')).toMatch(/^\d+\n$/), within);
  const pid = Number(stage.read('asked'));
  child.kill('SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), within);
});
