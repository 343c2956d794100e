/**
 * Histories with one thing changed, by the thousand: each is refused, or the change is one that no rule can tell from the truth.
 * Those are listed in `expected/untold.txt`, so that what only a signature protects is known, and shrinks.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { eventDraftSchema, type RunEvent } from '../../src/run/event.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { HistoryError } from '../../src/run/reduce.ts';

const folder = join(import.meta.dirname, '../journals/v1');
const file = new URL('expected/untold.txt', import.meta.url);

interface History {
  readonly run: string;
  readonly events: readonly RunEvent[];
}

const histories = readdirSync(folder)
  .filter((name) => name.endsWith('.jsonl'))
  .map((name): History => {
    const bytes = readFileSync(join(folder, name));
    const run = /"run":"([^"]+)"/.exec(bytes.toString())?.[1] ?? '';
    return { run, events: verifyJournal(bytes, run).events };
  });

/** True when the history, numbered anew, breaks a rule or tells what cannot be. */
function isRefused(run: string, events: readonly RunEvent[]): boolean {
  try {
    const renumbered = events.map((event, index) => ({ ...event, seq: index + 1 }));
    return firstBreach(renumbered, run, actions) !== null;
  } catch (error) {
    if (error instanceof HistoryError) return true;
    throw error;
  }
}

/** What was done to which kind of event and went unseen, and how many were seen. */
class Tally {
  readonly untold = new Set<string>();
  tried = 0;
  refused = 0;

  take(what: string, refused: boolean): void {
    this.tried += 1;
    if (refused) this.refused += 1;
    else this.untold.add(what);
  }
}

function moveRecords({ run, events }: History, tally: Tally): void {
  for (const [index, event] of events.entries()) {
    if (index === 0) continue;
    const next = events[index + 1];
    const by = event.actor.via === 'engine' ? '' : ' of a person';
    // What was never told at the end of a journal may not have happened yet.
    if (next !== undefined) {
      tally.take(`left out: ${event.type}${by}`, isRefused(run, events.toSpliced(index, 1)));
      const swapped = events.with(index, next).with(index + 1, event);
      tally.take(`told after the next: ${event.type}${by}`, isRefused(run, swapped));
    }
    tally.take(`told twice: ${event.type}${by}`, isRefused(run, events.toSpliced(index, 0, event)));
  }
}

function changeValues({ run, events }: History, tally: Tally): void {
  for (const [index, event] of events.entries()) {
    if (index === 0 || event.type === 'documents.adopted') continue;
    const { type, actor, data } = event;
    for (const [path, value] of leaves({ actor, data })) {
      for (const other of others(value)) {
        const draft = eventDraftSchema.safeParse({ type, ...changed({ actor, data }, path, other) });
        if (!draft.success) continue;
        const where = path.map((key) => (/^\d+$/.test(key) ? '*' : key)).join('.');
        tally.take(`changed: ${type} ${where}`, isRefused(run, events.with(index, { ...event, ...draft.data })));
      }
    }
  }
}

function* leaves(value: unknown, path: readonly string[] = []): Generator<readonly [readonly string[], unknown]> {
  if (typeof value !== 'object' || value === null) yield [path, value];
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

const words = [
  'passed',
  'failed',
  'rerun',
  'pass',
  'na',
  'partial',
  'fail',
  'go',
  'no-go',
  'operator',
  'completed',
  'low',
];

function others(value: unknown): readonly unknown[] {
  const text = String(value);
  const more = words.includes(text) ? words : [];
  const all = typeof value === 'number' ? [value + 1, 0] : value === null ? ['x', 0] : [`${text}x`, null, ...more];
  return (typeof value === 'boolean' ? [!value] : all).filter((other) => other !== value);
}

/** A copy of `from` with `value` at `path`. */
function changed(from: object, path: readonly string[], value: unknown): object {
  const [key = '', ...rest] = path;
  const inner: unknown = Reflect.get(from, key);
  const next = rest.length === 0 || typeof inner !== 'object' || inner === null ? value : changed(inner, rest, value);
  return Array.isArray(from) ? from.with(Number(key), next) : { ...from, [key]: next };
}

test('records that are left out, moved or told twice, and every value that is changed', { timeout: 600_000 }, () => {
  const tally = new Tally();
  for (const history of histories) {
    moveRecords(history, tally);
    changeValues(history, tally);
  }
  const untold = `${[...tally.untold].toSorted().join('\n')}\n`;
  if (process.env['GONOGO_UPDATE_EXPECTED'] === '1') writeFileSync(file, untold);
  expect(untold).toBe(readFileSync(file, 'utf8'));
  expect(tally.tried).toBeGreaterThan(8000);
  expect(tally.refused / tally.tried).toBeGreaterThan(0.6);
});
