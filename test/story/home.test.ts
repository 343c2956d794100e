/** The home screen of the built product on a real terminal: start, leave, go on, look back. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { press, Stage } from './stage.ts';

const greeting = `runbook: Greet twice
phases:
  main:
    - { id: first, check: echo hello }
    - { id: second, check: echo again }
`;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  mkdirSync(join(stage.folder, 'runbooks'));
  writeFileSync(join(stage.folder, 'runbooks/greet.yaml'), greeting);
  writeFileSync(join(stage.folder, 'runbooks/broken.yaml'), 'runbook: Broken\nphases: 7\n');
});
afterEach(async () => {
  await stage.dispose();
});

test('home: a runbook is started and left, then resumed, then opened when it has ended', async () => {
  const first = stage.gonogo([]);
  await first.shows('Start a runbook');
  await first.shows('has errors');
  await press(first, '\x1b[B', '> Greet twice');
  await press(first, '\r', 'r runs first');
  await press(first, 'r', 'r runs second');
  await first.type('q');
  expect(await first.exited).toBe(3);

  const again = stage.gonogo([]);
  await again.shows('Resume what is unfinished');
  await again.shows('> Greet twice');
  await press(again, '\r', 'r runs second');
  await press(again, 'r', 'COMPLETED: Greet twice');
  await again.type('q');
  expect(await again.exited).toBe(0);

  const last = stage.gonogo([], 60, 16);
  await last.shows('Open a finished run');
  await press(last, '\x1b[F', '> Greet twice');
  await press(last, '\r', 'COMPLETED: Greet twice');
  await press(last, '\x1b[A', '>  ✓ first');
  await last.shows('hello');
  await press(last, 'w', 'Write the report');
  await press(last, '\r', 'The report is written.');
  await press(last, 'q', 'Open a finished run');
  await last.type('q');
  expect(await last.exited).toBe(0);
  expect(stage.report()).toContain('Greet twice');
});

test('home: a runbook with errors says the first of them and nothing is started', async () => {
  const pty = stage.gonogo([]);
  await pty.shows('> runbooks/broken.yaml');
  await press(pty, '\r', 'broken.yaml:2:9');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  expect(stage.records()).toEqual([]);
});

test('home: two gonogos on one run: the second says who drives it, and stays', async () => {
  const first = stage.gonogo([]);
  await first.shows('Start a runbook');
  await press(first, '\x1b[B', '> Greet twice');
  await press(first, '\r', 'r runs first');
  const second = stage.gonogo([]);
  await second.shows('> Greet twice');
  await press(second, '\r', 'is driven by');
  await second.shows('gonogo watch');
  await second.type('q');
  expect(await second.exited).toBe(0);
  await press(first, 'r', 'r runs second');
  await first.type('q');
  expect(await first.exited).toBe(3);
});
