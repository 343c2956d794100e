/**
 * Events as answers: which answer would have made an event true, and whether a question takes it.
 *
 * Invariant: an answer is judged by the question's own `respond`, so whatever that refuses is refused here.
 */
import { checkValue } from '../runbook/values.ts';
import type { Answer } from './answer.ts';
import type { EventDraft } from './event.ts';
import { answerOf } from './judging.ts';
import { type Question, unattendedAnswer } from './question.ts';
import { respond } from './respond.ts';
import { isSame, isSameEvent } from './same.ts';
import type { RunState } from './state.ts';

/** What an answer to `question` at `now` that made `event` true makes true besides; null: no answer to it does. */
export function isAnswered(
  state: RunState,
  question: Question,
  event: EventDraft,
  now: number,
): readonly EventDraft[] | null {
  if (isGiven(state, question, event)) return [];
  for (const answer of answersTo(question, event)) {
    // Where nobody answers only the document does.
    if (event.actor.via === 'engine' && !isSame(answer, unattendedAnswer(question))) continue;
    const response = respond(state, question, answer, event.actor, now);
    if (response.ok && response.events[0] !== undefined && isSameEvent(response.events[0], event))
      return response.events.slice(1);
  }
  return null;
}

/** A secret that was given leaves only that it is set; what a command gave is whatever fits. */
function isGiven({ runbook }: RunState, question: Question, event: EventDraft): boolean {
  if (question.kind !== 'variable' || event.type !== 'variable.set') return false;
  const { name, value, source } = event.data;
  if (name !== question.name || source !== (question.from === null ? 'ask' : 'command')) return false;
  if (question.secret) return value === null;
  const variable = runbook.vars[name];
  return question.from !== null && variable !== undefined && value !== null && checkValue(variable, value) === null;
}

/** Of a question about hosts each may have an answer of its own. */
function answersTo(question: Question, event: EventDraft): readonly Answer[] {
  const answers = answersOf(event);
  if (question.kind !== 'failure' || question.hosts === undefined || !('step' in event.data)) return answers;
  const { step } = event.data;
  const host = question.hosts.find((one) => one.step === step)?.host;
  return answers.flatMap((answer) => {
    const one = answer.kind === 'skip' || answer.kind === 'passed' || answer.kind === 'retry';
    return one && host !== undefined ? [answer, { ...answer, host }] : [answer];
  });
}

/** The answers that make an event like this one true. */
function answersOf(event: EventDraft): readonly Answer[] {
  switch (event.type) {
    case 'variable.set':
      return event.data.value === null ? [] : [{ kind: 'value', value: event.data.value }];
    case 'step.answered':
      return [{ kind: 'value', value: event.data.value }];
    case 'step.ordered':
      return [{ kind: 'run' }];
    case 'step.reviewed':
      return [{ kind: 'review', as: event.data.as }];
    case 'step.passed':
      return [{ kind: 'done', note: event.data.note, evidence: event.data.evidence }];
    case 'step.failed':
      return [{ kind: 'settle', as: 'failed', reason: event.data.reason }];
    case 'step.skipped':
      return [{ kind: 'skip', reason: event.data.reason, set: event.data.set }];
    case 'step.overridden':
      return [{ kind: 'passed', reason: event.data.reason, set: event.data.set }];
    case 'step.retried':
      return [{ kind: 'retry', reason: event.data.reason }];
    case 'option.chosen':
      return [{ kind: 'choose', label: event.data.label, reason: event.data.reason }];
    case 'danger.confirmed':
      return [{ kind: 'confirm', target: event.data.target }];
    case 'done_when.accepted':
    case 'drift.accepted':
      return [{ kind: 'accept', reason: event.data.reason }];
    case 'approval.given':
      return [{ kind: 'approve', by: event.data.by }];
    case 'approval.refused':
      return [{ kind: 'refuse', by: event.data.by, reason: event.data.reason }];
    case 'emergency.declared':
      return [{ kind: 'emergency', by: event.data.by, reason: event.data.reason }];
    case 'attempt.settled':
      return [{ kind: 'settle', as: event.data.as, reason: event.data.reason }];
    case 'item.answered':
      return event.data.of === undefined ? [answerOf(event.data)] : [{ kind: 'earlier' }];
    case 'waiver.given': {
      const { step: item, by, why, until } = event.data;
      return [{ kind: 'waive', item, by, why, until }];
    }
    case 'obligation.handed_over':
      return [{ kind: 'hand-over', step: event.data.step, to: event.data.to }];
    case 'rollback.requested':
      return [{ kind: 'rollback', reason: event.data.reason }];
    case 'decision.made':
      return [{ kind: 'go-on', reason: event.data.reason }];
    case 'run.ended':
      return [{ kind: 'done' }];
    default:
      return answersOnTarget(event);
  }
}

/** The same for what concerns other runs on the target. */
function answersOnTarget(event: EventDraft): readonly Answer[] {
  switch (event.type) {
    case 'owed.decided': {
      const { item, as, text } = event.data;
      if (as === 'handed-on') return [{ kind: 'hand-over', step: item, to: text }];
      return [{ kind: as === 'settled' ? 'settle-owed' : 'defer', item, reason: text }];
    }
    case 'hold.awaited':
      return [{ kind: 'wait' }];
    case 'hold.overridden':
      return [{ kind: 'alongside', reason: event.data.reason }];
    case 'rollback.permitted':
      return [{ kind: 'over', run: event.data.over, reason: event.data.reason }];
    default:
      return [];
  }
}
