/** Everything is done but debts are open. Answers: hand-over, pause. */
import type { StepId } from '../../runbook/document.ts';
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import { openDebts } from '../obligations.ts';
import { accepts, refuses } from '../response.ts';
import type { RunState } from '../state.ts';
import { answeredByAny, type QuestionKind } from './kind.ts';

export interface ObligationsQuestion {
  readonly kind: 'obligations';
  readonly open: readonly { readonly step: StepId; readonly text: string }[];
}

/** Asks for what is owed to be handed over; null when nothing is. */
export function obligationsQuestion(state: RunState): ObligationsQuestion | null {
  const open = openDebts(state).map(({ step, text }) => ({ step, text }));
  return open.length === 0 ? null : { kind: 'obligations', open };
}

export const obligations: QuestionKind<ObligationsQuestion> = {
  identity: () => 'obligations',
  waitsFor: ({ open }) => `open obligations: ${open.map(({ step }) => step).join(', ')}`,
  respond: ({ question: { open }, answer, actor }) => {
    if (answer.kind !== 'hand-over')
      return refuses('each open obligation is settled by its step or handed over by name');
    const { step } = answer;
    const to = answer.to.trim();
    if (!open.some((debt) => debt.step === step)) {
      return refuses(`${step} has no open obligation; open: ${open.map((debt) => debt.step).join(', ')}`);
    }
    return to === ''
      ? refuses('handing over needs a name')
      : accepts(draftBy(actor, 'obligation.handed_over', { step, to }));
  },
  forms: [],
  parts: { of: ({ open }) => open.map(({ step }) => step), forms: [forms.handOver] },
  answeredBy: answeredByAny('obligation.handed_over'),
};
