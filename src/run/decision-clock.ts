/**
 * The decision clock: until when it has to be decided whether to roll back, so that the rollback still fits before the end of a window or
 * of a phase's budget.
 *
 * Invariants:
 * - A window ends by the wall's clock, whatever the times of records are; a budget when so much time has passed, however often somebody set
 *   the clock meanwhile.
 * - What a rollback needs is the p90 of earlier runs where each of its steps has one, else the sum of its timeouts; which of them it is, is said.
 * - It is asked once for each window and budget: `decision.due` is on record before anybody is asked.
 */

import { passedAt } from './elapsed.ts';
import type { DataOf, RunEvent } from './event.ts';
import type { Basis } from './event-clocks.ts';
import { utcMinute } from './instants.ts';
import { bodyOf } from './outline.ts';
import { rollbackPlan } from './rollback.ts';
import type { RunState } from './state.ts';
import { type Durations, typicalMs } from './typical.ts';

/** What somebody does about it who is not there. */
export type AtEnd = 'rollback' | 'pause';

export interface DecisionClock {
  /** `window`, or a phase. */
  readonly of: string;
  readonly endsAt: number;
  readonly decideBy: number;
  readonly rollbackMs: number;
  readonly basis: Basis;
  /** Steps of the rollback that have neither a history nor a timeout, and count for nothing. */
  readonly uncounted: number;
  /** Somebody was asked and goes on. */
  readonly decided: boolean;
}

/** When what a clock is about ends. */
interface End {
  readonly of: string;
  readonly endsAt: number;
}

/** When it has to be decided, soonest first; empty where nothing says so, or it was decided already by rolling back or ending. */
export function decisionClocks(state: RunState, durations: Durations): readonly DecisionClock[] {
  if (state.endedAt !== null || state.rollback !== null || state.rollbackRequested !== null) return [];
  const ends = endsOf(state);
  if (ends.length === 0) return [];
  const needs = rollbackNeeds(state, durations);
  return ends
    .map(({ of, endsAt }) => ({
      ...{ of, endsAt, ...needs },
      decideBy: endsAt - needs.rollbackMs,
      decided: state.decisions.some((one) => one.data.of === of && one.goneOn !== null),
    }))
    .toSorted((a, b) => a.decideBy - b.decideBy);
}

/** What the engine has to know of the time. `wall`: what the machine's clock says; `records`: the run's own time. Epoch ms. */
export interface Times {
  readonly wall: number;
  readonly records: number;
}

/** The clock whose moment has come and that nobody was asked about; null: none. */
export function dueNow(state: RunState, durations: Durations, times: Times): DataOf<'decision.due'> | null {
  const due = unasked(state, durations).find((clock) => clock.decideBy <= timeFor(clock, times));
  if (due === undefined) return null;
  const { of, endsAt, decideBy, rollbackMs, basis } = due;
  return { of, endsAt, decideBy, rollbackMs, basis };
}

/** Milliseconds until the next moment; null: there is none. */
export function untilDue(state: RunState, durations: Durations, times: Times): number | null {
  const waits = unasked(state, durations).map((clock) => clock.decideBy - timeFor(clock, times));
  return waits.length === 0 ? null : Math.max(0, Math.min(...waits));
}

function unasked(state: RunState, durations: Durations): readonly DecisionClock[] {
  return decisionClocks(state, durations).filter(({ of }) => !state.decisions.some((one) => one.data.of === of));
}

function timeFor({ of }: { readonly of: string }, { wall, records }: Times): number {
  return of === windowClock ? wall : records;
}

export const windowClock = 'window';

function endsOf(state: RunState): readonly End[] {
  const { windowEnds } = state;
  const window: readonly End[] = windowEnds === null ? [] : [{ of: windowClock, endsAt: windowEnds.endsAt }];
  return [...window, ...budgetOf(state)];
}

/** Looked at before each decision, so a phase without a budget costs nothing, however many steps it has. */
function budgetOf(state: RunState): readonly End[] {
  const phase = state.runbook.phases[state.position.phase];
  if (phase?.budgetMs === undefined) return [];
  const opened = phase.steps.flatMap(({ id }) => state.steps.get(id)?.visits.at(0)?.openedAt ?? []);
  if (opened.length === 0) return [];
  return [{ of: phase.id, endsAt: passedAt(state, Math.min(...opened), phase.budgetMs) }];
}

type Needs = Pick<DecisionClock, 'rollbackMs' | 'basis' | 'uncounted'>;

/** What a rollback of all that was done would need now. */
export function rollbackNeeds(state: RunState, durations: Durations): Needs {
  const ids = rollbackPlan(state).map(({ id }) => id);
  const known = ids.flatMap((id) => typicalMs(durations, id)?.p90 ?? []);
  if (ids.length > 0 && known.length === ids.length)
    return { rollbackMs: Math.round(sum(known)), basis: 'earlier', uncounted: 0 };
  const timeouts = ids.map((id) => timeoutOf(state, id));
  const limits = timeouts.filter((ms) => ms !== null);
  return { rollbackMs: sum(limits), basis: 'timeouts', uncounted: ids.length - limits.length };
}

function timeoutOf(state: RunState, id: string): number | null {
  return bodyOf(state.runbook, id)?.timeoutMs ?? null;
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

/** What the document says to the decision where nobody is there; null: nothing. */
export function atEndOf({ runbook }: Pick<RunState, 'runbook'>, of: string): AtEnd | null {
  return (of === windowClock ? runbook.window : runbook.phases.find(({ id }) => id === of))?.atEnd ?? null;
}

export type ClockEvent = Extract<RunEvent, { type: 'decision.due' | 'decision.made' }>;

/** Whether `event` is one of these. */
export function isClockEvent(event: RunEvent): event is ClockEvent {
  return event.type === 'decision.due' || event.type === 'decision.made';
}

/** The state with one of them more. */
export function afterClockEvent(state: RunState, event: ClockEvent): RunState {
  const { seq, at } = event;
  if (event.type === 'decision.due')
    return { ...state, decisions: state.decisions.append({ seq, at, data: event.data, goneOn: null }) };
  const { of, reason } = event.data;
  const goneOn = { at, by: event.actor.name, reason };
  return {
    ...state,
    decisions: state.decisions.changed(
      (one) => one.data.of === of,
      (one) => ({ ...one, goneOn }),
    ),
  };
}

/** Why the moment of `event` cannot have come in `state`; null when it can. What earlier runs took no record of this run tells. */
export function dueBreach(
  state: RunState,
  { actor, data, at }: Extract<RunEvent, { type: 'decision.due' }>,
): string | null {
  if (actor.via !== 'engine') return 'no person tells it: the clock does';
  const end = endsOf(state).find(({ of }) => of === data.of);
  if (end === undefined || end.endsAt !== data.endsAt) return 'nothing ends then';
  if (state.decisions.some((one) => one.data.of === data.of)) return 'it was asked before';
  if (state.rollback !== null || state.rollbackRequested !== null || state.endedAt !== null)
    return 'it is decided already';
  if (data.decideBy !== data.endsAt - data.rollbackMs || at < data.decideBy) return 'its moment has not come';
  const { rollbackMs } = rollbackNeeds(state, new Map());
  return data.basis === 'timeouts' && rollbackMs !== data.rollbackMs ? 'the timeouts of the rollback are others' : null;
}

/** Whether anything in the document has a decision clock. */
export function hasClock({ window, phases }: RunState['runbook']): boolean {
  return window !== undefined || phases.some(({ budgetMs }) => budgetMs !== undefined);
}

/** `the window`, `the budget of verify`. */
export function clockName(of: string): string {
  return of === windowClock ? 'the window' : `the budget of ${of}`;
}

/** `p90 of earlier runs`, `sum of timeouts, 2 steps without one not counted`. */
export function basisWords({ basis, uncounted }: Pick<DecisionClock, 'basis' | 'uncounted'>): string {
  if (basis === 'earlier') return 'p90 of earlier runs';
  const steps = `${uncounted} ${uncounted === 1 ? 'step' : 'steps'}`;
  return `sum of timeouts${uncounted === 0 ? '' : `, ${steps} without one not counted`}`;
}

/** How near it is: quiet; amber in the last ten minutes, or in the last fifth where that is less; red once its moment has come. */
export function urgency(
  { decideBy, decided }: DecisionClock,
  startedAt: number,
  now: number,
): 'quiet' | 'amber' | 'red' {
  if (decided) return 'quiet';
  if (now >= decideBy) return 'red';
  const near = Math.min(600_000, (decideBy - startedAt) / 5);
  return decideBy - now <= near ? 'amber' : 'quiet';
}

/** `decide now: the window ends at …, and a rollback takes 8m (sum of timeouts)`, `gone on beyond the window: …`. */
export function clockWords(event: ClockEvent): string {
  if (event.type === 'decision.made') return `gone on beyond ${clockName(event.data.of)}: ${event.data.reason}`;
  const { of, endsAt, rollbackMs, basis } = event.data;
  const needs = `${Math.round(rollbackMs / 1000)} s, ${basisWords({ basis, uncounted: 0 })}`;
  return `decide now, roll back or go on: ${clockName(of)} ends at ${utcMinute(endsAt)}, and a rollback takes ${needs}`;
}
