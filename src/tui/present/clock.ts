/** The decision clock in words: by when to decide, how near that is, and what it is reckoned from. */
import { basisWords, clockName, type DecisionClock, decisionClocks, urgency } from '../../run/decision-clock.ts';
import { utcClock, utcMinute } from '../../run/instants.ts';
import { dueReminders, type Reminder } from '../../run/reminders.ts';
import type { RunState } from '../../run/state.ts';
import type { Durations } from '../../run/typical.ts';
import { rough, timeOfDay } from './format.ts';

/** The soonest clock, as the banner has it; null: there is none. `offsetMs`: of the clock on the wall here. */
export function clockShown(
  state: RunState,
  durations: Durations,
  now: number,
  offsetMs: number,
): { readonly text: string; readonly urgency: ReturnType<typeof urgency> } | null {
  const [clock] = decisionClocks(state, durations);
  if (clock === undefined) return null;
  const how = urgency(clock, state.startedAt, now);
  return { text: shortText(clock, now, offsetMs), urgency: how };
}

function shortText({ decideBy, endsAt, decided }: DecisionClock, now: number, offsetMs: number): string {
  if (decided || now >= decideBy) {
    const over = now >= endsAt ? 'ended' : 'ends';
    return `${decided ? '' : 'DECIDE NOW, '}${over} ${timeOfDay(endsAt, offsetMs)}`;
  }
  return `decide by ${timeOfDay(decideBy, offsetMs)} (${rough(decideBy - now)})`;
}

/** One line a clock for a person without a screen, in the time of the window's zone and in UTC. */
export function clockLines(state: RunState, durations: Durations, now: number): readonly string[] {
  const { window } = state.runbook;
  return decisionClocks(state, durations).map((clock) => {
    const { of, endsAt, decideBy, rollbackMs, decided } = clock;
    const zoned = of === 'window' && window !== undefined ? `${utcClockIn(state, decideBy)} ${window.zone}, ` : '';
    const by = `${zoned}${utcMinute(decideBy)}`;
    const needs = `a rollback takes ${rough(rollbackMs)} (${basisWords(clock)})`;
    const end = `${clockName(of)} ends at ${utcMinute(endsAt)}`;
    if (decided) return `somebody decided to go on; ${end}`;
    return now >= decideBy ? `decide now: ${end}, ${needs}` : `decide by ${by}: ${end}, ${needs}`;
  });
}

function utcClockIn({ windowEnds }: RunState, at: number): string {
  return utcClock(at + (windowEnds?.offsetMs ?? 0)).slice(0, 5);
}

/** `status: Tell the customers, due since 2026-11-21 03:30 UTC, 2 times`. */
export function reminderLine({ id, text, dueAt, times }: Reminder): string {
  if (times === 0) return `${id}: ${text}, due at ${utcMinute(dueAt)}`;
  return `${id}: ${text}, due since ${utcMinute(dueAt)}${times === 1 ? '' : `, ${times} times`}`;
}

/** `2 reminders due`; empty: none is. */
export function remindersShown(state: RunState, now: number): string {
  const due = dueReminders(state, now).length;
  return due === 0 ? '' : `${due} ${due === 1 ? 'reminder' : 'reminders'} due`;
}
