/**
 * What lies ahead of a step that is ready: how many reads in a row, and what stops there. From the document alone: a `when` may
 * leave steps out, so it is at most that many.
 */
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';
import type { Step, StepId } from '../runbook/document.ts';

export interface Ahead {
  readonly count: number;
  /** What it stops before, and why; null: nothing stops it before the end. */
  readonly stop: { readonly step: StepId; readonly why: string } | null;
}

/** The reads from step `id` on, that one included, and what comes after them. */
export function aheadOf(state: RunState, id: StepId): Ahead {
  const { places } = outlineOf(state.runbook);
  const steps = [...places.values()].filter(({ phase, parent }) => phase !== null && parent === null);
  const place = places.get(id);
  const top = place?.parent?.step.id ?? id;
  const from = steps.findIndex(({ step }) => step.id === top);
  let count = 0;
  for (const { step } of from < 0 ? [] : steps.slice(from)) {
    const why = stopsAt(step);
    if (why !== null) return { count, stop: { step: step.id, why } };
    count += step.flow === 'parallel' ? step.blocks.reduce((sum, { steps: inner }) => sum + inner.length, 0) : 1;
  }
  return { count, stop: null };
}

function stopsAt(step: Step): string | null {
  if (step.danger) return 'which is dangerous';
  if (step.flow === 'choose') return 'which asks where to go on';
  if (step.flow === 'checklist' || step.effect === 'gate') return 'which is a gate';
  if (step.effect === 'person') return 'which waits for a person';
  const inner = step.blocks.flatMap(({ steps }) => steps);
  const changes = step.flow === 'leaf' ? step.effect !== 'read' : inner.some(({ effect }) => effect !== 'read');
  return changes ? 'which changes something' : null;
}

/** `up to 5 steps, then stops before migrate, which changes something`. */
export function aheadText({ count, stop }: Ahead): string {
  const steps = `${count === 1 ? '1 step' : `up to ${count} steps`}`;
  return stop === null ? `${steps}, to the end` : `${steps}, then stops before ${stop.step}, ${stop.why}`;
}
