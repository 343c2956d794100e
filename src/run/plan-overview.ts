/**
 * A run before it begins, at a glance: what it changes, whom it asks, what nothing takes back, how long it takes.
 *
 * Invariant: a step counts once, with what it may do; whether a choice or a condition leads to it is not known yet, but where a
 * condition is known not to hold.
 */
import type { Runbook, Step, StepId } from '../runbook/document.ts';
import { holdsKnown, type KnownValues, seenBy } from './known-ahead.ts';
import { outlineOf } from './outline.ts';
import { type Durations, typicalMs } from './typical.ts';

export interface Overview {
  /** Steps without steps in them; those of a checklist count as the one that asks them. */
  readonly steps: readonly StepId[];
  readonly changes: readonly StepId[];
  readonly asks: readonly StepId[];
  /** Steps that change something which no undo takes back. */
  readonly final: readonly StepId[];
  /** Steps that are left out at the start. */
  readonly leftOut: readonly StepId[];
  /** Steps of which it is known that their condition does not hold. */
  readonly notTaken: readonly StepId[];
  /** From the middle to the ninth tenth of what the steps took before; null: no earlier run tells. `unknown`: steps that none of them did. */
  readonly expected: { readonly lowMs: number; readonly highMs: number; readonly unknown: readonly StepId[] } | null;
}

/** What is known of a run ahead, beside its document. */
export interface Ahead {
  readonly values: KnownValues;
  readonly durations: Durations;
  /** Why steps are left out, by their ids. */
  readonly leftOut: ReadonlyMap<StepId, string>;
}

/** The overview of the phases of `runbook`. */
export function overviewOf(runbook: Runbook, { values, durations, leftOut }: Ahead): Overview {
  const own = runbook.phases.flatMap(({ steps }) => steps).filter(({ id }) => !leftOut.has(id));
  const isTaken = (step: Step): boolean =>
    !leftOut.has(step.id) && (step.when === undefined || holdsKnown(step.when, seenBy(step, values)) !== false);
  const taken = own.filter(isTaken);
  const leaves = taken.flatMap((step) => leavesOf(step, isTaken));
  const changing = leaves.filter(isChange);
  const known = taken.flatMap((step) => typicalMs(durations, step.id) ?? []);
  return {
    steps: ids(leaves),
    changes: ids(changing),
    asks: ids(leaves.filter((step) => askOf(step) !== null)),
    final: ids(changing.filter(({ undo }) => undo.kind === 'none')),
    leftOut: ids([...outlineOf(runbook).places.values()].flatMap(({ step }) => (leftOut.has(step.id) ? [step] : []))),
    notTaken: ids(own.filter((step) => !isTaken(step))),
    expected:
      known.length === 0
        ? null
        : {
            lowMs: known.reduce((sum, { p50 }) => sum + p50, 0),
            highMs: known.reduce((sum, { p90 }) => sum + p90, 0),
            unknown: ids(taken.filter(({ id }) => typicalMs(durations, id) === null)),
          },
  };
}

function leavesOf(step: Step, isTaken: (step: Step) => boolean): readonly Step[] {
  if (step.each !== undefined) return leavesOf(step.each.pattern, isTaken);
  if (step.flow === 'leaf' || step.flow === 'checklist') return [step];
  const inner = step.blocks.flatMap(({ steps }) => steps.filter(isTaken).flatMap((one) => leavesOf(one, isTaken)));
  return step.flow === 'choose' ? [step, ...inner] : inner;
}

/** A copy that is made when the run comes by is `ID_N`, as the plan calls it. */
function ids(steps: readonly Step[]): readonly StepId[] {
  return steps.map(({ id }) => id.replaceAll(/_N\d+/g, '_N'));
}

/** Does the step change something, as far as it says? */
export function isChange({ effect }: Step): boolean {
  return effect === 'once' || effect === 'idempotent';
}

/** What a person is asked at the step, whoever drives the run; null: nobody is. */
export function askOf({ effect, action, danger, unreviewed }: Step): string | null {
  if (effect === 'person') return action === 'manual' ? 'a person does it and says so' : 'a person answers';
  if (effect === 'gate') return action === 'approve' ? 'others approve' : 'go or no-go, and what items ask';
  if (danger) return "it is confirmed by the target's name";
  return unreviewed === true ? 'what it does, since nobody has said' : null;
}
