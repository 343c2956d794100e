/** Lists of what the copies of a step captured. */
import type { Step } from '../runbook/document.ts';
import { checkValue } from '../runbook/values.ts';
import type { Visiting } from './arrival.ts';
import { copiesOf, rowsOf } from './copies.ts';
import { type Decision, fails, only } from './decision.ts';
import { draft } from './draft.ts';
import type { EventDraft } from './event.ts';
import type { RunState, VisitState } from './state.ts';

/** Sets each gathered list from what the copies captured on this visit, in their order; then it has passed. */
export function gathers({ state, step, visit, at }: Visiting): Decision {
  const sets: EventDraft[] = [];
  for (const [name, from] of Object.entries(step.each?.gather ?? {})) {
    const value = JSON.stringify(gathered(state, step, visit, from));
    const wrong = checkValue({ type: 'list', secret: false }, value);
    if (wrong !== null) return fails(at, `${name} cannot be gathered: ${wrong}`);
    sets.push(draft('variable.set', { name, value, source: 'capture', ...at }));
  }
  return only(...sets, draft('step.passed', at));
}

/** A copy that captured nothing keeps its place, empty; a run of before left it out. */
function gathered(state: RunState, step: Step, visit: VisitState, from: string): readonly (string | null)[] {
  const depth = step.copies?.length ?? 0;
  const since = beganAt(state, step, visit);
  const newest = new Map<number, string>();
  for (const { step: setter, seq, value } of state.variables.get(from) ?? []) {
    const copy = copiesOf(state, setter)[depth];
    if (copy?.each === step.id && seq > since && value !== null) newest.set(copy.index, value);
  }
  const keepsPlaces = state.started.renderer !== undefined;
  if (!keepsPlaces) return [...newest].sort(([a], [b]) => a - b).map(([, value]) => value);
  return (rowsOf(state, step.id, visit.visit) ?? []).map((_, index) => newest.get(index + 1) ?? null);
}

/** Record since which what the copies captured counts: in a step that goes through batches of hosts, all of its batches do. */
function beganAt(state: RunState, { on }: Step, visit: VisitState): number {
  const around = on?.within === undefined ? undefined : state.steps.get(on.within)?.visits.at(-1);
  return around?.openedSeq ?? visit.openedSeq;
}
