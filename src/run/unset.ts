/**
 * Variables that have no value where a step needs one: who would have set them and did not, and who is asked instead.
 *
 * Invariant: a value that was never given is never guessed: the step asks for it where its declaration says so, and else fails.
 */
import type { Step, StepId, Variable } from '../runbook/document.ts';
import type { Arrival } from './arrival.ts';
import type { Circumstances } from './circumstances.ts';
import { copiesOf, isSeen } from './copies.ts';
import { outlineOf } from './outline.ts';
import { type VariableQuestion, variableQuestion } from './questions/variable.ts';
import { rulesOf } from './rules.ts';
import type { RunState } from './state.ts';
import { usesOf } from './uses.ts';

/** A variable that is read by a command before the first step, and not as a secret; null: none is left to be read. */
export function readFirst(state: RunState, now: Circumstances): VariableQuestion | null {
  const found = Object.entries(state.runbook.vars).find(
    ([name, variable]) => isRead(variable) && !state.variables.has(name) && !now.unavailable.has(name),
  );
  return found === undefined ? null : variableQuestion(state, found[0]);
}

/** True for a variable whose value a command prints for everybody to see. */
export function isRead({ from, secret }: Variable): boolean {
  return from !== undefined && !secret;
}

/** Asks for what the step needs, has no value and says `or: ask`; null: there is nothing such. */
export function asksInstead({ state, now, step }: Arrival): VariableQuestion | null {
  const { vars } = state.runbook;
  const name = Object.keys(vars).find((one) => {
    const variable = vars[one];
    if (variable?.or === undefined || hasValue(state, step.id, one)) return false;
    // Whether its command prints it is found out before the first step.
    if (isRead(variable) && !now.unavailable.has(one)) return false;
    return !Object.hasOwn(step.capture, one) && usesOf(step, one);
  });
  return name === undefined ? null : { ...variableQuestion(state, name), from: null };
}

function hasValue(state: RunState, seer: StepId, name: string): boolean {
  const copies = copiesOf(state, seer);
  return (state.variables.get(name) ?? []).some(({ step }) => isSeen(copiesOf(state, step), copies));
}

/** `message`, of step `seer`, with the reason why the variable that it says is not set has no value. Runs of before say only that it has none. */
export function explained(state: RunState, seer: StepId, message: string): string {
  const [, name] = /variable ([a-z][a-z0-9_]*) is not set/.exec(message) ?? [];
  if (name === undefined || state.started.renderer === undefined) return message;
  const why = whyUnset(state, seer, name);
  return why === null ? message : `${message}: ${why}`;
}

/** The last of the steps that capture it and that the run has come by tells most. */
function whyUnset(state: RunState, seer: StepId, name: string): string | null {
  const setters = [...outlineOf(state.runbook).places.values()].flatMap(({ step }) =>
    captures(step, name) ? [step] : [],
  );
  if (rulesOf(state) < 3) return first(setters.map((step) => wentBy(state, step.id)));
  const own = copiesOf(state, seer);
  const seen = setters.filter(({ copies }) => isSeen(copies ?? [], own));
  const told = first(seen.map(({ id }) => wentBy(state, id) ?? failed(state, id)).toReversed());
  const [never] = seen.filter(({ id, each }) => each === undefined && (state.steps.get(id)?.visits.length ?? 0) === 0);
  return told ?? (never === undefined ? null : `${never.id}, which captures it, has not run`);
}

function first(reasons: readonly (string | null)[]): string | null {
  return reasons.find((reason) => reason !== null) ?? null;
}

/** Why a step that the run went by without its doing left no value; null: it did not go by. */
function wentBy(state: RunState, id: StepId): string | null {
  const last = state.steps.get(id)?.visits.at(-1);
  const how = last?.status === 'skipped' ? 'skipped' : last?.status === 'not-taken' ? 'not taken' : null;
  if (last !== undefined && how !== null)
    return `${id}, which captures it, was ${how}${last.reason === null ? '' : ` (${last.reason})`}`;
  if (last !== undefined && last.overrides !== null)
    return `${id}, which captures it, was marked done by hand (${last.reason ?? ''})`;
  return null;
}

function failed(state: RunState, id: StepId): string | null {
  const last = state.steps.get(id)?.visits.at(-1);
  return last?.status === 'failed' ? `${id}, which captures it, failed (${last.reason ?? ''})` : null;
}

function captures({ capture, doneWhen }: Step, name: string): boolean {
  return Object.hasOwn(capture, name) || Object.hasOwn(doneWhen?.capture ?? {}, name);
}
