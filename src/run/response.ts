/** What an answer makes true: events, or a message that says what would fit. */

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

/** Somebody leaves the step out, for `reason`. */
export function skips({ step, visit }: At, reason: string, actor: Actor): Response {
  return accepts(draftBy(actor, 'step.skipped', { step, visit, how: 'operator', reason }));
}

/** The step is left out or marked done by hand, over a failure or instead of running it. A gate is neither. */
export function leavesOut(
  state: RunState,
  { step, visit }: At,
  answer: { readonly kind: 'skip' | 'passed'; readonly reason: string },
  overrides: 'failed' | 'pending',
  actor: Actor,
): Response {
  const effect = outlineOf(state.runbook).places.get(step)?.step.effect;
  if (effect === 'gate') return refuses(`${step} is a gate: it cannot be skipped or marked done`);
  if (answer.kind === 'skip') return skips({ step, visit }, answer.reason, actor);
  return accepts(draftBy(actor, 'step.overridden', { step, visit, overrides, reason: answer.reason }));
}
