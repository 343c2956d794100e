/**
 * A changed document in which some steps stand where they stood before, whatever became of them there.
 *
 * Invariants:
 * - The steps that stay are all in the result, in their old order; what else the changed document has is in it once, in its order.
 * - What the changed document has before the last of them stays before them: it comes too late. A step that was moved behind what
 *   is still ahead makes nothing late.
 */
import type { Phase, Runbook, Step, StepId } from '../runbook/document.ts';

interface Staying {
  /** Steps of the phases' own lists. */
  readonly stays: ReadonlySet<StepId>;
  readonly begun: ReadonlySet<StepId>;
  /** Index of the phase of `old` that the run is in. */
  readonly phase: number;
}

/** `changed` with the steps of `old` that stay. */
export function inPlaces(old: Runbook, changed: Runbook, { stays, begun, phase }: Staying): Runbook {
  const own = new Map(changed.phases.flatMap(({ steps }) => steps).map((step) => [step.id, step]));
  const taken = new Set([...stays, ...old.phases.flatMap(({ steps }) => begunInside(steps, stays, begun))]);
  const known = old.phases.slice(0, phase + 1);
  const main = known.map((before): Phase => {
    const now = changed.phases.find(({ id }) => id === before.id) ?? { ...before, steps: [] };
    const last = lastStanding(before, now, stays);
    const others = (steps: readonly Step[]): readonly Step[] => without(steps, taken);
    const standing = before.steps.filter(({ id }) => stays.has(id)).map((step) => own.get(step.id) ?? step);
    return {
      ...now,
      steps: [...others(now.steps.slice(0, last + 1)), ...standing, ...others(now.steps.slice(last + 1))],
    };
  });
  const ids = new Set(known.map(({ id }) => id));
  const lastKnown = changed.phases.findLastIndex(({ id }) => ids.has(id));
  const others = changed.phases.map((one, index) => ({
    one: { ...one, steps: [...without(one.steps, taken)] },
    index,
  }));
  const fresh = others.filter(({ one }) => !ids.has(one.id));
  return {
    ...changed,
    phases: [
      ...fresh.filter(({ index }) => index < lastKnown).map(({ one }) => one),
      ...main,
      ...fresh.filter(({ index }) => index >= lastKnown).map(({ one }) => one),
    ],
    rollback: { ...changed.rollback, steps: [...rollbackSteps(old, changed, begun)] },
  };
}

/** The index in `now` of the step that stays last, by what is still ahead; one that was moved behind that says nothing. */
function lastStanding(before: Phase, now: Phase, stays: ReadonlySet<StepId>): number {
  const ahead = new Set(before.steps.filter(({ id }) => !stays.has(id)).map(({ id }) => id));
  const next = now.steps.findIndex(({ id }) => ahead.has(id));
  if (next >= 0) return now.steps.slice(0, next).findLastIndex(({ id }) => stays.has(id));
  const newest = before.steps.findLast(({ id }) => stays.has(id) && now.steps.some((one) => one.id === id));
  return now.steps.findIndex(({ id }) => id === newest?.id);
}

/** What has begun inside those of `steps` that stay. */
function begunInside(
  steps: readonly Step[],
  stays: ReadonlySet<StepId>,
  begun: ReadonlySet<StepId>,
): readonly StepId[] {
  const within = (step: Step): readonly StepId[] => [
    ...(begun.has(step.id) ? [step.id] : []),
    ...step.blocks.flatMap((block) => block.steps.flatMap(within)),
  ];
  return steps.filter(({ id }) => stays.has(id)).flatMap(within);
}

/** `steps` without those that stand elsewhere. */
function without(steps: readonly Step[], taken: ReadonlySet<StepId>): readonly Step[] {
  return steps
    .filter(({ id }) => !taken.has(id))
    .map((step) => ({
      ...step,
      blocks: step.blocks.map((block) => ({ ...block, steps: without(block.steps, taken) })),
    }));
}

/** Steps of a rollback that has begun and would lose some: those first. */
function rollbackSteps(old: Runbook, changed: Runbook, begun: ReadonlySet<StepId>): readonly Step[] {
  const { steps } = changed.rollback;
  const standing = old.rollback.steps.filter(({ id }) => begun.has(id));
  if (standing.every(({ id }) => steps.some((step) => step.id === id))) return steps;
  return [...standing, ...steps.filter(({ id }) => !begun.has(id))];
}
