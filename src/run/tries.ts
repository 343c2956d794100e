/** What the tries of a visit come to, by the step's `retry`; and what an item of a checklist closes with. */
import type { Body } from '../runbook/document.ts';
import type { At } from './arrival.ts';
import { draft } from './draft.ts';
import type { EventDraft } from './event.ts';
import type { AttemptState, VisitState } from './state.ts';

export type Tries = { kind: 'passed' } | { kind: 'failed'; reason: string } | { kind: 'again' };

/** What the visit has come to with the end of `attempt`, its last. */
export function judgeTries(body: Body, visit: VisitState, attempt: AttemptState): Tries {
  const retry = body.retry ?? { times: 1, everyMs: 0, passes: 1 };
  const end = attempt.end;
  if (end === null) return { kind: 'failed', reason: 'no outcome was recorded' };
  if (attempt.stopReason !== null && !end.ok) {
    return { kind: 'failed', reason: `stopped: ${attempt.stopReason}` };
  }
  if (end.ok && visit.passesInRow >= retry.passes) return { kind: 'passed' };
  const reason = end.reason ?? `${visit.passesInRow} of ${retry.passes} passes in a row`;
  if (end.gaveUp) return { kind: 'failed', reason: `gave up: ${reason}` };
  if (visit.tries < retry.times) return { kind: 'again' };
  const tries = retry.times === 1 ? '' : ` after ${retry.times} tries`;
  return { kind: 'failed', reason: `${reason}${tries}` };
}

/** A finding is no failure of the run: the verdict weighs it. */
export function itemCloses(visit: VisitState, at: At, tries: Tries): readonly EventDraft[] {
  const result = visit.item?.result;
  if (result === 'na' || (result === 'pass' && tries.kind !== 'failed')) return [draft('step.passed', at)];
  const reason = result === 'pass' && tries.kind === 'failed' ? tries.reason : (visit.item?.detail ?? 'failed');
  return [draft('step.failed', { ...at, reason }), draft('step.passed_over', { ...at, reason })];
}
