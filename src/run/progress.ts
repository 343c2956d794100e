/**
 * How far a run is, for lists, banners and estimates. Derived, never stored.
 */
import type { StepId } from '../runbook/document.ts';
import { outlineOf } from './outline.ts';
import type { RunState, StepStatus } from './state.ts';

export interface Progress {
  /** Steps whose last visit is closed. */
  readonly done: number;
  /** Steps that stand directly in a phase or were begun; after a rollback started, its plan's. */
  readonly total: number;
}

/** Progress over the phases' own steps, or over the plan once a rollback started. */
export function progress(state: RunState): Progress {
  const ids: readonly StepId[] =
    state.rollback === null
      ? state.runbook.phases.flatMap((phase) => phase.steps.map((step) => step.id))
      : state.rollback.plan.map((entry) => entry.id);
  return { done: ids.filter((id) => isClosed(state, id)).length, total: ids.length };
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
    .filter(({ step }) => step.item === undefined && statusOf(state, step.id) === 'failed')
    .map(({ step }) => step.id);
}

/** Steps of the rollback that failed and that it went on over. */
export function failuresInRollback(state: RunState): readonly StepId[] {
  const { places } = outlineOf(state.runbook);
  const own = [...places.values()].filter(({ phase }) => phase === null).map(({ step }) => step.id);
  return own.filter((id) => statusOf(state, id) === 'failed');
}

function isClosed(state: RunState, id: StepId): boolean {
  return (state.steps.get(id)?.visits.at(-1)?.closedSeq ?? null) !== null;
}
