/** What stands on a real terminal before the app is loaded, and that it leaves nothing behind. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProgram } from '../tui/pty.ts';
import { gonogo, Stage } from './stage.ts';

const enter = '\x1b[?1049h';
const leave = '\x1b[?1049l';
const firstRow = 'gonogo  runbooks that prove what happened';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  writeFileSync(
    join(stage.folder, 'greet.yaml'),
    '# ours\nrunbook: Greet them\nphases: { main: [{ id: hello, check: echo hello }] }\n',
  );
});
afterEach(async () => {
  await stage.dispose();
});

/** How often `part` is in `text`. */
function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

test('first frame: the app takes the screen over, which is entered once and left once', async () => {
  const pty = stage.gonogo([]);
  await pty.shows('> Greet them');
  expect(pty.rows()[0]).toMatch(/^ gonogo {2}runbooks that prove what happened +\d\d:\d\d$/);
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  const written = pty.written();
  expect([count(written, enter), count(written, leave)]).toEqual([1, 1]);
  // Drawn without Ink, whose frames are synchronized updates.
  expect(written.indexOf(firstRow)).toBeLessThan(written.indexOf('\x1b[?2026h'));
  expect(written.indexOf('Looking for runs and runbooks')).toBeLessThan(written.indexOf('\x1b[?2026h'));
});

test('first frame: a run says what it starts, and nothing of that stays below its own frame', async () => {
  const pty = stage.gonogo(['run', 'greet.yaml']);
  await pty.shows('r runs hello');
  expect(pty.written().indexOf('Starting Greet them')).toBeLessThan(pty.written().indexOf('\x1b[?2026h'));
  expect(pty.rows().filter((row) => row.includes('Starting Greet them') || row.includes(firstRow))).toEqual([]);
  await pty.type('q');
  expect(await pty.exited).toBe(3);
  expect([count(pty.written(), enter), count(pty.written(), leave)]).toEqual([1, 1]);
});

test('first frame: what is printed instead of the app is on the normal screen', async () => {
  writeFileSync(join(stage.folder, 'wrong.yaml'), 'runbook: Wrong in it\nphases: 7\n');
  const pty = stage.gonogo(['run', 'wrong.yaml']);
  expect(await pty.exited).toBe(2);
  await pty.leaves();
  expect(pty.written()).toContain('Starting Wrong in it');
  expect(pty.written().indexOf(leave)).toBeLessThan(pty.written().indexOf('wrong.yaml:2'));
  expect(pty.rows().join('\n')).toContain('wrong.yaml:2');
});

test('first frame: a signal before the app is there gives the terminal back', async () => {
  // The frame is drawn before the runbooks are looked for, so this comes in between.
  const pty = stage.gonogo([]);
  await pty.wrote(firstRow, 1);
  pty.kill('SIGTERM');
  await pty.exited;
  await pty.leaves();
  expect([count(pty.written(), enter), count(pty.written(), leave)]).toEqual([1, 1]);
});

test('first frame: a pipe is not waited for', async () => {
  const pty = startProgram(
    ['bash', '-c', 'mkfifo pipe; "$1" "$2" run pipe', 'bash', process.execPath, gonogo],
    { columns: 80, rows: 24 },
    { GONOGO_STATE: stage.folder },
    stage.folder,
  );
  await pty.shows('this is no regular file');
  expect(await pty.exited).toBe(2);
  expect(pty.written()).not.toContain(enter);
});

test.each([
  ['--plain', ['run', 'greet.yaml', '--plain']],
  ['--inline', ['run', 'greet.yaml', '--inline']],
])('first frame: there is none with %s', async (_, words) => {
  const pty = stage.gonogo(words);
  await pty.shows('hello');
  expect(pty.written()).not.toContain(enter);
  pty.kill('SIGTERM');
  await pty.exited;
});

test('first frame: there is none on a terminal that is too small', async () => {
  const small = stage.gonogo([], 38, 10);
  await small.shows('Too small');
  expect(small.written()).not.toContain('Looking for runs and runbooks');
  await small.type('\x03');
  await small.exited;
});
