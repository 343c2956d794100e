/** An item of a checklist that a person answers. Answers: item (with what it rests on), skip, rollback, pause. */
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import { text } from '../json-value.ts';
import { accepts, refuses, skips } from '../response.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface ItemQuestion extends AtStep {
  readonly kind: 'item';
  readonly question: string;
  readonly severity: string;
}

/** Asks what `params` of the action ask. */
export function itemQuestion(head: AtStep, params: Readonly<Record<string, unknown>>, severity: string): ItemQuestion {
  return { kind: 'item', ...head, question: text(params['instructions']), severity };
}

export const item: QuestionKind<ItemQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `an answer to ${step}`,
  respond: ({ state, question, answer, actor }) => {
    const { step, visit } = question;
    if (answer.kind === 'waive') return refuses(`${step} is answered first; the verdict then offers to waive it`);
    if (answer.kind === 'skip') return skips(state, question, answer, actor);
    if (answer.kind !== 'item')
      return refuses(`${step} is an item: pass, partial, fail or not applicable, with evidence`);
    const { result, detail } = answer;
    if (detail.trim() === '') return refuses(`${step}: say what it rests on`);
    return accepts(draftBy(actor, 'item.answered', { step, visit, result, detail, evidence: [] }));
  },
  forms: [forms.pass, forms.partial, forms.fail, forms.na, forms.skip],
  unattended: () => ({ kind: 'skip', reason: 'not answered' }),
  answeredBy: answeredByAny('item.answered'),
};
