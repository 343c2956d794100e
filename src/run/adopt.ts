/**
 * A changed document for a run that is under way: what is done stays as it was, its undo too; what failed takes its new text for the
 * next try, and the rest is new.
 *
 * Invariants:
 * - Every step that is done or runs is in the result, exactly as it was, and stands where the run is past it or in it.
 * - So adopting never makes a step run again. One that is put in before what has run comes too late and is not taken.
 */
import type { Runbook, Step, StepId } from '../runbook/document.ts';
import { withMore as copied } from './copies.ts';
import { outlineOf } from './outline.ts';
import { isSame } from './same.ts';
import { inPlaces } from './standing-steps.ts';
import type { RunState } from './state.ts';
import { openVisit } from './visit.ts';

/** Steps that the run is in or past, and that the changed document does not have, or has in another place. */
interface Standing {
  readonly missing: readonly StepId[];
  readonly moved: readonly StepId[];
}

/** `ok`: those steps stay where they were, and the rest is as the changed document has it. */
export type Adopted =
  | ({ readonly ok: true; readonly runbook: Runbook } & Standing)
  | ({ readonly ok: false } & Standing);

/**
 * What keeps the text that it has. `begun`: every step that has begun; so it was in runs of before. `done`: those that are past, or
 * that run; one that failed, or waits to be tried, takes the new text for its next try.
 */
export type Keeps = 'begun' | 'done';

/** `changed` with every step that keeps its text in place of its new one, and its place. In runs of before a place was never kept. */
export function adoptRunbook(state: RunState, changed: Runbook, keeps: Keeps): Adopted {
  const asWritten = fitted(state, changed, keeps);
  if (asWritten.ok || keeps === 'begun') return asWritten;
  const inPlace = fitted(state, withStanding(state, changed), keeps);
  const { missing, moved } = asWritten;
  return inPlace.ok ? { ...inPlace, missing, moved } : asWritten;
}

function fitted(state: RunState, changed: Runbook, keeps: Keeps): Adopted {
  const old = outlineOf(state.runbook).places;
  const fresh = outlineOf(changed).places;
  const started = new Set(state.startedOrder.filter((id) => old.has(id) && old.get(id)?.step.copies === undefined));
  const missing = [...started].filter((id) => !fresh.has(id));
  const begun = new Set(state.startedOrder);
  const kept = (step: Step): Step => {
    const before = begun.has(step.id) ? old.get(step.id)?.step : undefined;
    if (before === undefined) return withInside(step, kept);
    return keeps === 'begun' ? before : keptOf(state, before, step, kept);
  };
  // What has started reads a variable as it was declared then.
  const set = Object.entries(state.runbook.vars).filter(([name]) => state.variables.has(name));
  const runbook: Runbook = {
    ...changed,
    vars: { ...changed.vars, ...Object.fromEntries(set) },
    phases: changed.phases.map((phase) => ({ ...phase, steps: phase.steps.map(kept) })),
    rollback: { ...changed.rollback, steps: changed.rollback.steps.map(kept) },
  };
  const moved = [...new Set([...movedBehind(state, runbook), ...standTwice(runbook)])];
  return missing.length > 0 || moved.length > 0 ? { ok: false, missing, moved } : { ok: true, runbook, missing, moved };
}

function withInside(step: Step, change: (inner: Step) => Step): Step {
  return { ...step, blocks: step.blocks.map((block) => ({ ...block, steps: block.steps.map(change) })) };
}

/** A step that has begun: its new text where it is to be tried again; of one that holds others, theirs where those are the same. */
function keptOf(state: RunState, before: Step, changed: Step, kept: (step: Step) => Step): Step {
  if (before.flow === 'leaf') return changed.flow === 'leaf' && isToBeTried(state, before.id) ? changed : before;
  if (openVisit(state.steps.get(before.id)) === null) return before;
  const grown = withAsMany(changed, before);
  return isSame(shapeOf(before), shapeOf(grown)) ? withInside(grown, kept) : before;
}

/** True for a step whose open visit failed or waits for its next try, and that no earlier visit has done: that one keeps its undo. */
function isToBeTried(state: RunState, id: StepId): boolean {
  const visits = state.steps.get(id)?.visits ?? [];
  const last = visits.at(-1);
  const waits =
    last !== undefined && last.closedSeq === null && (last.status === 'failed' || last.status === 'pending');
  return waits && visits.slice(0, -1).every(({ attempts }) => attempts.every(({ status }) => status === 'void'));
}

/** `changed` with as many copies as the run has made of it. */
function withAsMany(changed: Step, before: Step): Step {
  const count = before.each === undefined ? 0 : (before.blocks[0]?.steps.length ?? 0);
  return count === 0 || changed.each === undefined ? changed : copied(changed, count);
}

/** What of a step that holds others says which of them are next. */
function shapeOf({ id, flow, blocks, each }: Step): unknown {
  return {
    id,
    flow,
    mark: each?.mark,
    blocks: blocks.map(({ goto, steps }) => ({ goto, steps: steps.map((step) => ({ id: step.id, flow: step.flow })) })),
  };
}

/** Steps of `changed` whose new text the run does not take, because they are past or run, or what holds them was rebuilt. */
export function notTakenOver(state: RunState, changed: Runbook, adopted: Runbook): readonly StepId[] {
  const own = ({ blocks: _, ...step }: Step): unknown => step;
  const fresh = outlineOf(changed).places;
  const begun = new Set(state.startedOrder);
  return [...outlineOf(adopted).places.values()].flatMap(({ step }) => {
    const said = fresh.get(step.id)?.step;
    return said === undefined || !begun.has(step.id) || isSame(own(said), own(step)) ? [] : [step.id];
  });
}

/** `changed` in which what the run is past, or in, or has begun and would lose, stands where it stood. */
function withStanding(state: RunState, changed: Runbook): Runbook {
  const { past, within } = standing(state);
  const begun = new Set(state.startedOrder);
  const fresh = outlineOf(changed).places;
  const holdsBegun = (step: Step): boolean =>
    begun.has(step.id) || step.blocks.some(({ steps }) => steps.some(holdsBegun));
  const stays = new Set([...past, ...(within === null ? [] : [within])]);
  const lost = state.runbook.phases
    .flatMap(({ steps }) => steps)
    .filter((step) => !stays.has(step.id) && !fresh.has(step.id) && holdsBegun(step));
  for (const { id } of lost) stays.add(id);
  return inPlaces(state.runbook, changed, { stays, begun, phase: state.position.phase });
}

/** Where the run goes on in an adopted `runbook`: at the step that it is in, else right after the last one that it is past. */
export function positionIn(state: RunState, runbook: Runbook): RunState['position'] {
  const { past, within } = standing(state);
  const fresh = ownSteps(runbook);
  const end = { phase: runbook.phases.length, index: 0 };
  const here = within === null ? undefined : fresh.find(({ id }) => id === within);
  if (here !== undefined) return here.position;
  const last = past.map((id) => fresh.findIndex((one) => one.id === id)).findLast((at) => at >= 0) ?? -1;
  return fresh[last + 1]?.position ?? end;
}

/** The phases' own steps before the place of the run, and the one that is begun there. */
function standing(state: RunState): { readonly past: readonly StepId[]; readonly within: StepId | null } {
  const own = ownSteps(state.runbook);
  const { phase, index } = state.position;
  const at = own.findIndex(({ position }) => position.phase === phase && position.index === index);
  const current = own[at];
  const visit = current === undefined ? undefined : state.steps.get(current.id)?.visits.at(-1);
  const isIn = current !== undefined && visit !== undefined && visit.closedSeq === null;
  return { past: own.slice(0, at < 0 ? own.length : at).map(({ id }) => id), within: isIn ? current.id : null };
}

function ownSteps(runbook: Runbook): readonly { readonly id: StepId; readonly position: RunState['position'] }[] {
  return runbook.phases.flatMap(({ steps }, phase) =>
    steps.map(({ id }, index) => ({ id, position: { phase, index } })),
  );
}

/** Steps that the run is past and that it would come to again. */
function movedBehind(state: RunState, runbook: Runbook): readonly StepId[] {
  const past = new Set(standing(state).past);
  const { phase, index } = positionIn(state, runbook);
  return ownSteps(runbook)
    .filter(({ id, position }) => past.has(id) && (position.phase - phase || position.index - index) >= 0)
    .map(({ id }) => id);
}

/** Steps that were taken out of one that has started, which keeps them. */
function standTwice(runbook: Runbook): readonly StepId[] {
  const seen = new Set<StepId>();
  const within = (steps: readonly Step[]): readonly StepId[] =>
    steps.flatMap(({ id, blocks }) => [
      ...(seen.has(id) ? [id] : []),
      ...(seen.add(id) && blocks.flatMap((block) => within(block.steps))),
    ]);
  return [...runbook.phases.flatMap(({ steps }) => within(steps)), ...within(runbook.rollback.steps)];
}
