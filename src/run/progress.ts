/**
 * How far a run is, for lists, banners and estimates. Derived, never stored.
 */
import type { Step, StepId } from '../runbook/document.ts';
import { spreadStepOf } from './host-of.ts';
import { hostVisits } from './host-results.ts';
import { outlineOf } from './outline.ts';
import type { RunState, StepStatus, VisitState } from './state.ts';

export interface Progress {
  /** Steps whose last visit is closed. */
  readonly done: number;
  /** Those that passed, or were found to be done already. */
  readonly passed: number;
  readonly skipped: number;
  /**
   * Steps that stand directly in a phase, those of a phase on hosts among them, without those that were not taken; after a rollback
   * started, its plan's. A step on hosts is one, and so is its undo.
   */
  readonly total: number;
}

/** Progress over the phases' own steps, or over the plan once a rollback started. */
export function progress(state: RunState): Progress {
  const ids: readonly StepId[] =
    state.rollback === null
      ? state.runbook.phases.flatMap((phase) => phase.steps.map((step) => step.id))
      : state.rollback.plan.map((entry) => entry.id);
  return tallyOf(state, ids);
}

/** The same over `ids`. */
export function tallyOf(state: RunState, ids: readonly StepId[]): Progress {
  const taken = visitsOf(state, ids).map((visits) => visits.filter((visit) => visit?.status !== 'not-taken'));
  const counted = taken.filter(({ length }) => length > 0);
  const count = (holds: (visit: VisitState) => boolean): number =>
    counted.filter((visits) => visits.every((visit) => visit !== undefined && holds(visit))).length;
  const passed = count(hasPassed);
  return {
    done: count(({ closedSeq }) => closedSeq !== null),
    passed,
    skipped: count((visit) => visit.status === 'skipped' || hasPassed(visit)) - passed,
    total: counted.length,
  };
}

/** Of each step that counts its last visit, undefined before the first; of the undo of one on hosts, one for each host. */
function visitsOf(state: RunState, ids: readonly StepId[]): readonly (readonly (VisitState | undefined)[])[] {
  const { places, undos } = outlineOf(state.runbook);
  const undone = new Map<string, (VisitState | undefined)[]>();
  return ids.flatMap((id) => {
    const visit = state.steps.get(id)?.visits.at(-1);
    const undo = undos.get(id);
    const of = undo === undefined ? null : spreadStepOf(state, undo.of);
    if (of !== null) {
      const key = `${of.of} ${undo?.index}`;
      const known = undone.get(key);
      known?.push(visit);
      if (known === undefined) undone.set(key, [visit]);
      return known === undefined ? [undone.get(key) ?? []] : [];
    }
    const place = places.get(id);
    const isPhase = place?.parent === null && place.list.length === 1 && place.step.flow === 'steps';
    if (!isPhase || place.step.on === undefined) return [[visit]];
    const inner = place.step.blocks.flatMap(({ steps }) => steps);
    return inner.map((step) => [inLastBatch(state, step.id, id, visit)]);
  });
}

/** The visit by which `step`, which happens on hosts, counts: one on a host where it failed, else its own, with the last batch. */
export function visitOnHosts(state: RunState, { id, on }: Step): VisitState | undefined {
  const failed = [...hostVisits(state, id).values()].find(({ visit }) => visit.status === 'failed')?.visit;
  if (failed !== undefined) return failed;
  if (on?.within === undefined) return state.steps.get(id)?.visits.at(-1);
  return inLastBatch(state, id, on.within, state.steps.get(on.within)?.visits.at(-1));
}

/** The visit of `id`, a step in a phase on hosts, that ends it: the one with the last batch. `around`: the newest visit of the phase. */
function inLastBatch(
  state: RunState,
  id: StepId,
  phase: StepId,
  around: VisitState | undefined,
): VisitState | undefined {
  if (around === undefined || around.status === 'skipped') return around;
  const spread = state.expansions.findLast((one) => one.step === phase && one.visit === around.visit)?.spread;
  const visit = state.steps.get(id)?.visits.at(-1);
  if (spread == null) return around.closedSeq === null ? undefined : around;
  if (visit === undefined || visit.openedSeq < around.openedSeq) return undefined;
  return around.batch === spread.batches.length ? visit : undefined;
}

function hasPassed({ status, skippedHow }: VisitState): boolean {
  return status === 'passed' || (status === 'skipped' && skippedHow === 'done-when');
}

/** The status of a step as shown: that of its last visit, `pending` before the first. */
export function statusOf(state: RunState, id: StepId): StepStatus {
  return state.steps.get(id)?.visits.at(-1)?.status ?? 'pending';
}

/** The phase that is being worked on; `rollback` once one started; null when every phase is done. */
export function currentPhase(state: RunState): string | null {
  if (state.rollback !== null) return 'rollback';
  return state.runbook.phases[state.position.phase]?.id ?? null;
}

/** Steps that failed and were neither retried to a pass, skipped nor marked done: they make the run `failed`. */
export function unclearedFailures(state: RunState): readonly StepId[] {
  const { places } = outlineOf(state.runbook);
  return [...places.values()]
    .filter(({ step }) => step.item === undefined && failedFor(state, step.id))
    .map(({ step }) => step.id);
}

/** True when a failure of the step decides how the run ends. */
function failedFor(state: RunState, id: StepId): boolean {
  const last = state.steps.get(id)?.visits.at(-1);
  return last?.status === 'failed' && !last.ignored;
}

/** Steps of the rollback that failed and that it went on over. */
export function failuresInRollback(state: RunState): readonly StepId[] {
  const { places } = outlineOf(state.runbook);
  const own = [...places.values()].filter(({ phase }) => phase === null).map(({ step }) => step.id);
  return own.filter((id) => failedFor(state, id));
}
