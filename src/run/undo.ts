/**
 * Rolling back: from the request to the last planned entry.
 *
 * Invariants:
 * - While any attempt runs, nothing is undone; and a `once` attempt in doubt is settled first.
 * - An undo runs as a step of its own, by the same rules as every other step.
 */
import type { Body, Step, StepId } from '../runbook/document.ts';
import { type Arrival, arrivalAt } from './arrival.ts';
import { holding, runningAttempts } from './attempts.ts';
import type { Circumstances } from './circumstances.ts';
import { asks, type Decision, idle, only } from './decision.ts';
import { draft, engineActor } from './draft.ts';
import type { EventDraft, RollbackEntry } from './event.ts';
import { outlineOf, undoSteps } from './outline.ts';
import { isForPerson } from './people.ts';
import { type InDoubtQuestion, inDoubtQuestion } from './questions/in-doubt.ts';
import { leavesRedos } from './redo.ts';
import { rollbackPlan } from './rollback.ts';
import type { RunState } from './state.ts';
import { judgeTries } from './tries.ts';
import { openVisit, visitNumber } from './visit.ts';

/** What stands between the request and the first entry of the plan, in this order; then the plan. */
export function beginRollback(state: RunState): Decision {
  const running = runningAttempts(state);
  if (running.length > 0) return { ...idle, ongoing: running, question: holding(state, running) };
  const doubt = doubtful(state);
  if (doubt !== null) return asks(doubt);
  const closing = [...closesOpenVisits(state), ...leavesRedos(state)];
  if (closing.length > 0) return only(...closing);
  const reason = state.rollbackRequested?.reason ?? '';
  const by = state.rollbackRequested?.by ?? engineActor;
  return only({ type: 'rollback.started', actor: by, data: { reason, plan: [...rollbackPlan(state)] } });
}

/** Whatever was begun and is not decided when a rollback starts: it is not gone on with. */
function closesOpenVisits(state: RunState): readonly EventDraft[] {
  const { places } = outlineOf(state.runbook);
  const events: EventDraft[] = [];
  for (const id of state.startedOrder) {
    const visit = openVisit(state.steps.get(id));
    const step = places.get(id)?.step;
    if (visit?.status !== 'running' || step === undefined) continue;
    const at = { step: id, visit: visit.visit };
    const attempt = visit.attempts.at(-1);
    const waits = step.flow !== 'leaf' || isForPerson(step);
    if (waits) events.push(draft('step.not_taken', { ...at, reason: 'rolled back before it was done' }));
    else if (attempt !== undefined && judgeTries(step, visit, attempt).kind === 'passed')
      events.push(draft('step.passed', at));
    else events.push(draft('step.failed', { ...at, reason: `${visit.reason ?? 'failed'}; not tried again` }));
  }
  return events;
}

/** A `once` attempt in doubt outside the rollback: it must be settled before anything is undone. */
function doubtful(state: RunState): InDoubtQuestion | null {
  const { places } = outlineOf(state.runbook);
  for (const id of state.startedOrder) {
    const visit = openVisit(state.steps.get(id));
    const attempt = visit?.attempts.at(-1);
    const place = places.get(id);
    if (visit === null || attempt?.status !== 'in-doubt' || place?.step.effect !== 'once') continue;
    return inDoubtQuestion({ step: id, visit: visit.visit, title: place.step.title }, attempt);
  }
  return null;
}

/** The arrival at the planned `entry`; null when the document does not have it. */
export function undoArrival(state: RunState, now: Circumstances, entry: RollbackEntry): Arrival | null {
  const { places } = outlineOf(state.runbook);
  if (entry.kind === 'step') {
    const step = places.get(entry.id)?.step;
    return step === undefined ? null : arrivalAt(state, now, step, { mode: 'rollback' });
  }
  const origin = places.get(entry.undoes.step)?.step;
  const undo = origin === undefined ? undefined : undoSteps(origin)[entry.body];
  if (origin === undefined || undo === undefined) return null;
  const step = undoAsStep(origin, undo.body, entry.id);
  return arrivalAt(state, now, step, { mode: 'rollback', undoes: entry.undoes });
}

/** What is planned and not in the adopted document is passed by. */
export function skipMissing(state: RunState, id: StepId): Decision {
  const visit = visitNumber(state.steps.get(id));
  return only(draft('step.not_taken', { step: id, visit, reason: 'the adopted document does not have it' }));
}

/** An undo body as the step that it runs as. */
export function undoAsStep(origin: Step, body: Body, id: StepId): Step {
  return {
    ...body,
    id,
    title: `Undo: ${origin.title}`,
    undo: { kind: 'none' },
    onFail: 'ask',
    danger: false,
    tty: false,
    roles: [],
    bindings: origin.bindings,
    ...(origin.become === undefined ? {} : { become: origin.become }),
    flow: 'leaf',
    blocks: [],
  };
}
