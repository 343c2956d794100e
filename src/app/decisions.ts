/**
 * What somebody decides about a run from elsewhere: that a step which is done is done again, that a variable has another value. Both
 * are recorded now; whoever drives the run, or resumes it, goes on with them.
 *
 * Invariant: `recorded` is said only when the event is in the journal, and nothing is changed by what is refused.
 */
import { type Correcting, correctionObjection } from '../run/correct.ts';
import type { DataOf } from '../run/event.ts';
import { redoObjection } from '../run/redo.ts';
import type { RunState } from '../run/state.ts';
import { nearest } from '../runbook/nearest.ts';
import { type Delivery, send } from './messages.ts';
import { operatorName } from './operator.ts';
import { badInput, Refusal } from './refusal.ts';
import { readKnownRun, type World } from './world.ts';

/** `refused`: whoever drives the run did not take it; why. */
export type Decided<T> =
  | { readonly kind: 'recorded'; readonly run: string; readonly data: T }
  | { readonly kind: 'waits'; readonly run: string }
  | { readonly kind: 'refused'; readonly reason: string };

interface Deciding {
  /** An id, a unique part of one, or `latest`. */
  readonly run: string;
  readonly reason: string;
  readonly operator?: string | undefined;
}

/** Has a step that is done visited once more. Throws `Refusal` `not-redone` where it cannot be, and `JournalError`. */
export async function redo(
  world: World,
  { run, step, reason, operator }: Deciding & { readonly step: string },
): Promise<Decided<DataOf<'step.reopened'>>> {
  if (reason.trim() === '') throw badInput('reason', 'the reason is empty; say why it is done again');
  const { id, state } = await readKnownRun(world, run);
  const objection = redoObjection(state, step);
  if (objection !== null) {
    const hint = state.steps.has(step) ? '' : didYouMean(step, state.steps.keys());
    throw new Refusal({ code: 'not-redone', run: id, step }, `${objection}${hint}`);
  }
  const from = operatorName(world, operator);
  return decidedBy(await send(world, id, { kind: 'redo', from, step, reason: reason.trim() }), (event) =>
    event.type === 'step.reopened' ? event.data : null,
  );
}

/** Gives a variable another value. Throws `Refusal` `not-corrected` where it cannot have it, and `JournalError`. */
export async function correct(
  world: World,
  { run, name, value, reason, operator }: Deciding & Pick<Correcting, 'name' | 'value'>,
): Promise<Decided<DataOf<'variable.corrected'>>> {
  if (reason.trim() === '') throw badInput('reason', 'the reason is empty; say why the value is another');
  const { id, state } = await readKnownRun(world, run);
  const objection = correctionObjection(state, { name, value, reason });
  if (objection !== null) {
    const hint = Object.hasOwn(state.runbook.vars, name) ? '' : didYouMean(name, Object.keys(state.runbook.vars));
    throw new Refusal({ code: 'not-corrected', run: id, variable: name }, `${objection}${hint}`);
  }
  const from = operatorName(world, operator);
  return decidedBy(await send(world, id, { kind: 'correct', from, name, value, reason: reason.trim() }), (event) =>
    event.type === 'variable.corrected' ? event.data : null,
  );
}

/** Approvals of `state` that the correction in record `seq` made stale, by gate: `go (bob, carol)`. */
export function staleBy(state: RunState, name: string): readonly string[] {
  const seq = state.corrections.findLast((one) => one.name === name)?.seq;
  const stale = state.approvals.filter(({ staleSeq }) => staleSeq !== null && staleSeq === seq);
  const gates = Map.groupBy(stale, ({ step }) => step);
  return [...gates].map(([step, given]) => `${step} (${given.map(({ data }) => data.by).join(', ')})`);
}

/** What became of a decision that was sent. */
export function decidedBy<T>(
  delivery: Delivery,
  dataOf: (event: Extract<Delivery, { kind: 'recorded' }>['event']) => T | null,
): Decided<T> {
  if (delivery.kind === 'waits') return delivery;
  const { run, event } = delivery;
  const data = dataOf(event);
  if (data !== null) return { kind: 'recorded', run, data };
  // What is not taken is journaled as a note that says why.
  return { kind: 'refused', reason: event.type === 'note.added' ? event.data.text : 'it was not taken' };
}

/** The hint for a name that is not among `known`. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const names = [...known];
  const near = nearest(name, names);
  return near === null ? `\nhint: it has ${names.join(', ') || 'none'}` : `\nhint: did you mean ${near}?`;
}
