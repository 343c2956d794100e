/** What the tries of a visit come to, by the step's `retry`; and what an item of a checklist closes with. */
import type { Body, Retry } from '../runbook/document.ts';
import type { At } from './arrival.ts';
import { draft } from './draft.ts';
import type { EventDraft } from './event.ts';
import type { AttemptState, VisitState } from './state.ts';

export type Tries = { kind: 'passed' } | { kind: 'failed'; reason: string } | { kind: 'again' };

/** What the visit has come to with the end of `attempt`, its last. */
export function judgeTries(body: Body, visit: VisitState, attempt: AttemptState): Tries {
  const retry: Retry = body.retry ?? { times: 1, everyMs: 0, passes: 1 };
  const end = attempt.end;
  if (end === null) return { kind: 'failed', reason: 'no outcome was recorded' };
  if (attempt.stopReason !== null && !end.ok) {
    return { kind: 'failed', reason: `stopped: ${attempt.stopReason}` };
  }
  if (end.ok && visit.passesInRow >= retry.passes) return { kind: 'passed' };
  const reason = end.reason ?? `${visit.passesInRow} of ${retry.passes} passes in a row`;
  if (end.gaveUp) return { kind: 'failed', reason: `gave up: ${reason}` };
  if (visit.tries < retry.times && !isSpent(visit, retry)) return { kind: 'again' };
  const tries = retry.times === 1 ? '' : ` after ${visit.tries} ${visit.tries === 1 ? 'try' : 'tries'}`;
  return { kind: 'failed', reason: `${reason}${tries}` };
}

/**
 * True when another try would begin after `forMs`. What the tries took was measured by clocks that nobody sets, so no jump of
 * the time of day shortens or prolongs it, nor does a time in which no process drove the run.
 */
function isSpent({ attempts, tries }: VisitState, { forMs, everyMs }: Pick<Retry, 'forMs' | 'everyMs'>): boolean {
  if (forMs === undefined) return false;
  const own = attempts.filter(({ status }) => status !== 'void').slice(-tries);
  const took = own.reduce((sum, { end }) => sum + (end?.ms ?? 0) + pauseMsAfter(end, everyMs), 0);
  return took > forMs;
}

/** How long the next try waits: as the document says, or for as long as a server that is busy asked to be left alone. */
export function pauseMsAfter(end: AttemptState['end'], everyMs: number): number {
  return Math.max(everyMs, end?.retryAfterMs ?? 0);
}

/** A finding is no failure of the run: the verdict weighs it. */
export function itemCloses(visit: VisitState, at: At, tries: Tries): readonly EventDraft[] {
  const result = visit.item?.result;
  if (result === 'na' || (result === 'pass' && tries.kind !== 'failed')) return [draft('step.passed', at)];
  const reason = result === 'pass' && tries.kind === 'failed' ? tries.reason : (visit.item?.detail ?? 'failed');
  return [draft('step.failed', { ...at, reason }), draft('step.passed_over', { ...at, reason })];
}
