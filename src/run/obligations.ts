/**
 * Debts of a run: opened by a step that `owes`, settled by one that `settles` it, cancelled when what made it is undone.
 *
 * Invariants:
 * - What settles a debt is a step that passed after the debt's own step was arrived at; a skipped one settles nothing.
 * - Undoing cancels only when every undo of the step is done; one that was skipped leaves the debt open.
 */
import type { Runbook, Step, StepId } from '../runbook/document.ts';
import type { Actor, EventDraft } from './event.ts';
import { outlineOf } from './outline.ts';
import type { Obligation, RunState, VisitState } from './state.ts';

/** The debts that nobody has settled, cancelled or taken over. */
export function openDebts(state: RunState): readonly Obligation[] {
  return state.obligations.filter(({ status }) => status === 'open');
}

/** The open debts that what happened has ended, as events of `actor`. */
export function endedDebts(state: RunState, actor: Actor): readonly EventDraft[] {
  return openDebts(state).flatMap(({ step }): EventDraft[] => {
    const by = settledBy(state, step);
    if (by !== null) return [{ type: 'obligation.settled', actor, data: { step, by } }];
    return isUndone(state, step) ? [{ type: 'obligation.cancelled', actor, data: { step } }] : [];
  });
}

function settledBy(state: RunState, debt: StepId): StepId | null {
  const since = state.steps.get(debt)?.visits.at(-1)?.openedSeq ?? 0;
  const settler = settlersOf(state.runbook, debt).find(({ id }) => {
    const last = state.steps.get(id)?.visits.at(-1);
    return last !== undefined && isDone(last) && (last.closedSeq ?? 0) > since;
  });
  return settler?.id ?? null;
}

/** Passed, or found to be done already. */
function isDone(visit: VisitState): boolean {
  return visit.status === 'passed' || (visit.status === 'skipped' && visit.skippedHow === 'done-when');
}

const settlers = new WeakMap<Runbook, ReadonlyMap<StepId, readonly Step[]>>();

function settlersOf(runbook: Runbook, debt: StepId): readonly Step[] {
  const known = settlers.get(runbook) ?? byDebt(runbook);
  settlers.set(runbook, known);
  return known.get(debt) ?? [];
}

function byDebt(runbook: Runbook): ReadonlyMap<StepId, readonly Step[]> {
  const steps = [...outlineOf(runbook).places.values()].map(({ step }) => step);
  return Map.groupBy(
    steps.filter((step) => step.settles !== undefined),
    ({ settles }) => settles ?? '',
  );
}

function isUndone(state: RunState, debt: StepId): boolean {
  const { rollback } = state;
  const step = outlineOf(state.runbook).places.get(debt)?.step;
  if (rollback === null || step === undefined) return false;
  const undone = step.undo.kind === 'covered' ? step.undo.by : debt;
  const entries = rollback.plan.flatMap((entry, index) =>
    entry.kind === 'undo' && entry.undoes.step === undone ? [{ entry, index }] : [],
  );
  return (
    entries.length > 0 &&
    entries.every(({ entry, index }) => {
      const visit = state.steps.get(entry.id)?.visits.find(({ undoes }) => undoes?.visit === entry.undoes.visit);
      return index < rollback.position && visit !== undefined && isDone(visit);
    })
  );
}
