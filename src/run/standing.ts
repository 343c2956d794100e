/**
 * How a run stands for whoever looks at it: what runs, what it waits for, what is owed and whose consent is wanted.
 *
 * Invariants:
 * - Pure. A journal says what was begun; whether that still runs is known by looking at its target, and the caller says so.
 * - `paused` is said only where nothing runs.
 */
import type { StepId } from '../runbook/document.ts';
import { approvalPolicy, gateStanding } from './approvals.ts';
import { openDebts } from './obligations.ts';
import { bodyOf, outlineOf } from './outline.ts';
import type { AttemptState, Obligation, ProbeState, RunState, RunStatus } from './state.ts';

/** A command that was begun and whose end is not recorded. `since`: epoch ms. */
export interface BegunCommand {
  readonly step: StepId;
  readonly since: number;
  readonly attempt: AttemptState;
}

/** Consent that a gate waits for. `since`: epoch ms. */
export interface WantedApproval {
  readonly step: StepId;
  readonly since: number;
  readonly given: number;
  readonly count: number;
  readonly from: readonly string[];
}

export interface Standing {
  readonly status: RunStatus;
  readonly running: readonly BegunCommand[];
  /** What is read now and is no step. */
  readonly reading: readonly ProbeState[];
  /** For whom or what it waits, in words; null: it runs, or it is over. */
  readonly waiting: string | null;
  readonly wanted: readonly WantedApproval[];
  readonly owed: readonly Obligation[];
}

/** Commands outlive whoever began them; nothing else does. */
const outlives: ReadonlySet<string> = new Set(['run', 'check']);

/** Attempts that were begun and whose end is not recorded, also those that wait for a person; oldest first. */
export function openAttempts(state: RunState): readonly BegunCommand[] {
  return state.startedOrder
    .flatMap((step) => {
      const attempt = state.steps.get(step)?.visits.at(-1)?.attempts.at(-1);
      const open = attempt?.status === 'started' || attempt?.status === 'stopping';
      return attempt !== undefined && open ? [{ step, since: attempt.startedAt, attempt }] : [];
    })
    .sort((a, b) => a.since - b.since);
}

/** What was begun and may still run, oldest first. */
export function begunCommands(state: RunState): readonly BegunCommand[] {
  return openAttempts(state).filter(({ step }) => outlives.has(bodyOf(state.runbook, step)?.action ?? ''));
}

/** What of a run goes on. */
export interface GoingOn {
  readonly commands: readonly BegunCommand[];
  readonly probes: readonly ProbeState[];
}

/** How `state` stands while `now` goes on: all commands that were begun unless somebody looked. */
export function standingOf(
  state: RunState,
  { commands: running, probes }: GoingOn = { commands: begunCommands(state), probes: [] },
): Standing {
  const over = state.endedAt !== null;
  return {
    status: !over && running.length > 0 ? 'running' : state.status,
    running: over ? [] : running,
    reading: over ? [] : probes,
    waiting: over || running.length > 0 ? null : (state.paused?.waiting ?? null),
    wanted: over ? [] : wantedApprovals(state),
    owed: openDebts(state),
  };
}

function wantedApprovals(state: RunState): readonly WantedApproval[] {
  return state.startedOrder.flatMap((id) => {
    const step = outlineOf(state.runbook).places.get(id)?.step;
    const visit = state.steps.get(id)?.visits.at(-1);
    const request = visit?.approvalRequest ?? null;
    if (step?.action !== 'approve' || visit?.status !== 'running' || request === null) return [];
    const { from, count } = approvalPolicy(step);
    const given = gateStanding(state, id, visit, state.head.at).counted.length;
    return [{ step: id, since: request.at, given, count, from }];
  });
}
