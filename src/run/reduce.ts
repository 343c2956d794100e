/**
 * `reduce`: the state after one more event. The only way that state changes.
 *
 * Invariants:
 * - Total and pure: the same state and event give the same state, and nothing is executed or asked here.
 * - A visit opens with the first event that names it, and the place in its list moves on when it closes.
 * - Events come from a journal that verified; one that contradicts the state (a visit that skips a number, an unknown
 *   step) throws `HistoryError`, because then the journal was not written by this engine.
 */
import type { StepId } from '../runbook/document.ts';
import { positionIn } from './adopt.ts';
import { advance } from './advance.ts';
import { attached } from './attached.ts';
import { withCopies } from './copies.ts';
import { corrected } from './correct.ts';
import { afterClockEvent, isClockEvent } from './decision-clock.ts';
import { deviationOf } from './deviations.ts';
import { gapBefore } from './elapsed.ts';
import type { Actor, DataOf, EventDraft, RollbackEntry, RunEvent } from './event.ts';
import { firstState, fresh } from './first-state.ts';
import { acceptedIn, afterFleetEvent, isFleetEvent, resumedFleet } from './fleet.ts';
import { afterHandover, isHandoverEvent } from './handing-over.ts';
import { afterHold, isHoldEvent } from './holding.ts';
import { arrivalIn, hooked } from './hooks.ts';
import { hostOf } from './host-of.ts';
import { afterIncidentEvent, isIncidentEvent } from './incident-state.ts';
import { newerIn } from './newer.ts';
import { noted } from './noted.ts';
import { outlineOf } from './outline.ts';
import { reopened } from './redo.ts';
import { reviewed } from './review.ts';
import { rulesOf } from './rules.ts';
import { Series } from './series.ts';
import type { ProbeState, RunState, StepState } from './state.ts';
import { Table } from './table.ts';
import { emptyVisit, openVisit } from './visit.ts';
import { isTakenOver, takenOver, type VisitEvent, visited } from './visited.ts';

/** A journal that verifies but tells an impossible story. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

/** The state after `event`. `state` null: `event` must be `run.started`. `id` is the run's id. */
export function reduce(state: RunState | null, event: RunEvent, id: string): RunState {
  if (state === null) return begin(event, id);
  const next = state.newer.length === 0 ? apply(state, event) : applyWhatFits(state, event);
  const newer = newerIn(event);
  const deviation = deviationOf(event);
  const gap = gapBefore(state, event);
  return {
    ...next,
    ...(deviation === null ? {} : { deviations: next.deviations.append(deviation) }),
    ...(gap === null ? {} : { gaps: next.gaps.append(gap) }),
    ...(newer.length === 0 ? {} : { newer: newer.reduce((all, one) => all.append(one), next.newer) }),
    head: { seq: event.seq, sha256: event.sha256, at: event.at },
  };
}

/** What a newer gonogo recorded before may be what `event` rests on: then it says nothing here. */
function applyWhatFits(state: RunState, event: RunEvent): RunState {
  try {
    return apply(state, event);
  } catch (error) {
    if (error instanceof HistoryError) return state;
    throw error;
  }
}

/** The state after all of `events`, of which the first is `run.started`. */
export function reduceAll(events: Iterable<RunEvent>, id: string): RunState {
  const replay = new Replay(id);
  for (const event of events) replay.take(event);
  return replay.state;
}

/** The state of run `id` while its events come one by one, of which none is kept. */
export class Replay {
  readonly #id: string;
  #state: RunState | null = null;

  constructor(id: string) {
    this.#id = id;
  }

  take(event: RunEvent): void {
    this.#state = reduce(this.#state, event, this.#id);
  }

  /** Takes a note and keeps nothing of it. */
  pass(note: Extract<RunEvent, { type: 'note.added' }>): void {
    const notes = this.#state?.notes ?? Series.of();
    this.#state = { ...reduce(this.#state, note, this.#id), notes };
  }

  /** The state after all that came. Throws `HistoryError` when nothing did. */
  get state(): RunState {
    if (this.#state === null) throw new HistoryError('the journal has no events');
    return this.#state;
  }
}

function begin(event: RunEvent, id: string): RunState {
  if (event.type !== 'run.started') throw new HistoryError(`the first event is ${event.type}, not run.started`);
  return firstState(event, id);
}

/** The state as it will be once `drafts` are appended at `at` (epoch ms): to decide on, then thrown away. */
export function foresee(state: RunState, drafts: readonly EventDraft[], at: number): RunState {
  return drafts.reduce(
    (before, one) => reduce(before, { ...one, seq: before.head.seq + 1, at, sha256: '' }, state.id),
    state,
  );
}

function apply(state: RunState, event: RunEvent): RunState {
  if (isFleetEvent(event)) return { ...state, fleet: afterFleetEvent(state.fleet, event) };
  if (isHoldEvent(event)) return { ...state, holding: afterHold(state.holding, event) };
  if (isClockEvent(event)) return afterClockEvent(state, event);
  if (isHandoverEvent(event)) return afterHandover(state, event);
  if (isIncidentEvent(event)) return { ...state, incident: afterIncidentEvent(state.incident, event) };
  switch (event.type) {
    case 'unknown':
      return state;
    case 'run.started':
      throw new HistoryError(`record ${event.seq} starts the run again`);
    case 'run.resumed':
      return resume(state, event);
    case 'run.paused':
      return { ...state, status: 'paused', paused: event.data, arrived: arrivalIn(event), leftAt: event.at };
    case 'run.ended':
      return {
        ...state,
        status: event.data.status,
        endedAt: event.at,
        endReason: event.data.reason,
        paused: null,
        arrived: arrivalIn(event),
        leftAt: event.at,
        holding: { ...state.holding, held: [], claim: null },
      };
    case 'hook.started':
    case 'hook.ended':
      return hooked(state, event);
    case 'documents.adopted':
      return adopt(state, event);
    case 'target.read':
      return {
        ...state,
        targets: state.targets.append({ seq: event.seq, at: event.at, data: event.data }),
        reference: state.reference ?? (event.data.ok ? event.data.identity : null),
        openProbes: state.openProbes.filter(
          ({ probe, step }) => probe !== 'identity' || step !== (event.data.step ?? null),
        ),
      };
    case 'probe.started':
      return { ...state, probes: state.probes + 1, openProbes: [...state.openProbes, openProbe(event)] };
    case 'rollback.requested':
      return { ...state, rollbackRequested: { reason: event.data.reason, by: event.actor } };
    case 'rollback.started':
      return startRollback(state, event);
    default:
      return keep(state, event);
  }
}

function openProbe({ at, seq, data }: Extract<RunEvent, { type: 'probe.started' }>): ProbeState {
  const { probe, step = null, visit = null, folder, bootId } = data;
  return { probe, step, visit, startedAt: at, folder, bootId, startedSeq: seq };
}

/** Somebody drives the run again, also one that had ended: a rollback goes on with it. */
function resume(state: RunState, { seq, data }: Extract<RunEvent, { type: 'run.resumed' }>): RunState {
  return {
    ...state,
    status: 'running',
    paused: null,
    arrived: null,
    leftAt: null,
    endedAt: null,
    endReason: null,
    resumes: state.resumes + 1,
    openProbes: [],
    fleet: resumedFleet(state.fleet, seq, data.takenOver !== undefined),
    holding: { ...state.holding, claim: null },
    steps: allTakenOver(state),
    bootId: data.bootId,
    operator: data.operator,
    drivers: state.drivers.append({ seq, name: data.operator, key: null, did: 'resumed the run' }),
  };
}

type Kept =
  | VisitEvent
  | Extract<
      RunEvent,
      {
        type:
          | 'clock.jumped'
          | 'journal.recovered'
          | 'change.recorded'
          | 'operator.changed'
          | 'note.added'
          | 'review.written'
          | 'steps.left_out'
          | 'variable.set'
          | 'variable.corrected'
          | 'obligation.opened'
          | 'obligation.settled'
          | 'obligation.cancelled'
          | 'obligation.handed_over'
          | 'verdict.given';
      }
    >;

/** What is only kept: nothing of it moves the run. Else it is of a visit. */
function keep(state: RunState, event: Kept): RunState {
  switch (event.type) {
    case 'clock.jumped':
      return { ...state, jumps: state.jumps.append({ seq: event.seq, at: event.at, data: event.data }) };
    case 'journal.recovered':
      return { ...state, recoveries: state.recoveries.append({ seq: event.seq, bytes: event.data.bytes }) };
    case 'change.recorded':
      return { ...state, change: { seq: event.seq, at: event.at, data: event.data } };
    case 'operator.changed':
      return {
        ...state,
        operator: event.data.to,
        handovers: state.handovers.append({ seq: event.seq, at: event.at, data: event.data }),
        drivers: state.drivers.append({ seq: event.seq, name: event.data.to, key: null, did: 'was handed the run' }),
      };
    case 'note.added':
      return { ...state, notes: state.notes.append(noted(event)) };
    case 'review.written':
      return written(state, event.data);
    case 'steps.left_out':
      return { ...state, leftOut: { by: event.actor, steps: new Map(event.data.steps.map(reasonByStep)) } };
    case 'variable.set':
      return setVariable(state, event);
    case 'variable.corrected':
      return corrected(state, event);
    case 'obligation.opened':
      return {
        ...state,
        obligations: state.obligations.append({
          step: event.data.step,
          text: event.data.text,
          openedAt: event.at,
          status: 'open',
          by: null,
          endedAt: null,
        }),
      };
    case 'obligation.settled':
      return endDebt(state, event.data.step, 'settled', event.data.by, event.at);
    case 'obligation.cancelled':
      return endDebt(state, event.data.step, 'cancelled', null, event.at);
    case 'obligation.handed_over':
      return endDebt(state, event.data.step, 'handed-over', event.data.to, event.at);
    case 'verdict.given':
      return {
        ...state,
        verdicts: state.verdicts.append({ step: event.data.step, seq: event.seq, at: event.at, data: event.data }),
      };
    default:
      return atStep(state, event);
  }
}

function reasonByStep({ step, reason }: DataOf<'steps.left_out'>['steps'][number]): readonly [StepId, string] {
  return [step, reason];
}

/** The steps as another process drives them on. */
function allTakenOver({ steps, startedOrder }: RunState): RunState['steps'] {
  return startedOrder.reduce((all, id) => {
    const step = all.get(id);
    const visit = step?.visits.at(-1);
    const attempt = visit?.attempts.at(-1);
    if (step === undefined || visit === undefined || attempt === undefined || !isTakenOver(attempt)) return all;
    return all.with(id, { ...step, visits: step.visits.replaceLast(takenOver(visit)) });
  }, steps);
}

/** Events of one visit of one step. */
function atStep(state: RunState, event: VisitEvent): RunState {
  const { step: id, visit: number } = event.data;
  const step = state.steps.get(id);
  if (step === undefined)
    throw new HistoryError(`record ${event.seq} names step ${id}, which the runbook does not have`);
  const last = step.visits.at(-1);
  const opens = number === step.visits.length + 1;
  if (!opens && number !== step.visits.length) {
    throw new HistoryError(`record ${event.seq} names visit ${number} of ${id}, which has ${step.visits.length}`);
  }
  const before = opens || last === undefined ? emptyVisit(number, event.seq, event.at) : last;
  const visit = visited(before, event);
  const visits = opens ? step.visits.append(visit) : step.visits.replaceLast(visit);
  const starts = event.type === 'step.started' && step.ordinal === null;
  const changed: StepState = { id, ordinal: starts ? state.startedOrder.length + 1 : step.ordinal, visits };
  const next: RunState = {
    ...state,
    runbook: event.type === 'step.reviewed' ? reviewed(state.runbook, id, event.data.as) : state.runbook,
    openProbes:
      event.type === 'done_when.read'
        ? state.openProbes.filter(({ probe, step: of }) => probe !== 'done-when' || of !== id)
        : state.openProbes,
    steps: state.steps.with(id, changed),
    startedOrder: starts ? state.startedOrder.append(id) : state.startedOrder,
  };
  if (event.type === 'each.expanded') return expand(next, event);
  if (event.type === 'step.reopened') return reopened(next, event);
  if (event.type === 'evidence.attached') return attached(next, event);
  const approved = confirmed(consented(withValues(next, event), event), event);
  return visit.closedSeq === event.seq ? advance(approved, id, visit) : approved;
}

/** The runbook with the copies that the step holds now, and a state for each of them. */
function expand(state: RunState, { seq, data }: Extract<RunEvent, { type: 'each.expanded' }>): RunState {
  const { step, visit, rows, spread = null } = data;
  const runbook = withCopies(state.runbook, step, rows.length);
  const expansions = state.expansions.append({ seq, step, visit, rows, spread });
  if (runbook === state.runbook) return { ...state, expansions };
  const named = [...outlineOf(runbook).places.keys()].map((id) => [id, state.steps.get(id) ?? fresh(id)] as const);
  return { ...state, runbook, expansions, steps: Table.of([...named, ...state.steps]) };
}

function setVariable(state: RunState, event: Extract<RunEvent, { type: 'variable.set' }>): RunState {
  const { name, value, source, step } = event.data;
  const values = (state.variables.get(name) ?? Series.of()).append({
    seq: event.seq,
    value,
    source,
    step: step ?? null,
  });
  return { ...state, variables: new Map(state.variables).set(name, values) };
}

/** What somebody gave for what the step would have captured: the visit leaves it so. */
function withValues(state: RunState, event: VisitEvent): RunState {
  if (event.type !== 'step.skipped' && event.type !== 'step.overridden') return state;
  const { step, set } = event.data;
  if (set === undefined) return state;
  const variables = new Map(state.variables);
  for (const [name, value] of Object.entries(set))
    variables.set(name, (variables.get(name) ?? Series.of()).append({ seq: event.seq, value, source: 'given', step }));
  return { ...state, variables };
}

/** What the target read for the first time is what it must read from then on, once somebody accepted that. */
function confirmed(state: RunState, event: VisitEvent): RunState {
  if (event.type !== 'drift.accepted') return state;
  const host = hostOf(state, event.data.step, openVisit(state.steps.get(event.data.step)));
  if (host !== null && event.data.host === host) return { ...state, fleet: acceptedIn(state.fleet, host) };
  if (state.reference !== null || rulesOf(state) < 2) return state;
  const read = state.targets.at(-1)?.data;
  return read === undefined || read.unread === true ? state : { ...state, reference: read.identity };
}

/** What people said at a gate. */
function consented(state: RunState, event: VisitEvent): RunState {
  if (event.type === 'approval.given') return addApproval(state, event);
  if (event.type !== 'emergency.declared' && event.type !== 'approval.refused') return state;
  const { step, visit, by, reason, inbox = null } = event.data;
  const said = { step, visit, seq: event.seq, at: event.at, by, reason, inbox };
  return event.type === 'approval.refused'
    ? { ...state, refusals: state.refusals.append(said) }
    : { ...state, emergencies: state.emergencies.append({ ...said, signature: event.data.signature ?? null }) };
}

function addApproval(state: RunState, event: Extract<RunEvent, { type: 'approval.given' }>): RunState {
  const { step, visit } = event.data;
  const approval = {
    step,
    visit,
    at: event.at,
    seq: event.seq,
    data: event.data,
    valid: true,
    staleSeq: null,
    corrected: null,
  };
  return { ...state, approvals: state.approvals.append(approval) };
}

function startRollback(state: RunState, event: Extract<RunEvent, { type: 'rollback.started' }>): RunState {
  const { plan, reason } = event.data;
  const by: Actor = state.rollbackRequested?.by ?? event.actor;
  let { steps } = state;
  for (const entry of plan) if (!steps.has(entry.id)) steps = addUndo(steps, entry);
  return {
    ...state,
    steps,
    rollbackRequested: null,
    rollback: { reason, by, startedAt: event.at, startedSeq: event.seq, plan, position: 0 },
  };
}

function addUndo(steps: RunState['steps'], entry: RollbackEntry): RunState['steps'] {
  return steps.with(entry.id, fresh(entry.id));
}

function endDebt(
  state: RunState,
  step: StepId,
  status: 'settled' | 'cancelled' | 'handed-over',
  by: string | null,
  at: number,
): RunState {
  return {
    ...state,
    obligations: state.obligations.changed(
      (debt) => debt.step === step && debt.status === 'open',
      (debt) => ({ ...debt, status, by, endedAt: at }),
    ),
  };
}

function written(state: RunState, { sha256, documents }: DataOf<'review.written'>): RunState {
  return { ...state, sha256, documents, runbook: { ...state.runbook, documents } };
}

function adopt(state: RunState, event: Extract<RunEvent, { type: 'documents.adopted' }>): RunState {
  const { runbook, sha256, documents, reason, rehearsal = null, window: windowEnds = null } = event.data;
  const named = [...outlineOf(runbook).places.keys()].map((id) => [id, state.steps.get(id) ?? fresh(id)] as const);
  const arrivedAt = [...state.steps].filter(([, { visits }]) => visits.length > 0);
  const steps = Table.of([...named, ...arrivedAt]);
  return {
    ...state,
    runbook,
    sha256,
    documents,
    rehearsal,
    windowEnds,
    steps,
    position: positionIn(state, runbook),
    approvals: state.approvals.changed(
      () => true,
      (approval) => ({ ...approval, valid: false, staleSeq: approval.staleSeq ?? event.seq }),
    ),
    adoptions: state.adoptions.append({ seq: event.seq, at: event.at, reason }),
  };
}
