/** What a rehearsed rollback came to: whether it reached its end, and which changes it left. */
import { outlineOf, undoSteps } from '../run/outline.ts';
import { hasChanged } from '../run/rollback.ts';
import type { RunState, VisitState } from '../run/state.ts';
import type { Step } from '../runbook/document.ts';
import type { End, Left } from './point.ts';
import type { Driven } from './session.ts';
import { isChanging } from './way.ts';

/** Where the run is after its rollback. */
export function endOf({ state, stuck }: Driven): End {
  if (state.status === 'rolled-back') return { kind: 'rolled-back' };
  if (stuck !== null) return { kind: 'stuck', ...stuck };
  if (state.rollback === null && !hasChanged(state)) return { kind: 'unchanged' };
  return { kind: 'stuck', step: null, reason: `the run is ${state.status}: ${state.endReason ?? 'nothing goes on'}` };
}

/** Changes that were begun and not undone, in document order, each step once. */
export function leftBy(state: RunState): readonly Left[] {
  const left: Left[] = [];
  for (const { step, phase } of outlineOf(state.runbook).places.values()) {
    if (phase === null || step.item !== undefined || !isChanging(step)) continue;
    const begun = [...(state.steps.get(step.id)?.visits ?? [])].filter(hasBegun);
    if (begun.length === 0 || begun.every(({ visit }) => isUndone(state, step, visit))) continue;
    left.push({ step: step.id, why: whyLeft(step) });
  }
  return left;
}

function hasBegun({ attempts }: VisitState): boolean {
  return attempts.some(({ status }) => status !== 'void');
}

function isUndone(state: RunState, step: Step, visit: number): boolean {
  if (step.undo.kind === 'none') return false;
  if (step.undo.kind === 'bodies') return isBackFrom(state, step, visit);
  const cover = outlineOf(state.runbook).places.get(step.undo.by)?.step;
  // Which of its visits covers this one is the plan's to say.
  return (
    cover !== undefined &&
    (state.rollback?.plan ?? []).some(
      (entry) =>
        entry.kind === 'undo' && entry.undoes.step === cover.id && isBackFrom(state, cover, entry.undoes.visit),
    )
  );
}

/** True when every undo of `visit` of `step` was done. */
function isBackFrom(state: RunState, step: Step, visit: number): boolean {
  return undoSteps(step).every(({ id }) => {
    const visits = state.steps.get(id)?.visits ?? [];
    return [...visits].some(
      ({ status, overrides, undoes }) =>
        status === 'passed' && overrides === null && undoes?.step === step.id && undoes.visit === visit,
    );
  });
}

function whyLeft({ undo, danger }: Step): Left['why'] {
  if (undo.kind !== 'none') return 'not-done';
  if (undo.meant === true) return 'none';
  return danger ? 'danger' : 'missing';
}
