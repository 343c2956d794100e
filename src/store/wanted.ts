/**
 * Which runs a list is to show. Pure: said here once, so that every store leaves out the same, by an index where it has one.
 */
import { isSameTarget, type TargetName } from '../run/holding.ts';
import type { Digest, RunSummary, Wanted } from './store.ts';

/** The order of lists. */
export function newestFirst(a: Digest, b: Digest): number {
  return byAge(a.summary, b.summary);
}

function byAge(a: Pick<RunSummary, 'run' | 'startedAt'>, b: Pick<RunSummary, 'run' | 'startedAt'>): number {
  if (a.startedAt !== b.startedAt) return b.startedAt - a.startedAt;
  return a.run < b.run ? 1 : a.run > b.run ? -1 : 0;
}

/** Those of `digests` that are wanted, in the order of lists. */
export function wantedOf(digests: readonly Digest[], wanted: Wanted): readonly Digest[] {
  const found = digests.filter(({ summary }) => fits(summary, wanted)).sort(newestFirst);
  return wanted.most === undefined ? found : found.slice(0, wanted.most);
}

function fits(summary: RunSummary, { run, operator, titles, waiting, open, since, after, ...on }: Wanted): boolean {
  return (
    (run === undefined || summary.run === run) &&
    (operator === undefined || summary.operator === operator) &&
    (titles === undefined || titles.includes(summary.title)) &&
    (waiting === undefined || summary.waiting !== null || summary.wanted.length > 0) &&
    (open === undefined || summary.status === 'running' || summary.status === 'paused') &&
    (since === undefined || summary.startedAt >= since) &&
    (after === undefined || byAge(after, summary) < 0) &&
    isOn(summary.trace?.on ?? [], on)
  );
}

function isOn(on: readonly TargetName[], { target, targets }: Pick<Wanted, 'target' | 'targets'>): boolean {
  return (
    (target === undefined || on.some(({ name }) => name === target)) &&
    (targets === undefined || targets.some((one) => on.some((other) => isSameTarget(one, other))))
  );
}
