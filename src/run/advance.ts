/** Where a list of steps goes on once one of them is closed. Pure, and a part of `reduce`. */
import type { StepId } from '../runbook/document.ts';
import { outlineOf, type Place } from './outline.ts';
import type { RunState, VisitState } from './state.ts';
import { positionAfter } from './undo-batch.ts';

/** Moves the place in the step's list on, when the closed step is the one that stood there. */
export function advance(state: RunState, id: StepId, visit: VisitState): RunState {
  const place = outlineOf(state.runbook).places.get(id);
  if (state.rollback !== null && (place === undefined || (place.phase === null && place.parent === null))) {
    const position = positionAfter(state, state.rollback, id);
    return position === state.rollback.position ? state : { ...state, rollback: { ...state.rollback, position } };
  }
  if (place === undefined) return state;
  const target = nextIndex(place, visit);
  if (place.parent === null) return advancePhase(state, place, target);
  return advanceBlock(state, place, target);
}

/** Where the list goes on: after the step, or at the target of the option that was taken. */
function nextIndex(place: Place, visit: VisitState): number {
  const goto = visit.chosen === null ? undefined : place.step.blocks[visit.chosen]?.goto;
  if (goto === undefined || visit.status !== 'passed') return place.index + 1;
  const at = place.list.findIndex((step) => step.id === goto);
  return at < 0 ? place.index + 1 : at;
}

function advancePhase(state: RunState, place: Place, target: number): RunState {
  const { phases } = state.runbook;
  const phase = phases[state.position.phase];
  if (phase === undefined || phase.id !== place.phase || state.position.index !== place.index) return state;
  if (target < phase.steps.length) return { ...state, position: { phase: state.position.phase, index: target } };
  let next = state.position.phase + 1;
  while (next < phases.length && phases[next]?.steps.length === 0) next += 1;
  return { ...state, position: { phase: next, index: 0 } };
}

function advanceBlock(state: RunState, place: Place, target: number): RunState {
  const { parent } = place;
  const step = parent === null ? undefined : state.steps.get(parent.step.id);
  const visit = step?.visits.at(-1);
  if (step === undefined || visit === undefined || parent === null) return state;
  const block = parent.step.flow === 'steps' ? 0 : visit.chosen;
  if (block !== place.block || visit.position !== place.index) return state;
  const moved: VisitState = { ...visit, position: target };
  return { ...state, steps: state.steps.with(step.id, { ...step, visits: step.visits.replaceLast(moved) }) };
}
