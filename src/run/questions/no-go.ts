/**
 * A verdict that stops. Answers: retry (check again), waive, rollback, pause; where it is the verdict of an audit of its own:
 * waive, done (it ends with this verdict), pause.
 */

import type { Answer } from '../answer.ts';
import { forms } from '../answer-form.ts';
import { isDay } from '../day.ts';
import { draftBy } from '../draft.ts';
import type { Verdict } from '../event.ts';
import { auditReason, waivable } from '../gate.ts';
import { accepts, refuses } from '../response.ts';
import { type Answered, type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface NoGoQuestion extends AtStep {
  readonly kind: 'no-go';
  /** What a waiver would lift. */
  readonly blockers: readonly string[];
  readonly reasons: readonly string[];
  /** It is the verdict of an audit of its own. */
  readonly audit?: true;
}

/** Asks what is to come of `verdict`. */
export function noGoQuestion(head: AtStep, verdict: Verdict): NoGoQuestion {
  return { kind: 'no-go', ...head, blockers: waivable(verdict), reasons: verdict.reasons };
}

export const noGo: QuestionKind<NoGoQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `a decision: ${step} is no-go`,
  respond: (answered) => {
    const { question, answer, actor } = answered;
    const { step, visit } = question;
    if (answer.kind === 'waive') return waive(answered, answer);
    if (question.audit === true) return endAudit(answered);
    if (answer.kind === 'retry') return accepts(draftBy(actor, 'step.retried', { step, visit, reason: answer.reason }));
    return refuses(`${step} is no-go: check again, waive an item, roll back or pause; a gate cannot be skipped`);
  },
  forms: [forms.retry, forms.waive, forms.rollback],
  parts: { of: ({ blockers }) => blockers, forms: [forms.waive] },
  unattended: ({ audit }) => (audit === true ? { kind: 'done' } : null),
  answeredBy: answeredByAny('step.retried'),
};

/** An audit of its own has nothing to go back to: items are looked at anew by a new audit. */
function endAudit({ state, answer, actor }: Answered<NoGoQuestion>) {
  if (answer.kind !== 'done') return refuses('the audit is no-go: waive an item, end it with this verdict, or pause');
  return accepts(draftBy(actor, 'run.ended', { status: 'completed', reason: auditReason(state) }));
}

function waive(
  { state, question: { blockers: open }, actor }: Answered<NoGoQuestion>,
  answer: Extract<Answer, { kind: 'waive' }>,
) {
  const item = answer.item ?? open[0] ?? '';
  if (!open.includes(item)) return refuses(`waive one of: ${open.join(', ')}`);
  const { by, why, until } = answer;
  if (by.trim() === '' || why.trim() === '') return refuses('a waiver needs who and why');
  if (!isDay(until)) return refuses(`until: "${until}" is not a date like 2026-12-31`);
  const visit = Math.max(1, state.steps.get(item)?.visits.length ?? 1);
  return accepts(draftBy(actor, 'waiver.given', { step: item, visit, by, why, until }));
}
