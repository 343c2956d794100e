/**
 * A visit after one more of its events, and so its attempts.
 *
 * Invariant: a visit is closed by the events of one list, `Closing`, and by no others.
 */
import type { DataOf, RunEvent } from './event.ts';
import type { AttemptState, VisitState } from './state.ts';

type StepEvent = Extract<RunEvent, { data: { step: string; visit: number } }>;

/** An event of one visit of one step. */
export type VisitEvent = Exclude<StepEvent, { type: 'verdict.given' | `hold.${string}` }>;

type Attempted = Extract<
  VisitEvent,
  {
    type:
      | 'attempt.stopping'
      | 'attempt.outlived'
      | 'attempt.voided'
      | 'attempt.ended'
      | 'attempt.in_doubt'
      | 'attempt.settled';
  }
>;
type Closing = Extract<
  VisitEvent,
  { type: 'step.passed' | 'step.skipped' | 'step.not_taken' | 'step.overridden' | 'step.passed_over' }
>;

/** The visit after `event`. */
export function visited(visit: VisitState, event: VisitEvent): VisitState {
  switch (event.type) {
    case 'attempt.stopping':
    case 'attempt.outlived':
    case 'attempt.voided':
    case 'attempt.ended':
    case 'attempt.in_doubt':
    case 'attempt.settled':
      return attempted(visit, event);
    case 'step.reopened':
      return { ...visit, reopened: event.data.reason };
    case 'step.ordered':
      return { ...visit, ordered: true };
    case 'step.started':
      return {
        ...visit,
        status: 'running',
        reason: null,
        undoes: event.data.undoes ?? visit.undoes,
        tries: visit.tries + 1,
        attempts: visit.attempts.append(startedAttempt(event)),
      };
    case 'step.failed':
      return { ...visit, status: 'failed', reason: event.data.reason, unreachable: event.data.unreachable === true };
    case 'batch.started':
      return { ...visit, batch: event.data.batch, position: 0 };
    case 'step.retried':
      return anew(visit, event.seq);
    case 'step.answered':
      return { ...visit, answer: event.data.value, answeredSeq: event.seq };
    case 'option.chosen':
      return { ...visit, chosen: event.data.block, answer: event.data.label, position: 0 };
    case 'danger.confirmed':
      return { ...visit, dangerConfirmed: true };
    case 'drift.accepted':
      return { ...visit, driftAccepted: true };
    case 'done_when.read':
      return { ...visit, doneWhen: doneWhenOf(event) };
    case 'done_when.accepted':
      return { ...visit, doneWhen: visit.doneWhen === null ? null : { ...visit.doneWhen, unread: 'accepted' } };
    case 'approval.requested':
      return { ...visit, approvalRequest: { seq: event.seq, sum: event.sha256, at: event.at }, refusal: null };
    case 'evidence.attached':
      return { ...visit, evidence: [...visit.evidence, ...event.data.evidence] };
    case 'approval.given':
    case 'step.reviewed':
    case 'emergency.declared':
    case 'each.expanded':
      return visit;
    case 'approval.refused':
      return refused(visit, event);
    case 'item.answered':
    case 'item.judged':
    case 'waiver.given':
      return itemTold(visit, event);
    default:
      return closedBy(visit, event);
  }
}

function itemTold(
  visit: VisitState,
  event: Extract<VisitEvent, { type: 'item.answered' | 'item.judged' | 'waiver.given' }>,
): VisitState {
  switch (event.type) {
    case 'item.answered':
      return { ...visit, item: event.data, itemBy: event.actor };
    case 'item.judged':
      return { ...visit, judged: { seq: event.seq, at: event.at, by: event.actor.name, data: event.data } };
    case 'waiver.given':
      return { ...visit, waiver: event.data, waiverSeq: event.seq };
  }
}

function doneWhenOf({ seq, data }: Extract<VisitEvent, { type: 'done_when.read' }>): VisitState['doneWhen'] {
  return { seq, ok: data.ok, reason: data.reason, unread: data.unread === true ? 'decision' : null };
}

function refused(visit: VisitState, { seq, data }: Extract<VisitEvent, { type: 'approval.refused' }>): VisitState {
  return { ...visit, status: 'failed', reason: `refused by ${data.by}: ${data.reason}`, refusal: seq };
}

/** The visit as it begins again by the decision in record `seq`. */
function anew(visit: VisitState, seq: number): VisitState {
  return {
    ...visit,
    status: 'pending',
    reason: null,
    tries: 0,
    passesInRow: 0,
    unreachable: false,
    doneWhen: null,
    // To try it again is the order to run it; to read once more whether it is done is none.
    ordered: visit.doneWhen?.unread === 'decision' && visit.attempts.length === 0 ? visit.ordered : true,
    retriedSeq: seq,
  };
}

/** The visit after something became of one of its attempts. */
function attempted(visit: VisitState, event: Attempted): VisitState {
  switch (event.type) {
    case 'attempt.stopping':
      return onAttempt(visit, event.data.attempt, (attempt) => ({
        ...attempt,
        status: 'stopping',
        stopReason: event.data.reason,
        outlived: null,
      }));
    case 'attempt.outlived':
      return onAttempt(visit, event.data.attempt, (attempt) => ({
        ...attempt,
        outlived: { cause: event.data.cause, processes: event.data.processes },
      }));
    case 'attempt.voided':
      return {
        ...onAttempt(visit, event.data.attempt, (attempt) => ({
          ...attempt,
          status: 'void',
          endedAt: event.at,
          voided: whyVoid(event.data),
        })),
        tries: visit.tries - 1,
        status: 'pending',
      };
    case 'attempt.ended':
      return {
        ...onAttempt(visit, event.data.attempt, (attempt) => ({
          ...attempt,
          status: 'ended',
          endedAt: event.at,
          end: event.data,
        })),
        passesInRow: event.data.ok ? visit.passesInRow + 1 : 0,
        evidence: event.data.evidence,
        reason: event.data.reason,
      };
    case 'attempt.in_doubt':
      return {
        ...onAttempt(visit, event.data.attempt, (attempt) => ({
          ...attempt,
          status: 'in-doubt',
          endedAt: event.at,
          doubt: event.data.reason,
        })),
        status: 'in-doubt',
        reason: event.data.reason,
      };
    case 'attempt.settled':
      return {
        ...onAttempt(visit, event.data.attempt, (attempt) => ({ ...attempt, status: 'settled', settled: event.data })),
        status: event.data.as === 'rerun' ? 'pending' : 'running',
        tries: event.data.as === 'rerun' ? 0 : visit.tries,
        reason: event.data.as === 'rerun' ? null : event.data.reason,
      };
  }
}

/** The visit as `event` closes it. */
function closedBy(visit: VisitState, event: Closing): VisitState {
  const closed = { closedSeq: event.seq, closedAt: event.at, actor: event.actor };
  switch (event.type) {
    case 'step.passed':
      return {
        ...visit,
        ...closed,
        status: 'passed',
        reason: null,
        note: event.data.note ?? visit.note,
        evidence: event.data.evidence === undefined ? visit.evidence : [...visit.evidence, ...event.data.evidence],
      };
    case 'step.skipped':
      return { ...visit, ...closed, status: 'skipped', reason: event.data.reason, skippedHow: event.data.how };
    case 'step.not_taken':
      return { ...visit, ...closed, status: 'not-taken', reason: event.data.reason };
    case 'step.overridden':
      return { ...visit, ...closed, status: 'passed', reason: event.data.reason, overrides: event.data.overrides };
    case 'step.passed_over':
      return {
        ...visit,
        ...closed,
        status: 'failed',
        reason: event.data.reason,
        passedOver: true,
        ignored: event.data.ignored === true,
      };
  }
}

function startedAttempt(event: Extract<RunEvent, { type: 'step.started' }>): AttemptState {
  return {
    attempt: event.data.attempt,
    status: 'started',
    folder: event.data.folder,
    bootId: event.data.bootId,
    startedSeq: event.seq,
    startedAt: event.at,
    endedAt: null,
    stopReason: null,
    end: null,
    settled: null,
    doubt: null,
    outlived: null,
    inherited: false,
    voided: null,
    host: event.data.host ?? null,
  };
}

function whyVoid({ cause, reason }: DataOf<'attempt.voided'>): AttemptState['voided'] {
  return cause === undefined ? null : { cause, reason: reason ?? '' };
}

/**
 * The visit as another process takes it over: without word of what could not be ended, which it tries to end again, and with what
 * runs as no attempt of its own.
 */
export function takenOver(visit: VisitState): VisitState {
  const attempts = visit.attempts.changed(isTakenOver, (attempt) => ({
    ...attempt,
    outlived: null,
    inherited: attempt.status === 'started' || attempt.status === 'stopping',
  }));
  return { ...visit, attempts };
}

/** True for an attempt that is another one once another process drives the run. */
export function isTakenOver({ outlived, status }: AttemptState): boolean {
  return outlived !== null || status === 'started' || status === 'stopping';
}

function onAttempt(visit: VisitState, number: number, change: (attempt: AttemptState) => AttemptState): VisitState {
  const last = visit.attempts.at(-1);
  const attempts =
    last?.attempt === number
      ? visit.attempts.replaceLast(change(last))
      : visit.attempts.changed((attempt) => attempt.attempt === number, change);
  return { ...visit, attempts };
}
