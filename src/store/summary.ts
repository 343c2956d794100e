/**
 * What the index keeps of a run. Pure: derived from the run's events and nothing else.
 */
import * as z from 'zod';

import { minuteOf } from '../journal/run-id.ts';
import { writtenByNewer } from '../run/newer.ts';
import { currentPhase, progress, unclearedFailures } from '../run/progress.ts';
import { spentMs } from '../run/spent.ts';
import { begunCommands, standingOf } from '../run/standing.ts';
import type { RunState, StepState } from '../run/state.ts';
import { traceOf, traceSchema } from '../run/trace.ts';
import type { Digest, RunSummary } from './store.ts';

export const summarySchema = z.strictObject({
  run: z.string(),
  title: z.string(),
  status: z.string(),
  startedAt: z.int(),
  done: z.int(),
  passed: z.int(),
  skipped: z.int(),
  total: z.int(),
  at: z.int(),
  phase: z.string().nullable(),
  operator: z.string(),
  waiting: z.string().nullable(),
  failed: z.string().nullable(),
  begun: z
    .array(z.strictObject({ step: z.string(), since: z.int(), attempt: z.string(), bootId: z.string() }))
    .readonly(),
  wanted: z
    .array(
      z.strictObject({
        step: z.string(),
        since: z.int(),
        given: z.int(),
        count: z.int(),
        from: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
  owed: z.array(z.strictObject({ step: z.string(), text: z.string(), openedAt: z.int() })).readonly(),
  kind: z.enum(['runbook', 'checklist']),
  problem: z.string().nullable(),
  newer: z.string().nullable(),
  trace: traceSchema.nullable(),
});

/** The digest of a run in `state`. */
export function summarise(state: RunState): Digest {
  const { title, kind } = state.runbook;
  const { wanted, owed } = standingOf(state);
  const durations: Record<string, number> = {};
  for (const id of state.startedOrder) {
    const ms = durationOf(state, state.steps.get(id));
    if (ms !== null) durations[id] = ms;
  }
  return {
    summary: {
      run: state.id,
      title,
      status: state.status,
      startedAt: state.startedAt,
      ...progress(state),
      at: state.head.at,
      phase: state.endedAt === null ? currentPhase(state) : null,
      operator: state.operator,
      waiting: state.endedAt === null ? (state.paused?.waiting ?? null) : null,
      failed: state.endedAt === null ? (unclearedFailures(state).at(-1) ?? null) : null,
      begun: begunIn(state),
      wanted: wanted.map((one) => ({ ...one })),
      owed: owed.map(({ step, text, openedAt }) => ({ step, text, openedAt })),
      kind,
      problem: null,
      newer: writtenByNewer(state),
      trace: traceOf(state),
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
    passed: 0,
    skipped: 0,
    total: 0,
    at: startedAt,
    phase: null,
    operator: '',
    waiting: null,
    failed: null,
    begun: [],
    wanted: [],
    owed: [],
    kind: 'runbook',
    problem,
    newer: null,
    trace: null,
  } as const;
  return { summary, durations: {} };
}

function begunIn(state: RunState): RunSummary['begun'] {
  if (state.endedAt !== null) return [];
  return begunCommands(state).map(({ step, since, attempt }) => ({
    step,
    since,
    attempt: attempt.folder,
    bootId: attempt.bootId,
  }));
}

/** From the first attempt of the last visit to its pass: what an operator waits for, retries included. */
function durationOf(state: RunState, step: StepState | undefined): number | null {
  const visit = step?.visits.at(-1);
  const first = visit?.attempts.at(0);
  if (
    step === undefined ||
    visit === undefined ||
    first === undefined ||
    visit.status !== 'passed' ||
    visit.closedAt === null
  )
    return null;
  return spentMs(state, { step: step.id, visit }, visit.closedAt);
}
