/**
 * What a rollback would do now, from what really ran.
 *
 * Invariants:
 * - A visit is undone exactly when one of its attempts began and was not voided; a step that was found already done has
 *   nothing to undo.
 * - Newest `step.started` first; the bodies of one undo in their own order; then `rollback.steps`.
 * - A step covered by another's undo (`undo: ID`) adds that undo once, where the newest of the two stands.
 */
import type { StepId } from '../runbook/document.ts';
import type { RollbackEntry } from './event.ts';
import { outlineOf, type Place, undoSteps } from './outline.ts';
import type { RunState, VisitState } from './state.ts';

interface Begun {
  readonly place: Place;
  readonly visit: VisitState;
  /** `seq` of the visit's newest `step.started`. */
  readonly seq: number;
}

/** The plan of a rollback that started now: the undos newest first, then the document's rollback steps. */
export function rollbackPlan(state: RunState): readonly RollbackEntry[] {
  const undos = begunVisits(state).flatMap(({ place, visit }) => entriesOf(state, place, visit.visit));
  const seen = new Set<string>();
  const once = undos.filter((entry) => {
    const key = entry.kind === 'undo' ? `${entry.id} ${entry.undoes.visit}` : entry.id;
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
  const steps = state.runbook.rollback.steps.map((step): RollbackEntry => ({ kind: 'step', id: step.id }));
  return [...once, ...steps];
}

/** True when something was begun that a rollback could matter to: a change, or anything that has an undo. */
export function hasChanged(state: RunState): boolean {
  return begunVisits(state).some(
    ({ place }) =>
      place.step.effect === 'once' || place.step.effect === 'idempotent' || place.step.undo.kind !== 'none',
  );
}

/** Steps with `danger` and without undo whose attempt began: what no rollback takes back. */
export function crossedPoints(state: RunState): readonly StepId[] {
  return begunVisits(state)
    .filter(({ place }) => place.step.danger && place.step.undo.kind === 'none')
    .map(({ place }) => place.step.id)
    .reverse();
}

function begunVisits(state: RunState): readonly Begun[] {
  const { places } = outlineOf(state.runbook);
  const begun: Begun[] = [];
  for (const id of state.startedOrder) {
    const place = places.get(id);
    if (place === undefined || place.phase === null || place.step.flow !== 'leaf') continue;
    for (const visit of state.steps.get(id)?.visits ?? []) {
      const real = visit.attempts.filter((attempt) => attempt.status !== 'void');
      const newest = real.at(-1);
      if (newest !== undefined) begun.push({ place, visit, seq: newest.startedSeq });
    }
  }
  return begun.sort((a, b) => b.seq - a.seq);
}

/** The visit of `cover` whose undo covers `visit` of `id`: its newest one before that began; the first one when there is none. */
function coveringVisit(state: RunState, id: StepId, visit: number, cover: StepId): number {
  const until = state.steps.get(id)?.visits.at(visit - 1)?.openedSeq ?? 0;
  const began = (state.steps.get(cover)?.visits ?? []).filter(
    ({ attempts, openedSeq }) => openedSeq < until && attempts.some(({ status }) => status !== 'void'),
  );
  return began.at(-1)?.visit ?? 1;
}

function entriesOf(state: RunState, place: Place, visit: number): readonly RollbackEntry[] {
  const { undo } = place.step;
  switch (undo.kind) {
    case 'none':
      return [];
    case 'bodies':
      return undoSteps(place.step).map(({ id, index }) => ({
        kind: 'undo',
        id,
        undoes: { step: place.step.id, visit },
        body: index,
      }));
    case 'covered': {
      const cover = outlineOf(state.runbook).places.get(undo.by);
      return cover === undefined ? [] : entriesOf(state, cover, coveringVisit(state, place.step.id, visit, undo.by));
    }
  }
}
