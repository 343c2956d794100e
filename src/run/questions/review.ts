/** Nobody has said yet what a command does. Answers: review as reading, safe to repeat or changing; skip, rollback, pause. */
import type { Json } from '../../runbook/document.ts';
import { forms } from '../answer-form.ts';
import { type Arrival, headOf } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import { accepts, refuses, skips } from '../response.ts';
import { shown, type View } from '../scope.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface ReviewQuestion extends AtStep {
  readonly kind: 'review';
  /** All that would run, its lines as they are. */
  readonly command: string;
}

/** Asks what the command of `arrival.step` does. */
export function reviewQuestion(arrival: Arrival, view: View): ReviewQuestion {
  const { params, summary } = arrival.step;
  return { kind: 'review', ...headOf(arrival, view), command: scriptOf(params) ?? shown(summary, view) };
}

function scriptOf(params: Json): string | null {
  const script = typeof params === 'object' && params !== null && 'script' in params ? params.script : null;
  return typeof script === 'string' ? script : null;
}

export const review: QuestionKind<ReviewQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `a review of ${step}: whether it reads, may be repeated or changes something`,
  respond: ({ state, question, answer, actor }) => {
    const { step, visit } = question;
    if (answer.kind === 'skip') return skips(state, question, answer, actor);
    if (answer.kind !== 'review') {
      return refuses(
        `nobody has reviewed ${step}: say whether it reads, is safe to repeat or changes something, or skip it`,
      );
    }
    return accepts(
      draftBy(actor, 'step.reviewed', { step, visit, as: answer.as }),
      draftBy(actor, 'step.ordered', { step, visit }),
    );
  },
  forms: [forms.review, forms.skip],
  answeredBy: answeredByAny('step.reviewed', 'step.skipped'),
};
