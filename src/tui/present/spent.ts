/**
 * How long a visit worked: its tries, without the time for which it waited to be ordered or confirmed.
 */
import type { VisitState } from '../../run/state.ts';

/** Milliseconds until it closed, or until `now` while it is open. A step of a person works from when it is asked. */
export function spentMs(visit: VisitState, now: number): number {
  const began = visit.attempts[0]?.startedAt ?? visit.openedAt;
  const ended = visit.status === 'running' ? now : (visit.attempts.at(-1)?.endedAt ?? visit.closedAt ?? now);
  return Math.max(0, ended - began);
}
