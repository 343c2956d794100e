/** Something is done by hand. Answers: done (with a note and evidence), skip, settle as failed, rollback, pause. */
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import { text } from '../json-value.ts';
import { accepts, refuses, skips } from '../response.ts';
import { type AtStep, byVisit, type QuestionKind } from './kind.ts';

export interface ManualQuestion extends AtStep {
  readonly kind: 'manual';
  readonly instructions: string;
}

/** Asks for what `params` of the action instruct. */
export function manualQuestion(head: AtStep, params: Readonly<Record<string, unknown>>): ManualQuestion {
  return { kind: 'manual', ...head, instructions: text(params['instructions']) };
}

export const manual: QuestionKind<ManualQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `${step} to be done by hand`,
  respond: ({ state, question, answer, actor }) => {
    const { step, visit, title } = question;
    switch (answer.kind) {
      case 'done':
        if (answer.attach !== undefined) return refuses('the files that go with it were not taken into the run');
        return accepts(
          draftBy(actor, 'step.passed', {
            step,
            visit,
            ...(answer.note === undefined ? {} : { note: answer.note }),
            ...(answer.evidence === undefined ? {} : { evidence: [...answer.evidence] }),
          }),
        );
      case 'skip':
        return skips(state, question, answer, actor);
      case 'settle':
        return answer.as === 'failed'
          ? accepts(draftBy(actor, 'step.failed', { step, visit, reason: answer.reason }))
          : refuses(`${step} is done by hand: answer done`);
      default:
        return refuses(`"${title}" is done by hand: answer done (with a note), skip, roll back or pause`);
    }
  },
  forms: [forms.done, forms.note, forms.skip, forms.rollback],
  answeredBy: (event, action) =>
    event.type === 'step.skipped' ||
    (action === 'manual' && (event.type === 'step.passed' || event.type === 'step.failed')),
};
