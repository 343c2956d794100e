/**
 * A changed document for a run that is under way: what has started stays as it was, its undo too; the rest is new.
 *
 * Invariants:
 * - Every step that has started is in the result, exactly as it was started, and stands where the run is past it or in it.
 * - So adopting never makes a step run again. One that is put in before what has run comes too late and is not taken.
 */
import type { Runbook, Step, StepId } from '../runbook/document.ts';
import { outlineOf } from './outline.ts';
import type { RunState } from './state.ts';

export type Adopted =
  | { readonly ok: true; readonly runbook: Runbook }
  /** Steps that the run is in or past, and that the changed document does not have, or has in another place. */
  | { readonly ok: false; readonly missing: readonly StepId[]; readonly moved: readonly StepId[] };

/** `changed` with every started step of `state` in place of its new text. */
export function adoptRunbook(state: RunState, changed: Runbook): Adopted {
  const old = outlineOf(state.runbook).places;
  const fresh = outlineOf(changed).places;
  const started = new Set(state.startedOrder.filter((id) => old.has(id) && old.get(id)?.step.copies === undefined));
  const missing = [...started].filter((id) => !fresh.has(id));
  const kept = (step: Step): Step => {
    const before = started.has(step.id) ? old.get(step.id)?.step : undefined;
    return before ?? { ...step, blocks: step.blocks.map((block) => ({ ...block, steps: block.steps.map(kept) })) };
  };
  // A variable is set once, and what has started reads it as it was declared then.
  const set = Object.entries(state.runbook.vars).filter(([name]) => state.variables.has(name));
  const runbook: Runbook = {
    ...changed,
    vars: { ...changed.vars, ...Object.fromEntries(set) },
    phases: changed.phases.map((phase) => ({ ...phase, steps: phase.steps.map(kept) })),
    rollback: { ...changed.rollback, steps: changed.rollback.steps.map(kept) },
  };
  const moved = [...new Set([...movedBehind(state, runbook), ...standTwice(runbook)])];
  return missing.length > 0 || moved.length > 0 ? { ok: false, missing, moved } : { ok: true, runbook };
}

/** Where the run goes on in an adopted `runbook`: at the step that it is in, else right after the last one that it is past. */
export function positionIn(state: RunState, runbook: Runbook): RunState['position'] {
  const { past, within } = standing(state);
  const fresh = ownSteps(runbook);
  const end = { phase: runbook.phases.length, index: 0 };
  const here = within === null ? undefined : fresh.find(({ id }) => id === within);
  if (here !== undefined) return here.position;
  const last = past.map((id) => fresh.findIndex((one) => one.id === id)).findLast((at) => at >= 0) ?? -1;
  return fresh[last + 1]?.position ?? end;
}

/** The phases' own steps before the place of the run, and the one that is begun there. */
function standing(state: RunState): { readonly past: readonly StepId[]; readonly within: StepId | null } {
  const own = ownSteps(state.runbook);
  const { phase, index } = state.position;
  const at = own.findIndex(({ position }) => position.phase === phase && position.index === index);
  const current = own[at];
  const visit = current === undefined ? undefined : state.steps.get(current.id)?.visits.at(-1);
  const isIn = current !== undefined && visit !== undefined && visit.closedSeq === null;
  return { past: own.slice(0, at < 0 ? own.length : at).map(({ id }) => id), within: isIn ? current.id : null };
}

function ownSteps(runbook: Runbook): readonly { readonly id: StepId; readonly position: RunState['position'] }[] {
  return runbook.phases.flatMap(({ steps }, phase) =>
    steps.map(({ id }, index) => ({ id, position: { phase, index } })),
  );
}

/** Steps that the run is past and that it would come to again. */
function movedBehind(state: RunState, runbook: Runbook): readonly StepId[] {
  const past = new Set(standing(state).past);
  const { phase, index } = positionIn(state, runbook);
  return ownSteps(runbook)
    .filter(({ id, position }) => past.has(id) && (position.phase - phase || position.index - index) >= 0)
    .map(({ id }) => id);
}

/** Steps that were taken out of one that has started, which keeps them. */
function standTwice(runbook: Runbook): readonly StepId[] {
  const seen = new Set<StepId>();
  const within = (steps: readonly Step[]): readonly StepId[] =>
    steps.flatMap(({ id, blocks }) => [
      ...(seen.has(id) ? [id] : []),
      ...(seen.add(id) && blocks.flatMap((block) => within(block.steps))),
    ]);
  return [...runbook.phases.flatMap(({ steps }) => within(steps)), ...within(runbook.rollback.steps)];
}
