/** What holds for every example: it checks clean, it can be planned, and answers lie beside it. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { Stage } from './stage.ts';

const folder = fileURLToPath(new URL('../../runbooks/examples/', import.meta.url));
const names = readdirSync(folder).flatMap((name) => /^([a-z-]+)\.yaml$/.exec(name)?.[1] ?? []);
const stage = new Stage();
afterAll(() => stage.dispose());

test('there are six', () => {
  expect(names.sort()).toEqual(['approvals', 'canary', 'hosts', 'migration', 'restart-loop', 'service-down']);
});

test('all of them check without a word, and so do their parts', async () => {
  const parts = readdirSync(`${folder}parts`).map((name) => `${folder}parts/${name}`);
  const ended = await stage.gonogo('check', ...names.map((name) => `${folder}${name}.yaml`), ...parts, '--json');
  expect(ended).toMatchObject({ code: 0 });
  expect(JSON.parse(ended.stdout)).toEqual([]);
});

test.each(names)('%s has a plan and answers', async (name) => {
  expect(existsSync(`${folder}${name}.answers.yaml`)).toBe(true);
  const ended = await stage.gonogo('plan', `${folder}${name}.yaml`);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('Rollback: the undo of what ran, newest first, then:');
});

test('a plan tells all that a step says, scripts of several lines as they are', async () => {
  const file = stage.write(
    'everything.yaml',
    `runbook: Everything
target: { name: shop, identity: { check: cat id } }
vars: { seen: {} }
phases:
  all:
    - id: change
      why: Because
      run: |
        first "$HOME"
        second
      roles: dba
      when: 1 < 2
      danger: true
      tty: true
      timeout: 90s
      env: { LEVEL: "3" }
      cwd: /srv
      on_fail: rollback
      owes: Undo it later
      undo: [{ run: one }, { run: two }]
    - { id: look, check: cat seen, capture: seen, retry: { times: 3, every: 2s, passes: 2, give_up: exit == 9 } }
    - { id: covered, run: three, undo: change, settles: change }
    - id: pick
      choose:
        question: Which?
        options: [{ label: Back, goto: look, when: steps.look.visits < 2 }, { label: On }]
    - id: both
      parallel: [{ id: a, check: a }]
`,
  );
  const { stdout, stderr } = await stage.gonogo('plan', file);
  const lines = stdout.split('\n').map((line) => line.trim());
  expect(stderr).toBe('');
  for (const line of [
    'run: [once]',
    '| first "$HOME"',
    '| second',
    'why: Because',
    'roles: dba',
    'when: 1 < 2 (holds)',
    "DANGER: confirmed by the target's name",
    'terminal: the command has it',
    'timeout: 90s',
    'environment: LEVEL',
    'folder: /srv',
    'on failure: rollback',
    'owes: Undo it later',
    'undo: run: one [once]',
    'undo: run: two [once]',
    'capture: seen = stdout',
    'retry: up to 3 times, every 2s, 2 passes in a row, given up when exit == 9',
    'undo: covered by that of change',
    'settles: change',
    'option: Back → look (suggested when steps.look.visits < 2)',
    'option: On',
    'a  A',
  ]) {
    expect(lines).toContain(line);
  }
  const json: unknown = JSON.parse((await stage.gonogo('plan', file, '--json')).stdout);
  expect(json).toMatchObject({
    phases: [
      { steps: expect.arrayContaining([expect.objectContaining({ id: 'change', tty: true, onFail: 'rollback' })]) },
    ],
  });
});
