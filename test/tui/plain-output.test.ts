/** What runs is heard in the prompts: its lines as they come, a sign of life where none come, and no flood. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { stepLines } from '../../src/tui/plain-lines.ts';
import { plainMenu } from '../../src/tui/plain-menu.ts';
import { PlainOutput } from '../../src/tui/plain-output.ts';
import { PlainReading } from '../../src/tui/plain-reading.ts';
import { Transcript } from '../../src/tui/transcript.ts';
import { runbook, step } from '../run/play.ts';
import { MemoryHome, Rehearsal } from './rehearsal.ts';
import { promoting, viewOf } from './scene.ts';

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

test('the last line of what is over is told without its end too, once, before the next step is heard', async () => {
  const session = await promoting();
  const home = new MemoryHome();
  const said: string[] = [];
  let runs: string | null = 'promote';
  const heard = new PlainOutput(home.evidence(), {
    state: () => session.state(),
    running: () => (runs === null ? null : { step: runs, words: `${runs} is running`, since: 0 }),
    now: () => 1000,
    say: (line) => said.push(line),
  });
  home.files.set('steps/004-promote/1/output.log', 'one\nPassword:');
  await heard.look();
  expect(said).toEqual(['  | one']);
  runs = null;
  await heard.look();
  await heard.look();
  expect(said.splice(0)).toEqual(['  | one', '  | Password:']);
  home.files.set('steps/001-replica_lag/1/output.log', 'lag');
  runs = 'replica_lag';
  await heard.look();
  home.files.set('steps/004-promote/1/output.log', 'one\nPassword:');
  runs = 'promote';
  await heard.look();
  expect(said).toEqual(['  | lag', '  | one']);
});

test('text is found in what was kept apart too; who does not wait for it any more is told nothing', async () => {
  const session = await promoting();
  const home = new MemoryHome();
  home.files.set('steps/004-promote/1/output.log', 'promoting\n');
  home.files.set('steps/004-promote/1/stderr.log', 'warning\nno route to host\n');
  const stdout = new PassThrough();
  const reading = new PlainReading({ run: session, io: { stdout, offsetMs: () => 0 }, source: home.evidence() });
  await reading.find('route', new AbortController().signal);
  const told = '  promote, line 2 of standard error:\n  | no route to host\n1 found\n';
  expect(String(stdout.read())).toBe(told);
  await reading.find('route', AbortSignal.abort());
  expect(stdout.read()).toBeNull();
});

test('what waits for a person is not said to run', async () => {
  const session = new Rehearsal(runbook([step('told', {}, 'manual'), step('gate', {}, 'approve')]));
  expect(stepLines(viewOf(session, 80, 24).run ?? failed(), session.now()).join('\n')).toContain('waiting told');
  const [line = ''] = new Transcript({ onlyOver: false }).fresh(session.state());
  expect(line).toBe('waiting told');
  await session.answer({ kind: 'done' });
  expect(stepLines(viewOf(session, 80, 24).run ?? failed(), session.now()).join('\n')).toContain('waiting gate');
});

function failed(): never {
  throw new Error('no run is on screen');
}

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
