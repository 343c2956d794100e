/**
 * Whether a step is done already could not be read. Answers: retry (reads it again), accept (it is taken as not done and run),
 * skip, rollback, pause; each with a reason.
 */
import { forms } from '../answer-form.ts';
import { type Arrival, plainHeadOf } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import { accepts, refuses, skips } from '../response.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface DoneWhenQuestion extends AtStep {
  readonly kind: 'done-when';
  readonly reason: string;
}

/** Asks what to make of it that the `done_when` could not be read, for `reason`. */
export function doneWhenQuestion(arrival: Arrival, reason: string | null): DoneWhenQuestion {
  return { kind: 'done-when', ...plainHeadOf(arrival), reason: reason ?? 'its outcome is not known' };
}

export const doneWhen: QuestionKind<DoneWhenQuestion> = {
  identity: byVisit,
  waitsFor: ({ step, reason }) => `a decision: whether ${step} is done already could not be read (${reason})`,
  respond: ({ state, question, answer, actor }) => {
    const { step, visit, reason } = question;
    switch (answer.kind) {
      case 'accept':
        return accepts(draftBy(actor, 'done_when.accepted', { step, visit, reason: answer.reason }));
      case 'retry':
        return accepts(draftBy(actor, 'step.retried', { step, visit, reason: answer.reason }));
      case 'skip':
        return skips(state, question, answer, actor);
      default:
        return refuses(
          `whether ${step} is done already could not be read (${reason}): retry to read it again, accept to run it, skip, roll back or pause`,
        );
    }
  },
  forms: [forms.retry, forms.accept, forms.skip, forms.rollback],
  answeredBy: answeredByAny('done_when.accepted', 'step.retried'),
};
