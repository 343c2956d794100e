/**
 * What the index keeps of a run. Pure: derived from the run's events and nothing else.
 */
import * as z from 'zod';
import { minuteOf } from '../../journal/run-id.ts';
import type { RunEvent } from '../../run/event.ts';
import { writtenByNewer } from '../../run/newer.ts';
import { progress } from '../../run/progress.ts';
import { reduceAll } from '../../run/reduce.ts';
import type { StepState } from '../../run/state.ts';
import type { RunSummary } from '../store.ts';

export const summarySchema = z.strictObject({
  run: z.string(),
  title: z.string(),
  status: z.string(),
  startedAt: z.int(),
  done: z.int(),
  total: z.int(),
  kind: z.enum(['runbook', 'checklist']),
  problem: z.string().nullable(),
  newer: z.string().nullable(),
});

/** Summary of a run and the durations in ms of its passed steps. */
export interface Digest {
  readonly summary: RunSummary;
  readonly durations: Readonly<Record<string, number>>;
}

/** The digest of a run's events. Throws `HistoryError` when they contradict each other. */
export function summarise(events: readonly RunEvent[], run: string): Digest {
  const state = reduceAll(events, run);
  const { title, kind } = state.runbook;
  const { done, total } = progress(state);
  const durations: Record<string, number> = {};
  for (const id of state.startedOrder) {
    const ms = durationOf(state.steps.get(id));
    if (ms !== null) durations[id] = ms;
  }
  return {
    summary: {
      run,
      title,
      status: state.status,
      startedAt: state.startedAt,
      done,
      total,
      kind,
      problem: null,
      newer: writtenByNewer(state),
    },
    durations,
  };
}

/** The summary of a run that cannot be read: it is listed all the same, so that it is not forgotten. */
export function unreadable(run: string, problem: string): Digest {
  const startedAt = minuteOf(run);
  const summary = {
    run,
    title: '',
    status: 'unreadable',
    startedAt,
    done: 0,
    total: 0,
    kind: 'runbook',
    problem,
    newer: null,
  } as const;
  return { summary, durations: {} };
}

/** From the first attempt of the last visit to its pass: what an operator waits for, retries included. */
function durationOf(step: StepState | undefined): number | null {
  const visit = step?.visits.at(-1);
  const first = visit?.attempts[0];
  if (visit === undefined || first === undefined || visit.status !== 'passed' || visit.closedAt === null) return null;
  return visit.closedAt - first.startedAt;
}
