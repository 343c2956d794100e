/** Questions that are asked before anything begins: Ctrl-C and the end of input are answers too, and no fault of gonogo. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

test.each([
  ['Ctrl-C', '\x03', 130],
  ['Ctrl-D', '\x04', 2],
])('init: %s makes nothing', async (_, keys, code) => {
  const pty = stage.gonogo(['init', 'fresh']);
  await pty.shows('What do you release?');
  await pty.type(keys);
  expect(await pty.exited).toBe(code);
  expect(pty.written()).not.toContain('fault');
  expect(existsSync(join(stage.folder, 'fresh'))).toBe(false);
});

test('resume of a changed document: Ctrl-C leaves the run as it is, and the end of input goes on with what is pinned', async () => {
  const file = join(stage.folder, 'two.yaml');
  writeFileSync(file, 'runbook: Two\nphases: { all: [{ id: one, check: "true" }, { id: two, check: "true" }] }\n');
  const first = stage.gonogo(['run', 'two.yaml', '--plain']);
  await first.shows('q');
  await first.type('q\r');
  expect(await first.exited).toBe(3);
  writeFileSync(file, 'runbook: Two\nphases: { all: [{ id: one, check: "true" }, { id: two, check: "false" }] }\n');
  const before = stage.records();
  const asked = stage.gonogo(['resume']);
  await asked.shows('Reason to adopt it');
  await asked.type('\x03');
  expect(await asked.exited).toBe(130);
  expect(stage.records()).toEqual(before);
  const ended = stage.gonogo(['resume']);
  await ended.shows('Reason to adopt it');
  await ended.type('\x04');
  await ended.shows('r runs one');
  await ended.type('q');
  expect(await ended.exited).toBe(3);
  expect(stage.records()).not.toContain('documents.adopted');
});
