/** What the engine does, as front ends see it. */
import type { Decision } from '../run/decision.ts';
import { nextHook } from '../run/hooks.ts';
import type { RunState } from '../run/state.ts';
import { retryingStep } from '../run/stopping.ts';
import type { Activity } from './session.ts';

/** What `decision` leaves to wait for in `state`. `now`: epoch ms. */
export function activityOf(state: RunState, decision: Decision, now: number): Activity {
  const { question, others, ongoing, wakeAt, probes } = decision;
  if (question !== null && (question.kind !== 'variable' || question.from === null)) {
    return { kind: 'waiting', question, others };
  }
  const running = ongoing[0];
  if (running !== undefined) return { kind: 'busy', step: running.step, since: running.attempt.startedAt };
  if (wakeAt !== null) return { kind: 'retrying', step: retryingStep(state) ?? '', until: wakeAt };
  const [probe] = probes;
  if (probe !== undefined) return { kind: 'probing', probe };
  return { kind: 'busy', step: null, since: now };
}

/** A run that has ended calls its hooks before it is let go of. */
export function activityAtEnd(state: RunState, now: number): Activity {
  return nextHook(state) === null ? { kind: 'ended' } : { kind: 'busy', step: null, since: now };
}
