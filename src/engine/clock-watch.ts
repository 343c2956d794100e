/** The moments at which the engine looks again by itself: the next try, and when the decision clock is due. */

import { type Decision, only } from '../run/decision.ts';
import { dueNow, type Times, untilDue } from '../run/decision-clock.ts';
import { draft } from '../run/draft.ts';
import type { RunState } from '../run/state.ts';
import type { Durations } from '../run/typical.ts';
import type { SessionOptions } from './session-options.ts';

const none: Durations = new Map();

/** Node waits no longer at once, and it is looked again then. */
const sleepMaxMs = 2 ** 30;

function times({ host, journal }: SessionOptions): Times {
  return { wall: host.clock.now(), records: journal.now() };
}

/** That the moment has come to decide goes before whatever else is due. */
export function withClock(options: SessionOptions, state: RunState, decision: Decision): Decision {
  const due = dueNow(state, options.durations ?? none, times(options));
  return due === null ? decision : only(draft('decision.due', due));
}

/** Milliseconds until the engine looks again; null: it need not. */
export function wakeMs(options: SessionOptions, state: RunState, { wakeAt }: Decision): number | null {
  const clock = untilDue(state, options.durations ?? none, times(options));
  const next = wakeAt === null ? null : wakeAt - options.journal.now();
  if (clock === null || next === null) return limited(clock ?? next);
  return limited(Math.min(clock, next));
}

function limited(ms: number | null): number | null {
  return ms === null ? null : Math.min(ms, sleepMaxMs);
}
