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

/** `message` with the reason why the variable that it says is not set has no value. Runs of before say only that it has none. */
export function explained(state: RunState, message: string): string {
  const [, name] = /variable ([a-z][a-z0-9_]*) is not set/.exec(message) ?? [];
  if (name === undefined || state.started.renderer === undefined) return message;
  const why = whyUnset(state, name);
  return why === null ? message : `${message}: ${why}`;
}

function whyUnset(state: RunState, name: string): string | null {
  for (const { step } of outlineOf(state.runbook).places.values()) {
    if (!captures(step, name)) continue;
    const last = state.steps.get(step.id)?.visits.at(-1);
    const how = last?.status === 'skipped' ? 'skipped' : last?.status === 'not-taken' ? 'not taken' : null;
    if (last !== undefined && how !== null)
      return `${step.id}, which captures it, was ${how}${last.reason === null ? '' : ` (${last.reason})`}`;
    if (last !== undefined && last.overrides !== null)
      return `${step.id}, which captures it, was marked done by hand (${last.reason ?? ''})`;
  }
  return null;
}

function captures({ capture, doneWhen }: Step, name: string): boolean {
  return Object.hasOwn(capture, name) || Object.hasOwn(doneWhen?.capture ?? {}, name);
}
