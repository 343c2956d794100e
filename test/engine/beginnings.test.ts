/** Commands that cannot be begun, with real causes: the step fails with the reason, after a bounded number of tries. */
import { execFile } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage, statuses } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** Types of the events of the only run. */
function events(type: string): readonly unknown[] {
  const [run = ''] = readdirSync(stage.path('state/runs'));
  const lines = readFileSync(stage.path(`state/runs/${run}/journal.jsonl`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line): unknown => JSON.parse(line)).filter((event) => JSON.stringify(event).includes(`"${type}"`));
}

test('a folder that is not there fails the step, and nothing of it is undone', async () => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
phases:
  all:
    - { id: first, run: echo first >> log, undo: { run: echo undo first >> log } }
    - { id: second, run: echo second >> log, cwd: /not-there, undo: { run: echo undo second >> log }, on_fail: rollback }
`,
  );
  const ended = await stage.headless(file);
  expect(ended.code).toBe(1);
  expect(ended.stdout).toContain('could not be started: cannot run in /not-there: the folder does not exist');
  expect(stage.read('log')).toBe('first\nundo first\n');
  expect(events('attempt.voided')).toHaveLength(1);
  const verified = await stage.gonogo('verify', 'latest');
  expect(verified.code, verified.stdout).toBe(0);
});

test.each([
  [
    'a program',
    'run: [no-such-program, x]',
    'command not found: no-such-program: install it, or put its folder on PATH',
  ],
  ['a program by its path', 'run: [./no-such, x]', 'command not found: ./no-such: its file is not there'],
  ['a file that is no program', 'run: [./runbook.yaml]', 'cannot run ./runbook.yaml: it is no program'],
  ['a shell', 'run: echo second >> log, shell: no-such-shell', 'command not found: no-such-shell: install it'],
  ['a program of a look', 'check: [no-such-program]', 'command not found: no-such-program'],
])('%s that is not there fails the step, and nothing of it is undone', async (_, action, reason) => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
phases:
  all:
    - { id: first, run: echo first >> log, undo: { run: echo undo first >> log } }
    - { id: second, ${action}, undo: { run: echo undo second >> log }, on_fail: rollback }
`,
  );
  const ended = await stage.headless(file);
  expect(ended.stdout).toContain(`could not be started: ${reason}`);
  expect(ended.code).toBe(1);
  expect(stage.read('log')).toBe('first\nundo first\n');
  expect(events('attempt.voided')).toHaveLength(1);
});

test('a line of a script whose program is not there had begun: its step is undone', async () => {
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
phases:
  all:
    - { id: only, run: 'echo did >> log; no-such-program', undo: { run: echo undone >> log }, on_fail: rollback }
`,
  );
  expect((await stage.headless(file)).code).toBe(1);
  expect(stage.read('log')).toBe('did\nundone\n');
});

test('with the program gone that would mask secrets, a step is tried three times and has failed', async () => {
  const node = stage.path('node');
  copyFileSync(process.execPath, node);
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
vars: { token: { env: TOKEN, secret: true } }
phases:
  all:
    - { id: moves, run: rm node }
    - { id: masked, run: echo ran >> log, env: { token: "\${{ token }}" }, undo: { run: echo undone >> log } }
`,
  );
  const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
  const env = { ...process.env, GONOGO_STATE: stage.path('state'), TOKEN: 'hunter2hunter2' };
  const run = promisify(execFile)(node, [gonogo, 'run', file, '--headless'], { cwd: stage.folder, env });
  const ended: unknown = await run.catch((error: unknown) => error);
  expect(ended).toMatchObject({ code: 3, stdout: expect.stringContaining('filter that masks secrets did not start') });
  expect(events('attempt.voided')).toHaveLength(3);
  expect(stage.has('log')).toBe(false);
  expect(statuses(await stage.shown())['masked']).toBe('failed');
  const verified = await stage.gonogo('verify', 'latest');
  expect(verified.code, verified.stdout).toBe(0);
});
