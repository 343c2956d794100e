/**
 * `firstBreach`: whether a history is one that the rules allow. Every event is judged in the state before it: what a rule causes is
 * decided again, an answer must fit a question that was open, and what the world told must be about something that was under way.
 *
 * Invariants:
 * - Pure: events and the actions' specifications in, the first breach out. Nothing is believed but what the events hold.
 * - An honest history of any version passes, however often its process died. What the deciding process knew and did not record
 *   (who guided, which secrets it held, the exact moment) is supposed in every way that it may have been.
 * - What no event can tell (what a command printed) is not judged; that its judgement contradicts itself is.
 */
import type { ActionSpecs } from '../runbook/action-spec.ts';
import { adoptRunbook } from './adopt.ts';
import { isAnswered } from './answered.ts';
import { attachBreach } from './attached.ts';
import { runningAttempts } from './attempts.ts';
import { correctionBreach } from './correct.ts';
import { decide } from './decide.ts';
import { dueBreach } from './decision-clock.ts';
import { jumpBreach } from './elapsed.ts';
import type { DataOf, EventDraft, RunEvent } from './event.ts';
import { fleetBreach } from './fleet-asked.ts';
import { type HandoverEvent, handoverBreach, isHandoverEvent } from './handing-over.ts';
import { holdBreach, isHoldTold, permitsAhead } from './holds.ts';
import { hookBreach } from './hooks.ts';
import { incidentBreach, noteBreach } from './incident.ts';
import { type IncidentEvent, isIncidentEvent } from './incident-state.ts';
import { judgingBreach } from './judging.ts';
import { unanswered } from './kept-answer.ts';
import { leftOutBreach } from './left-out.ts';
import { isStopped, measuredBreach, stoppingBreach } from './measured.ts';
import { messageBreach } from './messages.ts';
import { bodyOf } from './outline.ts';
import type { Question } from './question.ts';
import { reopens } from './redo.ts';
import { HistoryError, reduce } from './reduce.ts';
import { hasChanged } from './rollback.ts';
import { rulesOf } from './rules.ts';
import { isSame, isSameEvent } from './same.ts';
import { startBreach, takenBreach } from './start-values.ts';
import type { RunState } from './state.ts';
import { abandons } from './stopping.ts';
import { supposed } from './supposed.ts';

/** The first event that breaks the rules, and which one it breaks, in words that follow "record N (TYPE): ". */
export interface Breach {
  readonly seq: number;
  readonly type: RunEvent['type'];
  readonly reason: string;
}

/** The first breach of the rules in `events`, a whole history of run `id`; null when they were followed. Throws `HistoryError`. */
export function firstBreach(events: Iterable<RunEvent>, id: string, specs: ActionSpecs): Breach | null {
  const judge = new Judge(specs);
  let state: RunState | null = null;
  for (const event of events) {
    const breach = judge.breach(state, event);
    if (breach !== null) return breach;
    state = reduce(state, event, id);
  }
  return null;
}

/** What is about the steps of the run, or about who drives it. */
type Moving = Exclude<
  RunEvent,
  IncidentEvent | HandoverEvent | { type: 'unknown' | 'note.added' | 'operator.changed' | 'decision.due' }
>;

/** Judges the events of one history in their order, each in the state before it. */
export class Judge {
  readonly #specs: ActionSpecs;
  /** What the last decision or answer made true beside the events that followed it so far: one write holds all of it. */
  #rest: readonly EventDraft[] = [];

  constructor(specs: ActionSpecs) {
    this.#specs = specs;
  }

  /** The rule that `event` breaks in `state`; null before the first event. Nothing is to be judged after a breach. Throws `HistoryError`. */
  breach(state: RunState | null, event: RunEvent): Breach | null {
    const reason = state === null ? this.#begins(event) : this.#goesOn(state, event);
    return reason === null ? null : { seq: event.seq, type: event.type, reason };
  }

  #begins(event: RunEvent): string | null {
    return event.type === 'run.started' ? startBreach(event.data) : 'a run begins with run.started';
  }

  #goesOn(state: RunState, event: RunEvent): string | null {
    const [next, ...rest] = this.#rest;
    this.#rest = [];
    if (event.type === 'unknown') return 'a newer gonogo wrote it';
    if (next !== undefined && isSameEvent(next, event)) {
      this.#rest = rest;
      return null;
    }
    if (event.type === 'host.identified' || event.type === 'host.unreachable') return fleetBreach(state, event);
    if (event.type === 'note.added') return noteBreach(state, event);
    if (isIncidentEvent(event)) return incidentBreach(state, event);
    if (event.type === 'decision.due') return dueBreach(state, event);
    if (isHandoverEvent(event) || event.type === 'operator.changed') return handoverBreach(state, event);
    return this.#breach(state, event);
  }

  #breach(state: RunState, event: Moving): string | null {
    if (isHoldTold(event)) return holdBreach(state, event);
    switch (event.type) {
      case 'run.started':
        throw new HistoryError(`record ${event.seq} starts the run again`);
      case 'run.resumed':
        return resumeBreach(state);
      case 'clock.jumped':
        return jumpBreach(state, event);
      case 'journal.recovered':
        return null;
      case 'run.paused':
        return pauseBreach(state, event.data.reason);
      case 'documents.adopted':
        return adoptionBreach(state, event);
      case 'review.written':
        return writtenBreach(state, event.data);
      case 'hook.started':
      case 'hook.ended':
        return hookBreach(state, event);
      case 'run.ended':
        return event.data.status === 'abandoned' ? abandonBreach(state, event) : this.#caused(state, event);
      case 'rollback.requested':
      case 'rollback.permitted':
        return isOrdered(state, event) ? null : this.#caused(state, event);
      case 'steps.left_out':
      case 'step.reopened':
      case 'variable.corrected':
      case 'item.judged':
      case 'evidence.attached':
        return decisionBreach(state, event);
      case 'variable.set':
        return this.#valueBreach(state, event);
      case 'attempt.ended':
      case 'attempt.voided':
      case 'attempt.in_doubt':
      case 'attempt.outlived':
      case 'done_when.read':
      case 'target.read':
        return measuredBreach(state, event, this.#specs);
      case 'item.answered':
        return isLooked(event) ? measuredBreach(state, event, this.#specs) : this.#caused(state, event);
      case 'step.answered':
        return this.#caused(unanswered(state, event.data), event);
      case 'attempt.stopping':
        return stoppingBreach(state, event);
      case 'step.failed':
        return isStopped(state, event) ? null : this.#caused(state, event);
      case 'approval.given':
      case 'approval.refused':
      case 'emergency.declared':
        return event.data.inbox === undefined ? this.#caused(state, event) : messageBreach(state, event);
      // Whatever else there is comes of a rule or of an answer.
      default:
        return this.#caused(state, event);
    }
  }

  #valueBreach(state: RunState, event: Extract<RunEvent, { type: 'variable.set' }>): string | null {
    if (event.data.source === 'capture' && event.actor.via === 'engine') {
      const told = measuredBreach(state, event, this.#specs);
      return told === null || this.#caused(state, event) === null ? null : told;
    }
    return event.data.source === 'ask' || event.data.source === 'command' || event.data.source === 'capture'
      ? this.#caused(state, event)
      : takenBreach(state, event.data);
  }

  /** Caused by a rule or by an answer, in some circumstances that may have been. */
  #caused(state: RunState, event: Exclude<RunEvent, { type: 'unknown' }>): string | null {
    for (const now of supposed(state, event, this.#specs)) {
      const { events, question, others } = decide(state, now);
      const [due, ...rest] = events;
      if (due !== undefined && isSameEvent(due, event)) {
        this.#rest = rest;
        return null;
      }
      // Who paused the run has let go of it: what is asked then is answered after a resume.
      const open = due === undefined && state.paused === null && question !== null ? [question, ...others] : [];
      for (const one of open) {
        const answered = isAsked(one, question, event) ? isAnswered(state, one, event, now.now) : null;
        if (answered === null) continue;
        this.#rest = answered;
        return null;
      }
    }
    return event.actor.via === 'engine'
      ? 'no rule causes it in the state before it'
      : 'it answers no question that was open, or not in a way that the rules allow';
  }
}

/** Whether `event` can be about `one`: the question that waits, or one beside it that is about the same step. */
function isAsked(one: Question, first: Question | null, { data }: RunEvent): boolean {
  return one === first || ('step' in one && 'step' in data && one.step === data.step);
}

/** A machine looked now, and no answer of another run stands for it. */
function isLooked({ actor, data }: Extract<RunEvent, { type: 'item.answered' }>): boolean {
  return actor.via === 'engine' && data.of === undefined;
}

/** What the run is past, or in, is in it as it was and where it was. */
function adoptionBreach(
  state: RunState,
  { actor, data }: Extract<RunEvent, { type: 'documents.adopted' }>,
): string | null {
  if (actor.via === 'engine') return 'only a person adopts other documents';
  const { runbook, keeps, rehearsal } = data;
  if (rulesOf(state) >= 3 && runbook.rehearsed !== undefined && rehearsal === undefined)
    return 'the adopted text was to be rehearsed, and rests on no rehearsal';
  const result = adoptRunbook(state, runbook, keeps ?? 'begun');
  return result.ok && isSame(result.runbook, runbook) ? null : 'it changes what has started';
}

/** Only what was reviewed is written, and of the documents only the one that holds it is another. */
function writtenBreach(state: RunState, { step, path, documents }: DataOf<'review.written'>): string | null {
  const body = bodyOf(state.runbook, step);
  if (body === null || body.unreviewed === true) return `nobody reviewed ${step}`;
  const others = (list: RunState['documents']) => list.map((one) => (one.path === path ? { path } : one));
  return isSame(others(state.documents), others(documents)) ? null : `it changes more than ${path}`;
}

function resumeBreach(state: RunState): string | null {
  const over = state.status === 'abandoned' || state.status === 'rolled-back';
  return over ? `the run is ${state.status} and cannot go on` : null;
}

function pauseBreach(state: RunState, reason: string): string | null {
  if (state.endedAt !== null) return `the run has ended as ${state.status}`;
  return reason === 'no-change' && hasChanged(state)
    ? 'something was changed, so there is something to roll back'
    : null;
}

/** A person asks for a rollback, or permits it over another run before it goes on. */
function isOrdered(
  state: RunState,
  event: Extract<RunEvent, { type: 'rollback.requested' | 'rollback.permitted' }>,
): boolean {
  return event.type === 'rollback.requested' ? isAskedFor(state, event) : permitsAhead(state, event);
}

/** A rollback that a person asks for, at any time before it has begun. */
function isAskedFor(state: RunState, { actor, data }: Extract<RunEvent, { type: 'rollback.requested' }>): boolean {
  if (actor.via === 'engine' || state.endedAt !== null) return false;
  return state.rollback === null && data.reason.trim() !== '' && hasChanged(state);
}

/** What somebody decides beside what is asked. */
function decisionBreach(
  state: RunState,
  event: Extract<
    RunEvent,
    { type: 'steps.left_out' | 'step.reopened' | 'variable.corrected' | 'item.judged' | 'evidence.attached' }
  >,
): string | null {
  switch (event.type) {
    case 'steps.left_out':
      return leftOutBreach(state, event);
    case 'step.reopened':
      return reopenBreach(state, event);
    case 'variable.corrected':
      return correctionBreach(state, event);
    case 'item.judged':
      return judgingBreach(state, event);
    case 'evidence.attached':
      return attachBreach(state, event);
  }
}

function reopenBreach(state: RunState, { actor, data }: Extract<RunEvent, { type: 'step.reopened' }>): string | null {
  if (actor.via === 'engine' || actor.via === 'answers') return 'only a person has a step done again';
  const response = reopens(state, data.step, data.reason, actor);
  if (!response.ok) return response.message;
  const [due] = response.events;
  return due?.type === 'step.reopened' && due.data.visit === data.visit ? null : 'it opens another visit than the next';
}

function abandonBreach(state: RunState, event: Extract<RunEvent, { type: 'run.ended' }>): string | null {
  if (state.endedAt !== null) return `the run has ended as ${state.status}`;
  if (event.actor.via === 'engine') return 'no rule abandons a run';
  const response = abandons(event.data.reason, runningAttempts(state).length > 0, event.actor);
  return response.ok ? null : response.message;
}
