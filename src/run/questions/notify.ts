/** The text of a notification, editable before it goes out. Answers: value, skip, rollback, pause. */

import { forms } from '../answer-form.ts';
import { type Arrival, headOf } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import { record, text } from '../json-value.ts';
import { accepts, refuses, skips } from '../response.ts';
import type { Resolved, View } from '../scope.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface NotifyQuestion extends AtStep {
  readonly kind: 'notify';
  readonly text: string;
  readonly to: string;
}

/** Asks for the text of an action that sends one; null for every other action. */
export function notifyQuestion(arrival: Arrival, view: View, resolved: Resolved): NotifyQuestion | null {
  const { now, step } = arrival;
  const name = now.specs.get(step.action)?.draft ?? null;
  if (name === null) return null;
  return { kind: 'notify', ...headOf(arrival, view), text: text(record(resolved.params)[name]), to: step.title };
}

export const notify: QuestionKind<NotifyQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `the text of ${step}`,
  respond: ({ state, question, answer, actor }) => {
    const { step, visit } = question;
    if (answer.kind === 'skip') return skips(state, question, answer, actor);
    if (answer.kind !== 'value') return refuses(`${step}: confirm or edit the text, or skip it`);
    return accepts(
      draftBy(actor, 'step.answered', { step, visit, value: answer.value }),
      draftBy(actor, 'step.ordered', { step, visit }),
    );
  },
  forms: [forms.value, forms.note, forms.skip],
  // An entry that is not "skip" says nothing against sending what the document says.
  unsaid: (question) => ({ kind: 'value', value: question.text }),
  answeredBy: answeredByAny('step.answered'),
};
