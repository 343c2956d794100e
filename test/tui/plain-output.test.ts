/** What runs is heard in the prompts: its lines as they come, a sign of life where none come, and no flood. */
import { expect, test } from 'vitest';
import { plainMenu } from '../../src/tui/plain-menu.ts';
import { PlainOutput } from '../../src/tui/plain-output.ts';
import { MemoryHome } from './rehearsal.ts';
import { promoting } from './scene.ts';

test('lines come once and sanitised, a flood is told by its end, and silence by what runs and for how long', async () => {
  const session = await promoting();
  const home = new MemoryHome();
  const path = 'steps/004-promote/1/output.log';
  const said: string[] = [];
  let now = 1000;
  const heard = new PlainOutput(home.evidence(), {
    state: () => session.state(),
    running: () => ({ step: 'promote', words: 'promote is running', since: 0 }),
    now: () => now,
    say: (line) => said.push(line),
  });
  home.files.set(path, 'waiting\n\x1b[2Jhalf');
  await heard.look();
  home.files.set(path, 'waiting\n\x1b[2Jhalf a line\n');
  await heard.look();
  await heard.look();
  expect(said.splice(0)).toEqual(['  | waiting', '  | ␛[2Jhalf a line']);
  now += 14_000;
  await heard.look();
  now += 1000;
  await heard.look();
  await heard.look();
  expect(said.splice(0)).toEqual(['promote is running, 0:16']);
  home.files.set(path, `waiting\n\x1b[2Jhalf a line\n${'flood\n'.repeat(5000)}last\n`);
  await heard.look();
  expect([said.length, said[0], said.at(-1)]).toEqual([
    61,
    '  | (4941 lines are not shown here; gonogo logs shows all)',
    '  | last',
  ]);
});

test('what is read between the steps is told when it takes more than a moment', async () => {
  const session = await promoting();
  const said: string[] = [];
  let now = 1000;
  const heard = new PlainOutput(new MemoryHome().evidence(), {
    state: () => session.state(),
    running: () => ({ step: null, words: "reading the target's identity", since: 1000 }),
    now: () => now,
    say: (line) => said.push(line),
  });
  await heard.look();
  now += 1999;
  await heard.look();
  expect(said).toEqual([]);
  now += 1;
  await heard.look();
  expect(said).toEqual(["reading the target's identity, 0:02"]);
});

test('the menu of the prompts goes by number and by letter, and a number means the same wherever it is offered', () => {
  const ready = plainMenu('ready');
  const beside = plainMenu('asked');
  expect(ready.text).toMatch(/^1 run, 2 record by hand, .*, 17 quit, 18 hand over$/);
  expect(beside.text).toMatch(/^4 note, 5 rollback plan, .*, 17 quit, 18 hand over$/);
  const words = ['1', 'r', '17', 'q', '5', '0', '18', '99', 'x', ''];
  expect(words.map(ready.command)).toEqual(['run', 'run', 'quit', 'quit', 'plan', null, 'handover', null, null, null]);
  expect(words.map(beside.command)).toEqual([null, null, 'quit', 'quit', 'plan', null, 'handover', null, null, null]);
});
