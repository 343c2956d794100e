/**
 * What becomes of a step whose attempt could not begin: nothing of it ran, so nothing of it is undone and no try is counted,
 * and trying again is no repetition.
 *
 * Invariants:
 * - What was refused fails the step at once; what may have been a moment's trouble is tried again after growing pauses, and the
 *   third one fails the step. A `retry` of the document says how often and after how long instead, where it says more.
 * - An attempt that was only interrupted before it began (nobody refused it) counts for nothing.
 */
import type { Body } from '../runbook/document.ts';
import type { AttemptState, VisitState } from './state.ts';

/** Pauses before the second and the third try. */
const pausesMs = [1000, 4000];

/** `waits`: `ms` more. `failed`: no further try; why. `free`: nothing stands in the way. */
export type Beginnings =
  | { readonly kind: 'free' }
  | { readonly kind: 'waits'; readonly ms: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** Whether the next attempt of an open visit may begin, after those that could not. `since`: how many ms passed since an instant. */
export function afterRefusals(
  visit: VisitState | null,
  body: Pick<Body, 'retry'>,
  since: (at: number) => number,
): Beginnings {
  const refused = visit === null ? [] : refusals(visit);
  const last = refused.at(-1);
  if (last === undefined || last.voided === null) return { kind: 'free' };
  const { cause, reason } = last.voided;
  const times = Math.max(cause === 'refused' ? 1 : pausesMs.length + 1, body.retry?.times ?? 1);
  if (refused.length >= times) {
    const tries = times === 1 ? '' : ` (${times} tries)`;
    const what = cause === 'unreachable' ? 'it could not be reached' : 'the command could not be started';
    return { kind: 'failed', reason: `${what}: ${reason}${tries}` };
  }
  const pauseMs = body.retry?.everyMs ?? pausesMs[refused.length - 1] ?? 0;
  const ms = pauseMs - since(last.endedAt ?? 0);
  return ms > 0 ? { kind: 'waits', ms } : { kind: 'free' };
}

/** Whether the visit waits to begin again after an attempt that could not. */
export function waitsToBegin(visit: VisitState): boolean {
  return visit.status === 'pending' && refusals(visit).length > 0;
}

/** The newest attempts, back to the last one that began, was interrupted, or was ordered anew by a person. */
function refusals({ attempts, retriedSeq }: VisitState): readonly AttemptState[] {
  const begun = attempts.findLastIndex((attempt) => attempt.voided === null || attempt.startedSeq < retriedSeq);
  return attempts.slice(begun + 1);
}
