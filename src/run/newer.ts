/**
 * What a run that a newer gonogo wrote to is to this one: readable as far as it goes, and nothing to write to.
 */
import { cut } from '../diagnostics/cut.ts';
import type { RunEvent } from './event.ts';
import { newestRenderer } from './renderer.ts';
import { newestRules } from './rules.ts';
import type { NewerRecord } from './state.ts';

const wordsMax = 200;

/** What of `event` this gonogo does not know: the event itself, or a part of it; empty: nothing. */
export function newerIn(event: RunEvent): readonly NewerRecord[] {
  const found = (type: string, what: string | null): readonly NewerRecord[] => [
    { seq: event.seq, type: cut(type, wordsMax), what: what === null ? null : cut(what, wordsMax) },
  ];
  if (event.type === 'unknown') return found(event.data.named, event.data.what === 'type' ? null : event.data.what);
  if (event.leftOut !== undefined) return found(event.type, event.leftOut[0] ?? null);
  const { renderer = 1, rules = 1 } = event.type === 'run.started' ? event.data : {};
  if (rules > newestRules) return found(event.type, `rules ${rules}`);
  return renderer > newestRenderer ? found(event.type, `renderer ${renderer}`) : [];
}

/**
 * `written by a newer gonogo (event step.deferred) at record 7`, the first that is not known, with what of it is not where the rest is:
 * `(event note.added: data.colour)`. Null: all of the run is known.
 */
export function writtenByNewer({ newer }: { readonly newer: Iterable<NewerRecord> }): string | null {
  const [first, ...more] = newer;
  if (first === undefined) return null;
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  return `written by a newer gonogo (event ${namedEvent(first)}) at record ${first.seq}${others}`;
}

/** The type of the event with what of it is not known: `run.started: the action kubernetes in step deploy`. */
function namedEvent({ type, what }: Pick<NewerRecord, 'type' | 'what'>): string {
  return what === null ? type : `${type}: ${what}`;
}
