/**
 * A correction: another value of a variable from now on, by somebody's decision.
 *
 * Invariants:
 * - The earlier value stays on record: an undo sees the one that its visit began with, and the steps that had used it are named.
 * - What was consented to while the earlier value held does not count any more, and a gate that passed on it is passed anew before
 *   anything else is changed.
 */
import type { Step, StepId } from '../runbook/document.ts';
import { checkValue } from '../runbook/values.ts';
import { copiesOf } from './copies.ts';
import { draftBy } from './draft.ts';
import type { Actor, RunEvent } from './event.ts';
import { outlineOf } from './outline.ts';
import { accepts, type Response, refuses } from './response.ts';
import { isSame } from './same.ts';
import { Series } from './series.ts';
import { CORRECTION, type Correction, type RunState, type VariableValue, type VisitState } from './state.ts';
import { usesIn, usesOf } from './uses.ts';

/** What a correction says. `inbox`: the message that brought it. */
export interface Correcting {
  readonly name: string;
  readonly value: string;
  readonly reason: string;
  readonly inbox?: string | undefined;
}

/** Why the variable cannot be given that value now; null: it can. */
export function correctionObjection(state: RunState, { name, value }: Correcting): string | null {
  if (state.endedAt !== null) return `run ${state.id} has ended (${state.status}); nothing of it is corrected`;
  const variable = state.runbook.vars[name];
  if (variable === undefined) return `the run has no variable ${name}`;
  if (variable.secret) return `${name} is a secret: it comes from where the document says, or is asked for again`;
  const values = state.variables.get(name) ?? [];
  const copy = values.find(({ step }) => copiesOf(state, step).length > 0)?.step ?? null;
  if (copy !== null)
    return `each copy has a ${name} of its own, as ${copy} does; redo the copy that captured a wrong one`;
  if (values.at(-1)?.value === value) return `${name} has that value already`;
  const wrong = checkValue(variable, value);
  return wrong === null ? null : `${name}: ${wrong}`;
}

/** Gives a variable another value. */
export function corrects(state: RunState, asked: Correcting, actor: Actor): Response {
  const { name, value, reason, inbox } = asked;
  if (reason.trim() === '') return refuses('to correct a variable needs a reason');
  const objection = correctionObjection(state, asked);
  if (objection !== null) return refuses(objection);
  const from = state.variables.get(name)?.at(-1)?.value ?? null;
  const data = { name, from, value, reason: reason.trim(), used: [...usersOf(state, name)] };
  return accepts(draftBy(actor, 'variable.corrected', inbox === undefined ? data : { ...data, inbox }));
}

/** Why the rules do not allow `event` in `state`; null when they do. */
export function correctionBreach(
  state: RunState,
  { actor, data }: Extract<RunEvent, { type: 'variable.corrected' }>,
): string | null {
  if (actor.via === 'engine') return 'only a person corrects a variable';
  const response = corrects(state, data, actor);
  if (!response.ok) return response.message;
  const [due] = response.events;
  return due !== undefined && isSame(due.data, data) ? null : 'it does not tell what had used the value before it';
}

/** Steps that did something with the value that variable `name` has now, in the order of the document. */
export function usersOf(state: RunState, name: string): readonly StepId[] {
  const since = state.variables.get(name)?.at(-1)?.seq;
  if (since === undefined) return [];
  return [...outlineOf(state.runbook).places.values()].flatMap(({ step }) => {
    const visits = state.steps.get(step.id)?.visits ?? [];
    const acted = visits.some(({ attempts }) =>
      attempts.some((one) => one.status !== 'void' && one.startedSeq > since),
    );
    if (acted && usesOf(step, name)) return [step.id];
    const decided = visits.some((visit) => (visit.closedSeq ?? 0) > since && isDecidedBy(visit, step, name));
    return decided ? [step.id] : [];
  });
}

/** A step that was not begun because of a condition which names the variable. */
function isDecidedBy(
  { status, skippedHow }: VisitState,
  { when, doneWhen }: Pick<Step, 'when' | 'doneWhen'>,
  name: string,
): boolean {
  if (status === 'not-taken') return when !== undefined && usesIn({ expect: [when] }, name);
  return skippedHow === 'done-when' && doneWhen !== undefined && usesIn(doneWhen, name);
}

/** The state after a correction. */
export function corrected(state: RunState, event: Extract<RunEvent, { type: 'variable.corrected' }>): RunState {
  const { seq, at, actor, data } = event;
  const { name, value, from, reason, used, inbox = null } = data;
  const before: Series<VariableValue> = state.variables.get(name) ?? Series.of();
  const since = before.at(-1)?.seq ?? null;
  const one: Correction = { seq, at, by: actor.name, name, from, value, reason, used, since, inbox };
  return {
    ...state,
    variables: new Map(state.variables).set(name, before.append({ seq, value, source: CORRECTION, step: null })),
    corrections: state.corrections.append(one),
    approvals: state.approvals.changed(
      (approval) => approval.staleSeq === null && since !== null && approval.seq > since,
      (approval) => ({ ...approval, valid: false, staleSeq: seq, corrected: name }),
    ),
  };
}

/** True for a visit of a gate that closed while a value held that was corrected afterwards, before record `until`. */
export function restedOnCorrected({ corrections }: RunState, closedSeq: number, until: number): boolean {
  return corrections.some(({ since, seq }) => since !== null && closedSeq > since && closedSeq < seq && seq < until);
}

/** The newest record by which a request for consent, made before it, asks for something else than it did; 0: none. */
export function newestCorrection({ corrections }: RunState): number {
  return corrections.at(-1)?.seq ?? 0;
}

/** What a correction made true, in words: for a line of output or a message. */
export function correctionText({
  name,
  from,
  value,
  used,
}: Pick<Correction, 'name' | 'from' | 'value' | 'used'>): string {
  const what = `${name} is ${JSON.stringify(value)} now${from === null ? '' : `, not ${JSON.stringify(from)}`}`;
  return used.length === 0 ? what : `${what}; what used the value before it: ${used.join(', ')}`;
}
