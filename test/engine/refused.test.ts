/** Bad input from end to end: exit 2, one clear message, and nothing recorded. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const paused = `runbook: Paused
phases:
  deploy:
    - { id: make, run: touch made, undo: { run: rm made } }
    - { id: go, ask: Go on? }
rollback: { triggers: [it fails] }
`;

test.each([['', '   ']].flat())('a reason of nothing but blanks undoes and adopts nothing (%j)', async (reason) => {
  const file = stage.write('paused.yaml', paused);
  expect((await stage.gonogo('run', file, '--headless')).code).toBe(3);
  for (const words of [
    ['rollback', '--reason', reason],
    ['resume', '--headless', '--adopt', reason],
  ]) {
    const refused = await stage.gonogo(...words);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('the reason is empty');
  }
  expect(stage.has('made')).toBe(true);
  expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
});

test.each([
  ['an alias that names nothing', 'go: *x\n', 'write the value out instead of an alias'],
  ['a merge of nothing', 'go:\n  <<: *z\n', 'write the value out instead of an alias'],
  [
    'aliases without end',
    `a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b]\ngo: [*c, *c, *c, *c]\n`,
    'write the value out instead of an alias',
  ],
  ['several documents', 'go: x\n---\ngo: y\n', 'it holds several documents'],
  ['one key twice', 'go: 1\ngo: 2\n', 'Map keys must be unique at line 2, column 1'],
])('an answers file with %s', async (_, text, message) => {
  const file = stage.write('paused.yaml', paused);
  const refused = await stage.gonogo('run', file, '--headless', '--answers', stage.write('answers.yaml', text));
  expect(refused.code).toBe(2);
  expect(refused.stderr.trim()).toContain(message);
  expect(refused.stderr).not.toMatch(/:\n$/);
  expect(stage.has('state/runs')).toBe(false);
});

test('a folder in a pseudo file system is an error at once, for reports and for a new repository', async () => {
  const file = stage.write('quick.yaml', 'runbook: Quick\nphases: { deploy: [{ check: "true" }] }\n');
  expect((await stage.gonogo('run', file, '--headless')).code).toBe(0);
  expect((await stage.gonogo('report', 'latest', '--out', '/proc/nope/report')).code).toBe(2);
  expect((await stage.gonogo('init', '/proc/nope')).code).toBe(2);
});
