/**
 * How far a run is, for lists, banners and estimates. Derived, never stored.
 */
import type { StepId } from '../runbook/document.ts';
import { outlineOf } from './outline.ts';
import type { RunState, StepStatus, VisitState } from './state.ts';

export interface Progress {
  /** Steps whose last visit is closed. */
  readonly done: number;
  /** Those that passed, or were found to be done already. */
  readonly passed: number;
  readonly skipped: number;
  /** Steps that stand directly in a phase, without those that were not taken; after a rollback started, its plan's. */
  readonly total: number;
}

/** Progress over the phases' own steps, or over the plan once a rollback started. */
export function progress(state: RunState): Progress {
  const ids: readonly StepId[] =
    state.rollback === null
      ? state.runbook.phases.flatMap((phase) => phase.steps.map((step) => step.id))
      : state.rollback.plan.map((entry) => entry.id);
  return tallyOf(state, ids);
}

/** The same over `ids`. */
export function tallyOf(state: RunState, ids: readonly StepId[]): Progress {
  const visits = ids.map((id) => state.steps.get(id)?.visits.at(-1)).filter((visit) => visit?.status !== 'not-taken');
  const count = (holds: (visit: VisitState) => boolean): number =>
    visits.filter((visit) => visit !== undefined && holds(visit)).length;
  return {
    done: count(({ closedSeq }) => closedSeq !== null),
    passed: count(hasPassed),
    skipped: count((visit) => visit.status === 'skipped' && !hasPassed(visit)),
    total: visits.length,
  };
}

function hasPassed({ status, skippedHow }: VisitState): boolean {
  return status === 'passed' || (status === 'skipped' && skippedHow === 'done-when');
}

/** The status of a step as shown: that of its last visit, `pending` before the first. */
export function statusOf(state: RunState, id: StepId): StepStatus {
  return state.steps.get(id)?.visits.at(-1)?.status ?? 'pending';
}

/** The phase that is being worked on; `rollback` once one started; null when every phase is done. */
export function currentPhase(state: RunState): string | null {
  if (state.rollback !== null) return 'rollback';
  return state.runbook.phases[state.position.phase]?.id ?? null;
}

/** Steps that failed and were neither retried to a pass, skipped nor marked done: they make the run `failed`. */
export function unclearedFailures(state: RunState): readonly StepId[] {
  const { places } = outlineOf(state.runbook);
  return [...places.values()]
    .filter(({ step }) => step.item === undefined && failedFor(state, step.id))
    .map(({ step }) => step.id);
}

/** True when a failure of the step decides how the run ends. */
function failedFor(state: RunState, id: StepId): boolean {
  const last = state.steps.get(id)?.visits.at(-1);
  return last?.status === 'failed' && !last.ignored;
}

/** Steps of the rollback that failed and that it went on over. */
export function failuresInRollback(state: RunState): readonly StepId[] {
  const { places } = outlineOf(state.runbook);
  const own = [...places.values()].filter(({ phase }) => phase === null).map(({ step }) => step.id);
  return own.filter((id) => failedFor(state, id));
}
