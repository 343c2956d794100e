/**
 * A step that stands for its copies: expanded as the run comes by, then gone through one after the other.
 *
 * Invariant: nothing of a list is looked at twice on one visit: what it was is on record.
 */

import type { Step } from '../runbook/document.ts';
import { type CelValue, isList, toText } from '../runbook/expression.ts';
import { type Arrival, start, viewAt } from './arrival.ts';
import { copiesMax, rowsOf } from './copies.ts';
import { type Decision, fails, goesOnWith, only, type Turn } from './decision.ts';
import { draft } from './draft.ts';
import type { Row } from './event.ts';
import { gathers } from './gathering.ts';
import { listFrom } from './list.ts';
import type { Result } from './scope.ts';
import type { RunState, VisitState } from './state.ts';
import { closedSince } from './visit.ts';

/** Expands it, goes on with its next copy, or gathers what they captured. */
export function walkEach(arrival: Arrival): Turn {
  const { state, step, visit, mode } = arrival;
  if (visit === null || visit.attempts.length === 0) return only(start(arrival));
  if (rowsOf(state, step.id, visit.visit) === null) return expands(arrival);
  const [next] = openCopies(state, step, visit);
  return next === undefined ? gathers({ ...arrival, visit }) : goesOnWith(next, mode);
}

/** The copies of `step` on `visit` that are not done. */
export function openCopies(state: RunState, step: Step, visit: VisitState): readonly Step[] {
  const count = rowsOf(state, step.id, visit.visit)?.length ?? 0;
  const copies = (step.blocks[0]?.steps ?? []).slice(0, count);
  return copies.filter(({ id }) => !closedSince(state, id, visit.openedSeq));
}

function expands(arrival: Arrival): Decision {
  const rows = rowsFor(arrival);
  return rows.ok
    ? only(draft('each.expanded', { ...arrival.at, rows: [...rows.value] }))
    : fails(arrival.at, rows.message);
}

function rowsFor(arrival: Arrival): Result<readonly Row[]> {
  const view = viewAt(arrival, null);
  if (!view.ok) return view;
  const { each } = arrival.step;
  const lists: (readonly [string, readonly Row[string][]])[] = [];
  for (const { name, values } of each?.lists ?? []) {
    const list = listFrom(values, view.value);
    if (!list.ok) return { ok: false, message: `each ${name}: ${list.message}` };
    lists.push([name, list.value.map(boundValue)]);
  }
  const rows = each?.multiply === true ? { ok: true as const, value: multiplied(lists) } : together(lists);
  if (!rows.ok || rows.value.length <= copiesMax) return rows;
  return { ok: false, message: `each has ${rows.value.length} values, and at most ${copiesMax} copies are made` };
}

/** A map keeps its parts; everything else is its text. */
function boundValue(value: CelValue): Row[string] {
  if (typeof value !== 'object' || value === null || isList(value)) return toText(value);
  return Object.fromEntries(Object.entries(value).map(([part, one]) => [part, toText(one)]));
}

function together(lists: readonly (readonly [string, readonly Row[string][]])[]): Result<readonly Row[]> {
  const [first] = lists;
  if (first === undefined) return { ok: true, value: [] };
  const uneven = lists.find(([, values]) => values.length !== first[1].length);
  if (uneven !== undefined) {
    const message = `${first[0]} has ${first[1].length} values, ${uneven[0]} has ${uneven[1].length}: lists of one each are taken together`;
    return { ok: false, message };
  }
  const row = (index: number): Row => Object.fromEntries(lists.map(([name, values]) => [name, values[index] ?? '']));
  return { ok: true, value: first[1].map((_, index) => row(index)) };
}

function multiplied(lists: readonly (readonly [string, readonly Row[string][]])[]): readonly Row[] {
  let rows: readonly Row[] = [{}];
  for (const [name, values] of lists) {
    rows = rows.slice(0, copiesMax + 1).flatMap((row) => values.map((value) => ({ ...row, [name]: value })));
  }
  return rows;
}
