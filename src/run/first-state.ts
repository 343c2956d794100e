/** The state that a run begins with. A part of `reduce`. */
import type { Runbook, StepId } from '../runbook/document.ts';
import type { DataOf, RunEvent } from './event.ts';
import { noFleet } from './fleet.ts';
import { holdsNothing } from './holding.ts';
import { noIncident } from './incident-state.ts';
import { newerIn } from './newer.ts';
import { outlineOf } from './outline.ts';
import { Series } from './series.ts';
import type { RunState, StepState } from './state.ts';
import { Table } from './table.ts';

/** The state of run `id` after `event`, its first one. */
export function firstState(event: Extract<RunEvent, { type: 'run.started' }>, id: string): RunState {
  const { data } = event;
  const outline = outlineOf(data.runbook);
  const steps: [StepId, StepState][] = [...outline.places.keys()].map((step) => [step, fresh(step)]);
  return {
    id,
    runbook: data.runbook,
    sha256: data.sha256,
    documents: data.documents,
    status: 'running',
    operator: data.operator,
    startedAt: event.at,
    endedAt: null,
    endReason: null,
    paused: null,
    arrived: null,
    hooks: [],
    started: data,
    bootId: data.bootId,
    resumes: 0,
    steps: Table.of(steps),
    startedOrder: Series.of(),
    variables: givenAtStart(event.seq, data),
    position: { phase: firstPhase(data.runbook), index: 0 },
    rollbackRequested: null,
    rollback: null,
    probes: 0,
    openProbes: [],
    approvals: Series.of(),
    refusals: Series.of(),
    emergencies: Series.of(),
    drivers: Series.of({ seq: event.seq, name: data.operator, key: null, did: 'started the run' }),
    change: null,
    notes: Series.of(),
    leftOut: null,
    reopenings: Series.of(),
    attachments: Series.of(),
    corrections: Series.of(),
    ...nothingSaid(data),
    expansions: Series.of(),
    obligations: Series.of(),
    verdicts: Series.of(),
    targets: Series.of(),
    fleet: noFleet(event.seq),
    reference: null,
    holding: holdsNothing,
    deviations: Series.of(),
    leftAt: null,
    gaps: Series.of(),
    jumps: Series.of(),
    recoveries: Series.of(),
    rehearsal: data.rehearsal ?? null,
    adoptions: Series.of(),
    newer: Series.from(newerIn(event)),
    head: { seq: event.seq, sha256: event.sha256, at: event.at },
  };
}

/** What people say of an incident, to whom the run goes, and what its clocks have told. */
function nothingSaid({ window }: DataOf<'run.started'>) {
  const windowEnds = window ?? null;
  const [decisions, handoverMessages, handovers] = [Series.of<never>(), Series.of<never>(), Series.of<never>()];
  return { windowEnds, decisions, offer: null, handoverMessages, handovers, incident: noIncident };
}

/** Index of the first phase that has a step. */
function firstPhase({ phases }: Runbook): number {
  return Math.max(
    0,
    phases.findIndex(({ steps }) => steps.length > 0),
  );
}

function givenAtStart(seq: number, { vars, sources }: DataOf<'run.started'>): RunState['variables'] {
  const given = Object.entries(vars).map(
    ([name, value]) => [name, Series.of({ seq, value, source: sources[name] ?? 'literal', step: null })] as const,
  );
  return new Map(given);
}

/** A step before its first visit. */
export function fresh(id: StepId): StepState {
  return { id, ordinal: null, visits: Series.of() };
}
