/** The smallest screen that works: one pane at a time, everything whole by scrolling; and what a smaller one says. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { change, close, enter, press, Stage } from './stage.ts';

const document = `runbook: Rename the table of orders and tell everybody about it
target: { name: shop, identity: { check: echo db-1 } }
phases:
  prepare:
    - id: backup
      title: Back up the table of orders before anything else is done to it
      check: echo backed up
  change:
    - id: rename
      run: |
        echo one
        echo two
        echo three
        echo four
        echo five
        echo six
    - id: drop
      danger: true
      run: echo dropped
    - id: look
      check: 'echo "Error: the view is gone"; exit 4'
`;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  writeFileSync(join(stage.folder, 'rename.yaml'), document);
});
afterEach(async () => {
  await stage.dispose();
});

test('40x12: a change read whole before it, a danger by its typed name, a failure with its output, and the end', async () => {
  const pty = stage.gonogo(['run', 'rename.yaml'], 40, 12);
  await pty.shows('r runs backup');
  await press(pty, '\t', '─ prepare/backup');
  await pty.shows('else is done to it');
  for (const _ of [1, 2]) await pty.type('\t');
  await press(pty, 'r', 'r runs rename, after a y/n');
  await press(pty, 'r', '> n No <');
  await pty.shows('$ echo one');
  await press(pty, '\x1b[6~', 'echo five');
  await press(pty, '\x1b[6~', 'echo six');
  await pty.shows('It changes something. Run it?');
  await press(pty, 'n', 'r runs rename');
  await change(pty, 'r runs drop, after the name');
  await press(pty, 'r', 'DANGER drop');
  await press(pty, '\x12', 'It runs on shop:');
  await pty.shows('$ echo dropped');
  await press(pty, '\x1b', 'Type shop to run it: ▏');
  await enter(pty, 'shop', 'r runs look');
  await press(pty, 'r', 'FAILED look');
  await pty.shows('Error: the view is gone');
  await close(pty, 'FAILED look');
  await press(pty, '\r', '> Retry');
  await pty.type('\x1b');
  await pty.hides('> Retry');
  await press(pty, '?', 'Steps pane (here)');
  await press(pty, '\x1b', 'waits for you: look');
  await pty.type('q');
  expect(await pty.exited).toBe(3);
});

test('smaller still: it says what to do, no key acts, and it comes back whole', async () => {
  const pty = stage.gonogo(['run', 'rename.yaml'], 39, 11);
  await pty.shows('Too small: 39x11. Make it 1 column and');
  await pty.type('r');
  // The key has been read when the next size is drawn; read after the terminal grew it would count.
  pty.resize(38, 11);
  await pty.shows('Too small: 38x11');
  pty.resize(80, 24);
  await pty.shows('r runs backup');
  expect(stage.records()).not.toContain('step.started backup');
  await pty.type('q');
  expect(await pty.exited).toBe(3);
});
