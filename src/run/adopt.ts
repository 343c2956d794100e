/**
 * A changed document for a run that is under way: what has started stays as it was, its undo too; the rest is new.
 *
 * Invariant: every step that has started is in the result, exactly as it was started.
 */
import type { Runbook, Step, StepId } from '../runbook/document.ts';
import { outlineOf } from './outline.ts';
import type { RunState } from './state.ts';

export type Adopted =
  | { readonly ok: true; readonly runbook: Runbook }
  /** Ids of steps that have started and that the changed document does not have. */
  | { readonly ok: false; readonly missing: readonly StepId[] };

/** `changed` with every started step of `state` in place of its new text. */
export function adoptRunbook(state: RunState, changed: Runbook): Adopted {
  const old = outlineOf(state.runbook).places;
  const fresh = outlineOf(changed).places;
  const started = new Set(state.startedOrder.filter((id) => old.has(id)));
  const missing = [...started].filter((id) => !fresh.has(id));
  if (missing.length > 0) return { ok: false, missing };
  const kept = (step: Step): Step => {
    const before = started.has(step.id) ? old.get(step.id)?.step : undefined;
    return before ?? { ...step, blocks: step.blocks.map((block) => ({ ...block, steps: block.steps.map(kept) })) };
  };
  return {
    ok: true,
    runbook: {
      ...changed,
      phases: changed.phases.map((phase) => ({ ...phase, steps: phase.steps.map(kept) })),
      rollback: { ...changed.rollback, steps: changed.rollback.steps.map(kept) },
    },
  };
}
