/**
 * Which renderer a report has, and what the newest one makes of real runs: the golden journals as they would be had they begun
 * today. What the first renderer makes of them is held beside the journals, and never changes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { verifyJournal } from '../../src/journal/verify.ts';
import { buildReport } from '../../src/report/build.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { writtenByNewer } from '../../src/run/newer.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { newestRenderer } from '../../src/run/renderer.ts';
import { releaseRunbook, started, Transcript } from './transcripts.ts';

const journals = join(import.meta.dirname, '../journals/v1');
const expected = join(import.meta.dirname, 'expected/journals');
const names = readdirSync(expected).map((name) => name.slice(0, -'.md'.length));

const documents = join(journals, 'documents');

/** Texts of the documents in `folder` by their digests, which name them. */
function textsIn(folder: string): ReadonlyMap<string, string> {
  return new Map(readdirSync(folder).map((name) => [name.slice(0, 64), readFileSync(join(folder, name), 'utf8')]));
}

/** The events of a golden journal, begun with the newest renderer. */
function begunToday(name: string): { readonly run: string; readonly events: readonly RunEvent[] } {
  const bytes = readFileSync(join(journals, `${name}.jsonl`));
  const run = /"run":"([^"]+)"/.exec(bytes.toString())?.[1] ?? '';
  const events = verifyJournal(bytes, run).events.map((event) =>
    event.type === 'run.started' ? { ...event, data: { ...event.data, renderer: newestRenderer } } : event,
  );
  return { run, events };
}

describe('the newest renderer', () => {
  test.each(names)('%s: the Markdown is the expected one', (name) => {
    const { run, events } = begunToday(name);
    const markdown = renderMarkdown(buildReport(reduceAll(events, run), events, textsIn(documents)));
    const file = join(expected, `${name}.md`);
    if (process.env['GONOGO_UPDATE_EXPECTED'] === '1') writeFileSync(file, markdown);
    expect(markdown).toBe(readFileSync(file, 'utf8'));
  });
});

test('a report has the renderer that the start of its run names, and the first one where it names none', () => {
  const { renderer, ...before } = started(releaseRunbook());
  expect(renderer).toBe(newestRenderer);
  expect(new Transcript().on(0, 'run.started', started(releaseRunbook())).report().renderer).toBe(newestRenderer);
  expect(new Transcript().on(0, 'run.started', before).report().renderer).toBe(1);
});

test('a run whose renderer is not known was written by a newer gonogo', () => {
  const later = new Transcript().on(0, 'run.started', started(releaseRunbook(), { renderer: newestRenderer + 1 }));
  expect(writtenByNewer(reduceAll(later.events, 'r'))).toBe(
    `written by a newer gonogo (event run.started: renderer ${newestRenderer + 1}) at record 1`,
  );
});
