/**
 * How long the rest takes, from what earlier runs took. A range, or nothing where there is none.
 */
import { statusOf } from '../../run/progress.ts';
import type { RunState } from '../../run/state.ts';
import { typicalMs } from '../../run/typical.ts';
import type { History } from '../view.ts';
import { roughRange } from './format.ts';

/**
 * What the banner says: `ETA 6-15m`, with a `+` when some steps have no history. Empty when none has, once
 * nothing is left to do, or while rolling back.
 */
export function etaText(state: RunState, history: History): string {
  if (state.endedAt !== null || state.rollback !== null) return '';
  const left = state.runbook.phases
    .flatMap((phase) => phase.steps)
    .filter((step) => {
      const status = statusOf(state, step.id);
      return status === 'pending' || status === 'running';
    });
  if (left.length === 0) return '';
  const known = left.flatMap((step) => typicalMs(history, step.id) ?? []);
  if (known.length === 0) return '';
  const low = known.reduce((sum, { p50 }) => sum + p50, 0);
  const high = known.reduce((sum, { p90 }) => sum + p90, 0);
  return `ETA ${roughRange(low, high)}${known.length < left.length ? '+' : ''}`;
}

/** To be said once, before the first step: later nothing is said where there is no estimate. */
export function isWithoutHistory(state: RunState, history: History): boolean {
  return history.size === 0 && state.startedOrder.length === 0;
}
