/** Whatever real runs write obeys the rules: looked at where tests of other things are done with their runs. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actions } from '../../src/actions/registry.ts';
import { JournalError } from '../../src/journal/journal.ts';
import { judged } from '../../src/journal/newer.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { newerIn } from '../../src/run/newer.ts';
import { firstBreach } from '../../src/run/obeys.ts';

/** Fails when a run in the state folder `state` broke a rule. A journal that a test has spoilt, or gave
 * records of a newer gonogo, tells nothing, and is passed by. */
export function assertHonest(state: string): void {
  const runs = join(state, 'runs');
  if (!existsSync(runs)) return;
  for (const id of readdirSync(runs).filter((name) => !name.startsWith('.'))) {
    const events = eventsOf(join(runs, id, 'journal.jsonl'), id);
    if (events.length > 0 && events.every((event) => newerIn(event).length === 0))
      assert.equal(firstBreach(events, id, actions), null, `what run ${id} wrote breaks the rules`);
  }
}

function eventsOf(path: string, id: string): readonly RunEvent[] {
  try {
    return verifyJournal(readFileSync(path), id).events.map((event) => judged(event, actions));
  } catch (error) {
    if (error instanceof JournalError || (error instanceof Error && 'code' in error)) return [];
    throw error;
  }
}
