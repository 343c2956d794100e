/**
 * How long a visit worked: its tries, without the time for which it waited to be ordered or confirmed. Screen, lines and report
 * all tell this one duration of a step; what an answer took by itself is another thing, and is called so.
 */
import type { VisitState } from './state.ts';

/** Milliseconds until it closed, or until `now` while it is open. A step of a person works from when it is asked. */
export function spentMs(visit: VisitState, now: number): number {
  const began = visit.attempts.find(({ status }) => status !== 'void')?.startedAt ?? visit.openedAt;
  const ended = visit.status === 'running' ? now : (visit.attempts.at(-1)?.endedAt ?? visit.closedAt ?? now);
  return Math.max(0, ended - began);
}
