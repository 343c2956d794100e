/**
 * `decide`: what is due now, from the state alone. Nothing is executed here; the engine appends the events, then performs
 * what they began.
 *
 * Invariants:
 * 1. Pure: the same state and circumstances give the same decision, so a resumed run goes on where it was.
 * 2. An effect is only ever named by an event (`step.started`, `probe.started`) that comes with it.
 * 3. While any attempt runs, nothing is undone; a rollback that was asked for starts when the last one has ended.
 * 4. A `once` action whose outcome is unknown is never begun again without `attempt.settled` by a person or its `done_when`.
 * 5. A gate is never skipped and never marked done.
 * 6. Only `walk` arrives at steps: a step that holds others returns them.
 */
import { gateStanding, openEmergencies } from './approvals.ts';
import { type Arrival, arrivalAt, isVisiting } from './arrival.ts';
import { notTaken, startAutomatic } from './arriving.ts';
import { afterFailure, goOn } from './attempts.ts';
import { containers } from './blocks.ts';
import { walkAudit } from './checklists.ts';
import type { Circumstances } from './circumstances.ts';
import { asks, type Decision, type Inside, idle, merge, only, type Turn } from './decision.ts';
import { draft, engineActor } from './draft.ts';
import type { EventDraft } from './event.ts';
import { asksFleet } from './fleet-asked.ts';
import { leavesOutHere } from './left-out.ts';
import { probeTarget } from './needs.ts';
import { endedDebts } from './obligations.ts';
import { heldForDecision, heldForHandover } from './offered.ts';
import { outlineOf } from './outline.ts';
import { isForPerson, startPerson } from './people.ts';
import { failuresInRollback, unclearedFailures } from './progress.ts';
import type { Question } from './question.ts';
import { approveQuestion } from './questions/approve.ts';
import { obligationsQuestion } from './questions/obligations.ts';
import { type VariableQuestion, variableQuestion } from './questions/variable.ts';
import { beforeRedo, openRedo } from './redo.ts';
import type { RunState, VisitState } from './state.ts';
import { beginRollback, skipMissing, undoArrival } from './undo.ts';
import { dueTogether } from './undo-batch.ts';
import { asksInstead, readFirst } from './unset.ts';

const ended = new Set(['completed', 'rolled-back', 'failed', 'abandoned']);

/** What is due in `state` now. An ended run: nothing. */
export function decide(state: RunState, now: Circumstances): Decision {
  if (ended.has(state.status)) return idle;
  return heldForHandover(state, heldForDecision(state, due(state, now)));
}

function due(state: RunState, now: Circumstances): Decision {
  const variable = askedVariable(state) ?? readFirst(state, now);
  if (variable !== null) return asks(variable);
  const debts = endedDebts(state, engineActor);
  if (debts.length > 0) return only(...debts);
  if (state.rollback !== null) return walkRollback(state, now);
  if (state.rollbackRequested !== null) return beginRollback(state);
  if (state.runbook.target !== undefined && state.targets.length === 0) return probeTarget(state, now, null);
  const asked = asksFleet(state);
  if (asked !== null) return asked;
  return state.runbook.kind === 'checklist' ? settle(walkAudit(state, now), state, now) : walkPhases(state, now);
}

function askedVariable(state: RunState): VariableQuestion | null {
  const asked = Object.entries(state.runbook.vars).find(
    ([name, { ask }]) => ask !== undefined && !state.variables.has(name),
  );
  return asked === undefined ? null : variableQuestion(state, asked[0]);
}

function walkPhases(state: RunState, now: Circumstances): Decision {
  const redone = openRedo(state);
  if (redone !== null) return beforeRedo(state, redone) ?? walk(arrivalAt(state, now, redone, { mode: 'phases' }));
  const { phase, index } = state.position;
  const step = state.runbook.phases[phase]?.steps[index];
  return step === undefined ? finish(state, now) : walk(arrivalAt(state, now, step, { mode: 'phases' }));
}

/** What is owed is settled or handed over before the run ends, whichever way it went. */
function finish(state: RunState, now: Circumstances): Decision {
  const debts = owed(state, now);
  if (debts !== null) return asks(debts);
  const failures = unclearedFailures(state);
  return only(
    ...neverReached(state),
    failures.length > 0
      ? draft('run.ended', { status: 'failed', reason: `failed: ${failures.join(', ')}` })
      : draft('run.ended', { status: 'completed', reason: completedReason(state) }),
  );
}

function completedReason({ holding }: RunState): string {
  const deferred = holding.decided.filter(({ as }) => as === 'deferred').map(({ item }) => item);
  return deferred.length === 0 ? 'every step is done' : `complete except deferred items: ${deferred.join(', ')}`;
}

/** What is still owed: a debt to settle or hand over, then the approval of a gate that an emergency let the run past. */
function owed(state: RunState, now: Circumstances): Question | null {
  const debts = obligationsQuestion(state);
  if (debts !== null) return debts;
  const [emergency] = openEmergencies(state);
  const step = emergency === undefined ? undefined : outlineOf(state.runbook).places.get(emergency.step)?.step;
  const visit = step === undefined ? undefined : state.steps.get(step.id)?.visits.at(-1);
  if (step === undefined || visit === undefined) return null;
  const standing = gateStanding(state, step.id, visit, now.now);
  return approveQuestion(state, { step: step.id, visit: visit.visit, title: step.title }, standing);
}

/** Steps of options that were never chosen and of steps that were not taken. */
function neverReached(state: RunState): readonly EventDraft[] {
  return [...outlineOf(state.runbook).places.values()]
    .filter(({ phase, step }) => phase !== null && state.steps.get(step.id)?.visits.length === 0)
    .map(({ step }) => draft('step.not_taken', { step: step.id, visit: 1, reason: 'the run did not come by' }));
}

function walkRollback(state: RunState, now: Circumstances): Decision {
  const { rollback } = state;
  const entry = rollback?.plan[rollback.position];
  if (rollback === null || entry === undefined) return finishRollback(state, now);
  // The hosts of one batch are undone side by side; the last batch first.
  const decisions = dueTogether(state, rollback).map((one) => {
    const arrival = undoArrival(state, now, one);
    return arrival === null ? skipMissing(state, one.id) : walk(arrival);
  });
  return merge(decisions);
}

/** Rolled back, unless a step of the rollback failed and was passed over. */
function finishRollback(state: RunState, now: Circumstances): Decision {
  const debts = owed(state, now);
  if (debts !== null) return asks(debts);
  const failures = failuresInRollback(state);
  return only(
    failures.length > 0
      ? draft('run.ended', { status: 'failed', reason: `the rollback failed: ${failures.join(', ')}` })
      : draft('run.ended', { status: 'rolled-back', reason: state.rollback?.reason ?? '' }),
  );
}

function walk(arrival: Arrival): Decision {
  return settle(turnAt(arrival), arrival.state, arrival.now);
}

function turnAt(arrival: Arrival): Turn {
  const { step, visit, again } = arrival;
  if (visit === null || isUntouched(visit)) {
    const left = leavesOutHere(arrival);
    if (left !== null) return left;
    const instead = asksInstead(arrival);
    if (instead !== null) return asks(instead);
  }
  if (!again && (visit === null || isUntouched(visit))) {
    const closed = notTaken(arrival);
    if (closed !== null) return closed;
  }
  if (isVisiting(arrival) && !again && arrival.visit.status === 'failed') return afterFailure(arrival);
  if (step.flow !== 'leaf') return containers[step.flow](arrival);
  if (isVisiting(arrival) && isBegun(arrival.visit)) return goOn(arrival);
  return isForPerson(step) ? startPerson(arrival) : startAutomatic(arrival);
}

function isUntouched(visit: VisitState): boolean {
  return visit.status === 'pending' && visit.attempts.length === 0 && visit.chosen === null;
}

function isBegun({ status }: VisitState): boolean {
  return status === 'running' || status === 'in-doubt';
}

/** A turn that was left to steps inside is what arriving at them comes to. */
function settle(turn: Turn, state: RunState, now: Circumstances): Decision {
  return 'children' in turn ? walkInside(turn, state, now) : turn;
}

function walkInside({ children, mayStop }: Inside, state: RunState, now: Circumstances): Decision {
  const decisions: Decision[] = [];
  for (const child of children) {
    const decision = child.kind === 'due' ? only(...child.events) : walk(arrivalAt(state, now, child.step, child));
    if (!mayStop && decision.events.length > 0) return decision;
    decisions.push(decision);
  }
  return merge(decisions);
}
