/** A step that cannot be taken back lightly. Answers: confirm with the target's name, skip, rollback, pause. */

import { forms } from '../answer-form.ts';
import { type Arrival, headOf } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import { accepts, refuses, skips } from '../response.ts';
import { shown, type View } from '../scope.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface DangerQuestion extends AtStep {
  readonly kind: 'danger';
  readonly target: string;
  readonly summary: string;
  /** It has no undo. */
  readonly pointOfNoReturn: boolean;
}

/** Asks for the target's name, with its templates filled in. */
export function dangerQuestion(arrival: Arrival, view: View): DangerQuestion {
  const { state, step } = arrival;
  return {
    kind: 'danger',
    ...headOf(arrival, view),
    target: shown(state.runbook.target?.name ?? '', view),
    summary: shown(step.summary, view),
    pointOfNoReturn: step.undo.kind === 'none',
  };
}

export const danger: QuestionKind<DangerQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `confirmation of ${step}`,
  respond: ({ state, question, answer, actor }) => {
    const { step, visit, target } = question;
    if (answer.kind === 'skip') return skips(state, question, answer, actor);
    if (answer.kind !== 'confirm') return refuses(`${step} is dangerous: confirm it with the target's name`);
    if (answer.target !== target) return refuses(`"${answer.target}" is not the target's name; it is "${target}"`);
    return accepts(draftBy(actor, 'danger.confirmed', { step, visit, target }));
  },
  forms: [forms.confirm, forms.skip],
  answeredBy: answeredByAny('danger.confirmed', 'step.skipped'),
};
