/** What an answer makes true: events, or a message that says what would fit. */

import type { StepId } from '../runbook/document.ts';
import { checkValue } from '../runbook/values.ts';
import type { SetValues } from './answer.ts';
import { draftBy } from './draft.ts';
import type { Actor, EventDraft } from './event.ts';
import { outlineOf } from './outline.ts';
import type { RunState } from './state.ts';

/** `secret`: a value for the caller's memory, in no event. */
export type Response =
  | {
      readonly ok: true;
      readonly events: readonly EventDraft[];
      readonly secret: { name: string; value: string } | null;
    }
  | { readonly ok: false; readonly message: string };

type At = { readonly step: string; readonly visit: number };

/** The answer fits, and this is true from now on. */
export function accepts(...events: readonly EventDraft[]): Response {
  return { ok: true, events, secret: null };
}

/** The answer does not fit. `message` names what would. */
export function refuses(message: string): Response {
  return { ok: false, message };
}

/** What somebody says who leaves a step out. */
interface LeftOut {
  readonly reason: string;
  readonly set?: SetValues | undefined;
}

/** Somebody leaves the step out, for `reason`. */
export function skips(state: RunState, { step, visit }: At, { reason, set }: LeftOut, actor: Actor): Response {
  const wrong = unfitValues(state, step, set);
  if (wrong !== null) return refuses(wrong);
  return accepts(draftBy(actor, 'step.skipped', { step, visit, how: 'operator', reason, ...given(set) }));
}

function given(set: SetValues | undefined): { readonly set?: Record<string, string> } {
  return set === undefined || Object.keys(set).length === 0 ? {} : { set: { ...set } };
}

/** The variables that step `id` captures, itself or by its answer. */
export function capturedBy({ runbook }: Pick<RunState, 'runbook'>, id: StepId): readonly string[] {
  return Object.keys(outlineOf(runbook).places.get(id)?.step.capture ?? {});
}

/** Why these cannot be the values that step `id` captures; null: they can. */
export function unfitValues(state: Pick<RunState, 'runbook'>, id: StepId, set: SetValues = {}): string | null {
  const captured = capturedBy(state, id);
  for (const [name, value] of Object.entries(set)) {
    const variable = state.runbook.vars[name];
    if (!captured.includes(name) || variable === undefined)
      return `${id} does not capture ${name}; it captures ${captured.join(', ') || 'nothing'}`;
    const wrong = checkValue(variable, value);
    if (wrong !== null) return `${name}: ${wrong}`;
  }
  return null;
}

/** The step is left out or marked done by hand, over a failure or instead of running it. A gate is neither. */
export function leavesOut(
  state: RunState,
  { step, visit }: At,
  answer: LeftOut & { readonly kind: 'skip' | 'passed' },
  overrides: 'failed' | 'pending',
  actor: Actor,
): Response {
  const effect = outlineOf(state.runbook).places.get(step)?.step.effect;
  if (effect === 'gate') return refuses(`${step} is a gate: it cannot be skipped or marked done`);
  if (answer.kind === 'skip') return skips(state, { step, visit }, answer, actor);
  const wrong = unfitValues(state, step, answer.set);
  if (wrong !== null) return refuses(wrong);
  const { reason, set } = answer;
  return accepts(draftBy(actor, 'step.overridden', { step, visit, overrides, reason, ...given(set) }));
}
