/** A target whose identity hangs at the start: stopped by Ctrl-C, and confirmed before the first change. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { change, enter, press, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const within = { timeout: 30_000, interval: 20 };

test('Ctrl-C stops the reading at the start and what it runs; the first reading after that is confirmed', async () => {
  const path = (name: string): string => join(stage.folder, name);
  const identity = 'echo $$ > asked; test -e quick || sleep 600; echo db-1';
  writeFileSync(
    path('work.yaml'),
    `runbook: Test
target: { name: db, identity: { check: '${identity}', timeout: 10m } }
phases: { all: [{ id: one, run: echo one >> log }, { id: two, run: echo two >> log }] }
`,
  );
  const pty = stage.gonogo(['run', path('work.yaml')], 90, 26);
  await vi.waitFor(
    () => expect(existsSync(path('asked')) && readFileSync(path('asked'), 'utf8')).toMatch(/\d\n/),
    within,
  );
  const pid = Number(readFileSync(path('asked'), 'utf8'));
  await pty.shows("reading the target's identity");
  await press(pty, '\x03', "Stop reading the target's identity");
  await press(pty, '\x1b[B', "> Stop reading the target's identity");
  await press(pty, '\r', 'Reason:');
  await enter(pty, 'it hangs', 'r runs one');
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), within);
  expect(stage.records()).toEqual(['run.started', 'probe.started', 'target.read']);

  writeFileSync(path('quick'), '');
  await change(pty, 'Is this the right target of one?');
  await pty.shows('Now it reads:        db-1');
  expect(existsSync(path('log'))).toBe(false);
  await press(pty, '\x1b[B', '> Accept it and go on');
  await press(pty, '\r', 'Reason:');
  await enter(pty, 'it is the primary', '> n No <');
  await press(pty, 'y', 'r runs two');
  await change(pty, 'COMPLETED: Test');
  await pty.type('q');
  expect(await pty.exited).toBe(0);
  expect(readFileSync(path('log'), 'utf8')).toBe('one\ntwo\n');
});
