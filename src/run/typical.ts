/** How long steps take, from what earlier runs took. */
import type { StepId } from '../runbook/document.ts';
import type { VisitState } from './state.ts';

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

/** Output that differs by less than this is not worth a word. */
const bytesMin = 200;
/** So many times longer or shorter is unusual. */
const timesMin = 4;

/** Bytes that a visit that passed has printed, standard error too; null: it did not pass, or ran no command. */
export function outputBytes(visit: VisitState | undefined): number | null {
  const end = visit?.attempts.at(-1)?.end ?? null;
  if (visit?.status !== 'passed' || end === null || end.exit === null) return null;
  const printed = end.evidence.filter(({ path }) => /\/(?:output|stderr)\.log$/.test(path));
  return printed.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** How output of `now` bytes compares with that of `before`, where it is much longer or shorter; null: it is not. */
export function lengthUnlike(before: number, now: number): 'longer' | 'shorter' | null {
  if (Math.abs(now - before) < bytesMin) return null;
  if (now >= before * timesMin) return 'longer';
  return before >= now * timesMin ? 'shorter' : null;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
