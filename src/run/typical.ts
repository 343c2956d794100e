/** How long steps take, from what earlier runs took. */
import type { StepId } from '../runbook/document.ts';

/** Durations in ms of each step in earlier runs that passed it, newest first. */
export type Durations = ReadonlyMap<StepId, readonly number[]>;

/** The middle and the ninth tenth of a step's earlier durations in ms; null without any. */
export function typicalMs(durations: Durations, step: StepId): { readonly p50: number; readonly p90: number } | null {
  const known = [...(durations.get(step) ?? [])].sort((a, b) => a - b);
  if (known.length === 0) return null;
  return { p50: quantile(known, 0.5), p90: quantile(known, 0.9) };
}

/** Fewer earlier runs say nothing about what is unusual. */
const runsMin = 3;
/** Less than this longer is noise. */
const longerMsMin = 1000;

/** The longest that `step` usually takes (p99), where `ms` is clearly more than that, and of how many earlier runs; null: it is not. */
export function longerThanEver(
  durations: Durations,
  step: StepId,
  ms: number,
): { readonly p99: number; readonly runs: number } | null {
  const known = [...(durations.get(step) ?? [])].sort((a, b) => a - b);
  const p99 = quantile(known, 0.99);
  return known.length >= runsMin && ms - p99 >= longerMsMin ? { p99, runs: known.length } : null;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
