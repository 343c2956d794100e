/** What an attempt came to cannot be known. Answers: settle it as passed, failed or to be run again; rollback, pause. */
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import { accepts, refuses } from '../response.ts';
import type { AttemptState } from '../state.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface InDoubtQuestion extends AtStep {
  readonly kind: 'in-doubt';
  readonly attempt: number;
  readonly reason: string;
  /** Of the attempt, relative to the run's. */
  readonly folder: string;
}

/** Asks what became of `attempt`. */
export function inDoubtQuestion(head: AtStep, { attempt, doubt, folder }: AttemptState): InDoubtQuestion {
  return { kind: 'in-doubt', ...head, attempt, reason: doubt ?? 'its outcome is not recorded', folder };
}

export const inDoubt: QuestionKind<InDoubtQuestion> = {
  identity: (question) => `${byVisit(question)} ${question.attempt}`,
  waitsFor: ({ step }) => `a decision: the outcome of ${step} is in doubt`,
  respond: ({ question: { step, visit, attempt }, answer, actor }) => {
    if (answer.kind !== 'settle') {
      return refuses(`the outcome of ${step} is in doubt: settle it as passed, failed or run again`);
    }
    return accepts(draftBy(actor, 'attempt.settled', { step, visit, attempt, as: answer.as, reason: answer.reason }));
  },
  forms: [forms.settle],
  answeredBy: answeredByAny('attempt.settled'),
};
