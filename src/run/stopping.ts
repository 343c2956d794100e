/** What stopping, abandoning and leaving a run make true. */
import { stepNamed } from './acting.ts';
import { waitsToBegin } from './beginnings.ts';
import { draftBy } from './draft.ts';
import type { Actor, EventDraft } from './event.ts';
import { type Question, waitsFor } from './question.ts';
import { accepts, type Response, refuses } from './response.ts';
import type { RunState } from './state.ts';

/** Steps that wait for their next try have failed once somebody stops them. */
export function stopsBetweenTries(state: RunState, reason: string, actor: Actor): readonly EventDraft[] {
  return [...state.steps.values()].flatMap(({ id, visits }) => {
    const visit = visits.at(-1);
    if (visit === undefined || stepNamed(state, id)?.flow !== 'leaf') return [];
    const waits = (visit.status === 'running' && visit.attempts.at(-1)?.status === 'ended') || waitsToBegin(visit);
    if (!waits) return [];
    return [draftBy(actor, 'step.failed', { step: id, visit: visit.visit, reason: `stopped: ${reason}` })];
  });
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
