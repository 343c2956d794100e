/** What stopping, abandoning and leaving a run make true. */

import type { Step } from '../runbook/document.ts';
import { stepNamed } from './acting.ts';
import { waitsToBegin } from './beginnings.ts';
import { draft, draftBy } from './draft.ts';
import type { Actor, EventDraft, Outlived } from './event.ts';
import { outlivedReason } from './failure.ts';
import { type Tried, unreadProbe } from './outcome.ts';
import { type Question, waitsFor } from './question.ts';
import { accepts, type Response, refuses } from './response.ts';
import type { AttemptState, RunState, VisitState } from './state.ts';
import { openVisit, visitNumber } from './visit.ts';

/** Steps that wait for their next try, or to hear whether they are done already, have failed once somebody stops them. */
export function stopsBetweenTries(state: RunState, reason: string, actor: Actor): readonly EventDraft[] {
  return [...state.steps.values()].flatMap((known) => {
    const { id } = known;
    const visit = openVisit(known);
    if (stepNamed(state, id)?.flow !== 'leaf') return [];
    const asked = state.openProbes.some(({ probe, step }) => probe === 'done-when' && step === id);
    const waits = asked && (visit === null || visit.status === 'pending');
    const between = visit?.status === 'running' && visit.attempts.at(-1)?.status === 'ended';
    if (!waits && !between && (visit === null || !waitsToBegin(visit))) return [];
    return [draftBy(actor, 'step.failed', { step: id, visit: visitNumber(known), reason: `stopped: ${reason}` })];
  });
}

/** An attempt, with all that names it. */
interface RunningAttempt {
  readonly at: Tried['at'];
  readonly step: Step;
  readonly visit: VisitState;
  readonly attempt: AttemptState;
}

/** True while the outcome of an attempt is still to come. */
export function isOpen({ status }: AttemptState): boolean {
  return status === 'started' || status === 'stopping';
}

/** Attempts that can be stopped: what runs, and what was stopped in vain. */
export function stoppable(state: RunState): readonly RunningAttempt[] {
  return [...state.steps.values()].flatMap(({ id, visits }) => {
    const visit = visits.at(-1);
    const attempt = visit?.attempts.at(-1);
    const step = stepNamed(state, id);
    if (visit === undefined || attempt === undefined || step === null || !isOpen(attempt)) return [];
    if (attempt.status === 'stopping' && attempt.outlived === null) return [];
    return [{ at: { step: id, visit: visit.visit, attempt: attempt.attempt }, step, visit, attempt }];
  });
}

/** The attempt in `folder` goes on that should not; nothing where it has ended or was settled meanwhile. */
export function outlives(state: RunState, folder: string, how: Outlived): readonly EventDraft[] {
  const { cause, processes } = how;
  // A probe is given up: it changes nothing, and what waits for it goes on or asks.
  const probe = cause === 'supervisor' ? undefined : state.openProbes.find((one) => one.folder === folder);
  if (probe !== undefined) return [unreadProbe(state, probe, outlivedReason(how))];
  for (const { id, visits } of state.steps.values()) {
    const visit = visits.at(-1);
    const attempt = visit?.attempts.at(-1);
    if (visit === undefined || attempt?.folder !== folder || !isOpen(attempt)) continue;
    const at = { step: id, visit: visit.visit, attempt: attempt.attempt };
    return [draft('attempt.outlived', { ...at, cause, processes: [...processes] })];
  }
  return [];
}

/** The run is given up as it stands. `busy`: something of it still runs. */
export function abandons(reason: string, busy: boolean, actor: Actor): Response {
  if (busy) return refuses('a step is running: stop it first, or leave it running and quit');
  const why = reason.trim();
  if (why === '') return refuses('abandoning a run needs a reason');
  return accepts(draftBy(actor, 'run.ended', { status: 'abandoned', reason: why }));
}

/** The run waits for a later process. */
export function pauses(
  question: Question | null,
  reason: 'asked' | 'interrupted' | 'waiting',
  actor: Actor,
): EventDraft {
  const waiting = question === null ? 'the run to be resumed' : waitsFor(question);
  return draftBy(actor, 'run.paused', { reason, waiting });
}

/** The newest step that is under way, of a run that waits for a clock. */
export function retryingStep(state: RunState): string | null {
  const waiting = state.startedOrder.findLast((id) => {
    const visit = state.steps.get(id)?.visits.at(-1);
    return visit !== undefined && (visit.status === 'running' || waitsToBegin(visit));
  });
  return waiting ?? null;
}
