/**
 * Steps that whoever starts a run leaves out of it: skipped as the run comes to them, for a reason that was given at the start.
 *
 * Invariants:
 * - No gate is left out, nor anything that holds one: what permits a change is never passed so.
 * - It is on record before anything else of the run, so a resume leaves out the same.
 */
import type { Runbook, Step, StepId } from '../runbook/document.ts';
import type { Arrival } from './arrival.ts';
import { type Decision, only } from './decision.ts';
import { draftBy } from './draft.ts';
import type { DataOf, RunEvent } from './event.ts';
import { outlineOf } from './outline.ts';
import type { RunState } from './state.ts';

export type LeftOut = DataOf<'steps.left_out'>['steps'][number];

/** What a start asks to leave out. `reason`: of `from` and `only`; each of `skip` has its own. */
export interface Narrowing {
  /** Everything before this step of a phase. */
  readonly from?: StepId | undefined;
  /** Every other phase than this. */
  readonly only?: string | undefined;
  readonly reason: string;
  readonly skip: ReadonlyMap<StepId, string>;
}

/** The steps of `runbook` that are left out, in order, or the first reason why that cannot be. */
export function leftOutOf(
  runbook: Runbook,
  narrowing: Narrowing,
): { readonly ok: true; readonly steps: readonly LeftOut[] } | { readonly ok: false; readonly message: string } {
  const { from, only: phase, reason, skip } = narrowing;
  const own = runbook.phases.flatMap(({ id, steps }) => steps.map((step) => ({ phase: id, step: step.id })));
  const at = from === undefined ? 0 : own.findIndex(({ step }) => step === from);
  if (at < 0) return refused(`there is no step ${from} that stands directly in a phase${meant(runbook, from)}`);
  if (phase !== undefined && !runbook.phases.some(({ id }) => id === phase))
    return refused(`there is no phase ${phase}; phases: ${runbook.phases.map(({ id }) => id).join(', ')}`);
  const beside = own.filter((one, index) => index < at || (phase !== undefined && one.phase !== phase));
  const steps = new Map(beside.map(({ step }) => [step, reason]));
  for (const [step, why] of skip) steps.set(step, why);
  const list = [...steps].map(([step, why]): LeftOut => ({ step, reason: why }));
  const objection = list.map((one) => leaveOutObjection(runbook, one)).find((one) => one !== null);
  if (objection !== undefined) return refused(objection);
  const isAll = own.every(({ step }) => steps.has(step));
  return isAll ? refused('every step is left out, so nothing is left to do') : { ok: true, steps: list };
}

function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}

/** Why a run of `runbook` cannot leave that step out; null: it can. */
export function leaveOutObjection(runbook: Runbook, { step: id, reason }: LeftOut): string | null {
  if (runbook.kind === 'checklist') return 'of a checklist nothing is left out: its items are answered';
  const place = outlineOf(runbook).places.get(id);
  if (place === undefined) return `there is no step ${id}`;
  if (reason.trim() === '') return `leaving ${id} out needs a reason`;
  if (place.phase === null) return `${id} is a step of the rollback`;
  if (place.step.item !== undefined) return `${id} is an item of a checklist: it is answered, not left out`;
  const gate = gateIn(place.step);
  if (gate === null) return null;
  return gate === id
    ? `${id} is a gate, and no gate is left out`
    : `${id} holds the gate ${gate.replaceAll(/_N\d+/g, '_N')}, and no gate is left out`;
}

function gateIn(step: Step): StepId | null {
  if (step.effect === 'gate') return step.id;
  const inside = step.each === undefined ? [] : [step.each.pattern];
  for (const one of [...step.blocks.flatMap(({ steps }) => steps), ...inside]) {
    const gate = gateIn(one);
    if (gate !== null) return gate;
  }
  return null;
}

/** The variables that only steps of `ids` capture: nothing else of the run gives them a value. */
export function capturedOnlyBy(runbook: Runbook, ids: ReadonlySet<StepId>): ReadonlySet<string> {
  const left = new Set<string>();
  const kept = new Set<string>();
  const sort = (step: Step, isLeft: boolean): void => {
    const out = isLeft || ids.has(step.id);
    for (const name of Object.keys(step.capture)) (out ? left : kept).add(name);
    const inside = step.each === undefined ? [] : [step.each.pattern];
    for (const one of [...step.blocks.flatMap(({ steps }) => steps), ...inside]) sort(one, out);
  };
  for (const { steps } of runbook.phases) for (const step of steps) sort(step, false);
  return new Set([...left].filter((name) => !kept.has(name)));
}

/** Skips a step that was left out at the start, unless somebody has it done after all; null: it is not one. */
export function leavesOutHere({ state, step, visit, at, mode }: Arrival): Decision | null {
  const left = state.leftOut;
  if (left === null || mode === 'rollback' || (visit !== null && visit.reopened !== null)) return null;
  const reason = left.steps.get(step.id);
  if (reason === undefined) return null;
  return only(draftBy(left.by, 'step.skipped', { ...at, how: 'operator', reason }));
}

/** Why the rules do not allow `event` in `state`; null when they do. */
export function leftOutBreach(
  state: RunState,
  { actor, data }: Extract<RunEvent, { type: 'steps.left_out' }>,
): string | null {
  if (state.head.seq !== 1) return 'steps are left out at the start of a run or not at all';
  if (actor.via === 'engine') return 'no rule leaves steps out';
  return data.steps.map((one) => leaveOutObjection(state.runbook, one)).find((one) => one !== null) ?? null;
}

/** Where a phase was named for a step. */
function meant({ phases }: Runbook, from: string | undefined): string {
  const first = phases.find(({ id }) => id === from)?.steps.at(0);
  return first === undefined ? '' : `; ${from} is a phase, and its first step is ${first.id}`;
}
