/** The report of a run as it stands, made in a thread. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeReport } from '../../src/app/report.ts';
import { previewReport } from '../../src/app/report-preview.ts';
import { openWorld } from '../../src/app/world.ts';
import { makeLongRun } from '../store/long-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'gonogo-preview-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const goesOn = new AbortController().signal;

test('it says what the written report says, and nothing is written', async () => {
  const state = join(folder, 'same');
  const run = await makeLongRun(state, { steps: 40, pauses: 2, pauseCharacters: 20 });
  const world = await openWorld({ state });
  const preview = await previewReport(world, run, goesOn);
  expect(await world.host.files.facts(join(world.journals.workspace(run), 'report'))).toBeNull();
  const { paths } = await makeReport(world, { run, formats: ['md'], key: null, bundle: null });
  expect(preview).toBe(readFileSync(paths[0] ?? '', 'utf8'));
});

test('while it is made this process does what comes; aborting ends the thread', async () => {
  const state = join(folder, 'long');
  const run = await makeLongRun(state, { steps: 2000, pauses: 0, pauseCharacters: 1 });
  const world = await openWorld({ state });
  let turns = 0;
  const turning = setInterval(() => {
    turns += 1;
  }, 1);
  const leaving = new AbortController();
  await previewReport(world, run, goesOn).finally(() => clearInterval(turning));
  // In this process there would be one for each chunk that is read, which are few.
  expect(turns).toBeGreaterThan(20);
  const aborted = previewReport(world, run, leaving.signal);
  leaving.abort();
  await expect(aborted).rejects.toThrow(/abort/i);
  expect(process.getActiveResourcesInfo()).not.toContain('Worker');
});

test('a document that is missing, or another one, is told', async () => {
  const state = join(folder, 'missing');
  const run = await makeLongRun(state, { steps: 2, pauses: 0, pauseCharacters: 1 });
  const world = await openWorld({ state });
  rmSync(join(world.journals.workspace(run), 'documents'), { recursive: true });
  await expect(previewReport(world, run, goesOn)).rejects.toThrow(
    /documents\/\w+\.yaml of run .* is missing; gonogo verify/,
  );
});

test('a journal that does not verify is told in the words of the journal', async () => {
  const state = join(folder, 'corrupt');
  const run = await makeLongRun(state, { steps: 2, pauses: 0, pauseCharacters: 1 });
  const world = await openWorld({ state });
  const path = join(world.journals.workspace(run), 'journal.jsonl');
  await world.host.files.replace(path, Buffer.from(readFileSync(path, 'utf8').replace('"ada"', '"eve"')));
  await expect(previewReport(world, run, goesOn)).rejects.toThrow(/line 1 of the journal does not verify/);
});
