/** On which host a step happens. */
import type { StepId } from '../runbook/document.ts';
import { copiesOf } from './copies.ts';
import type { RollbackEntry } from './event.ts';
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

/** The step, or its undo, as the document has it, that `id` is on the host `host`; null: it happens here. */
export function placeOnHost(
  state: RunState,
  id: StepId,
  visit: VisitState | null,
): { readonly step: string; readonly host: string } | null {
  const host = hostOf(state, id, visit);
  const on = host === null ? null : spreadStepOf(state, id);
  if (on === null || host === null) return null;
  return { step: `${outlineOf(state.runbook).undos.has(id) ? 'undo_' : ''}${on.of}`, host };
}

/** What a step is called where it happens: `switch on web3`, `undo_switch on web3`; its id where that is here. */
export function nameOnHost(state: RunState, id: StepId, visit: VisitState | null): string {
  const on = placeOnHost(state, id, visit);
  return on === null ? id : `${on.step} on ${on.host}`;
}

/** What an entry of the plan of a rollback is called: `undo_switch on web3`, also before it has begun. */
export function entryOnHost(state: RunState, entry: RollbackEntry): string {
  const on = entryPlace(state, entry);
  return on === null ? entry.id : `${on.step} on ${on.host}`;
}

/** Where an entry of the plan of a rollback happens; null: here. */
export function entryPlace(state: RunState, entry: RollbackEntry): ReturnType<typeof placeOnHost> {
  if (entry.kind === 'step') return placeOnHost(state, entry.id, null);
  const { step, visit } = entry.undoes;
  const on = placeOnHost(state, step, state.steps.get(step)?.visits.at(visit - 1) ?? null);
  return on === null ? null : { ...on, step: `undo_${on.step}` };
}
