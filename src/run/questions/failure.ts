/** A step has failed. Answers: retry, passed (by hand), skip, rollback, pause; each but pause with a reason. */
import type { OnFail } from '../../runbook/document.ts';
import { forms } from '../answer-form.ts';
import { plainHeadOf, type Visiting } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import type { Evidence } from '../event.ts';
import { accepts, leavesOut, refuses } from '../response.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface FailureQuestion extends AtStep {
  readonly kind: 'failure';
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  /** No rollback is offered. */
  readonly inRollback: boolean;
  /** What the document asks for; `rollback` is suggested first. */
  readonly onFail: OnFail;
}

/** Asks what is to come of the failure of `arrival.visit`. */
export function failureQuestion(arrival: Visiting, reason: string): FailureQuestion {
  const { visit, step, mode } = arrival;
  const inRollback = mode === 'rollback';
  return {
    kind: 'failure',
    ...plainHeadOf(arrival),
    reason,
    evidence: visit.evidence,
    inRollback,
    onFail: step.onFail,
  };
}

export const failure: QuestionKind<FailureQuestion> = {
  identity: byVisit,
  waitsFor: ({ step, reason }) => `a decision: ${step} failed: ${reason}`,
  respond: ({ state, question: { step, visit, inRollback }, answer, actor }) => {
    switch (answer.kind) {
      case 'retry':
        return accepts(draftBy(actor, 'step.retried', { step, visit, reason: answer.reason }));
      case 'skip':
      case 'passed':
        return leavesOut(state, { step, visit }, answer, 'failed', actor);
      default:
        return refuses(`${step} failed: retry, mark done by hand, skip${inRollback ? '' : ', roll back'} or pause`);
    }
  },
  forms: [forms.retry, forms.rollback, forms.passed, forms.skip],
  answeredBy: answeredByAny('step.retried', 'step.skipped', 'step.overridden'),
};
