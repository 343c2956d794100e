/**
 * How long a visit worked: its tries, without the time for which it waited to be ordered or confirmed, and without the time in which
 * nobody attended to it. Screen, lines and report all tell this one duration of a step; what an answer took by itself is another
 * thing, and is called so.
 *
 * Invariant: a command works on while no process drives the run, so the time of its tries counts then too.
 */
import { stepNamed } from './acting.ts';
import { attendedMs, workedMs } from './elapsed.ts';
import { isForPerson } from './people.ts';
import type { RunState, VisitState } from './state.ts';

/** A visit and the step that it is of. */
export interface VisitOf {
  readonly step: string;
  readonly visit: VisitState;
}

/** Milliseconds until it closed, or until `now` while it is open. A step of a person works from when it is asked. */
export function spentMs(state: RunState, { step: id, visit }: VisitOf, now: number): number {
  const tries = visit.attempts.filter(({ status }) => status !== 'void');
  const began = tries[0]?.startedAt ?? visit.openedAt;
  const ended = visit.status === 'running' ? now : (visit.attempts.at(-1)?.endedAt ?? visit.closedAt ?? now);
  const step = stepNamed(state, id);
  const alone = step === null || isForPerson(step) ? [] : tries;
  const unseen = alone.map(({ startedAt, endedAt }) => {
    const until = endedAt ?? ended;
    return workedMs(state, startedAt, until) - attendedMs(state, startedAt, until);
  });
  return unseen.reduce((sum, ms) => sum + ms, attendedMs(state, began, ended));
}
