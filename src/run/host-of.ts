/** On which host a step happens. */
import type { StepId } from '../runbook/document.ts';
import { copiesOf } from './copies.ts';
import { outlineOf } from './outline.ts';
import type { RunState, VisitState } from './state.ts';

/** The step that copy, or what it undoes, is one of for each host; with which of them it is, from 1. Null: it happens here. */
export function spreadStepOf(state: RunState, id: StepId): { readonly of: StepId; readonly index: number } | null {
  const { places } = outlineOf(state.runbook);
  const copy = copiesOf(state, id).findLast(({ each }) => places.get(each)?.step.on !== undefined);
  return copy === undefined ? null : { of: copy.each, index: copy.index };
}

/** The host on which step `id` happens on `visit` (null: on the one that is next), also as the undo of another; null: here. */
export function hostOf(state: RunState, id: StepId, visit: VisitState | null): string | null {
  const copy = spreadStepOf(state, id);
  if (copy === null) return null;
  const undone = visit?.undoes ?? null;
  const until =
    undone === null
      ? (visit?.openedSeq ?? null)
      : (state.steps.get(undone.step)?.visits.at(undone.visit - 1)?.openedSeq ?? null);
  const found = state.expansions.findLast(({ step, seq }) => step === copy.of && (until === null || seq <= until));
  const host = found?.rows[copy.index - 1]?.['host'];
  return typeof host === 'string' ? host : null;
}
