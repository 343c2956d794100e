/**
 * What becomes of a step of whose attempt nothing came. One that could not begin: nothing of it ran, so nothing of it is undone and
 * no try is counted, and trying again is no repetition. One that may be repeated and whose outcome is lost: it is repeated.
 *
 * Invariants:
 * - What was refused fails the step at once; what may have been a moment's trouble is tried again after growing pauses, and the
 *   third one fails the step. A `retry` of the document says how often and after how long instead, where it says more.
 * - What is lost over and over fails the step as often: a command may be what ends its own supervisor.
 * - An attempt that was only interrupted before it began (nobody refused it), or whose process was not the one that drives the run
 *   when its outcome was lost, counts for nothing.
 */
import type { Body } from '../runbook/document.ts';
import type { AttemptState, VisitState } from './state.ts';

/** Pauses before the second and the third try. */
const pausesMs = [1000, 4000];

/** How often something is begun of which nothing comes, unless the document says more. */
const triesMax = pausesMs.length + 1;

/** `waits`: `ms` more. `failed`: no further try; why. `free`: nothing stands in the way. */
export type Beginnings =
  | { readonly kind: 'free' }
  | { readonly kind: 'waits'; readonly ms: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly unreachable: boolean };

/** Whether the next attempt of an open visit may begin, after those that could not. `since`: how many ms passed since an instant. */
export function afterRefusals(
  visit: VisitState | null,
  { retry, rules }: Pick<Body, 'retry'> & { readonly rules: number },
  since: (at: number) => number,
): Beginnings {
  const refused = visit === null ? [] : refusals(visit, rules);
  const last = refused.at(-1);
  if (last === undefined || last.voided === null) return { kind: 'free' };
  const { cause, reason } = last.voided;
  // Another machine than before is asked about, not tried again.
  if (cause === 'drifted') return { kind: 'free' };
  const times = Math.max(cause === 'refused' ? 1 : triesMax, retry?.times ?? 1);
  if (refused.length >= times) {
    const tries = times === 1 ? '' : ` (${times} tries)`;
    const what = cause === 'unreachable' ? 'it could not be reached' : 'the command could not be started';
    return { kind: 'failed', reason: `${what}: ${reason}${tries}`, unreachable: cause === 'unreachable' };
  }
  const pauseMs = retry?.everyMs ?? pausesMs[refused.length - 1] ?? 0;
  const ms = pauseMs - since(last.endedAt ?? 0);
  return ms > 0 ? { kind: 'waits', ms } : { kind: 'free' };
}

/** Whether the visit waits to begin again after an attempt that could not. */
export function waitsToBegin(visit: VisitState): boolean {
  return visit.status === 'pending' && refusals(visit, 1).length > 0;
}

/** Why the last attempt of `visit`, whose outcome is lost, is not repeated; null: it is. */
export function lostForGood(visit: VisitState, { retry, rules }: Pick<Body, 'retry'> & { readonly rules: number }) {
  if (rules < 2) return null;
  const times = Math.max(triesMax, retry?.times ?? 1);
  const doubt = visit.attempts.at(-1)?.doubt ?? 'its outcome is not recorded';
  return refusals(visit, rules).length < times ? null : `its outcome could not be known: ${doubt} (${times} tries)`;
}

/** The newest attempts of which nothing came, back to the last other one or the last that a person ordered anew. */
function refusals({ attempts, retriedSeq }: VisitState, rules: number): readonly AttemptState[] {
  const other = attempts.findLastIndex(
    (attempt) => attempt.startedSeq < retriedSeq || (attempt.voided === null && (rules < 2 || !isLost(attempt))),
  );
  return attempts.slice(other + 1);
}

function isLost({ status, inherited }: AttemptState): boolean {
  return status === 'in-doubt' && !inherited;
}
