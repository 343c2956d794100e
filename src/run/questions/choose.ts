/** One of several ways on. Answers: choose a label (another than a suggested one with a reason), rollback, pause. */

import { forms } from '../answer-form.ts';
import { type Arrival, headOf } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import { record, text } from '../json-value.ts';
import { accepts, refuses } from '../response.ts';
import { type Result, shown, type View } from '../scope.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

interface ChoiceOption {
  readonly block: number;
  readonly label: string;
  /** Its `when` holds, or it has none. Taking another needs a reason. */
  readonly suggested: boolean;
}

export interface ChooseQuestion extends AtStep {
  readonly kind: 'choose';
  readonly question: string;
  readonly options: readonly ChoiceOption[];
}

/** Asks for one of the step's options, or says why an option's `when` cannot be told. */
export function chooseQuestion(arrival: Arrival, view: View): Result<ChooseQuestion> {
  const { step } = arrival;
  const options: ChoiceOption[] = [];
  for (const [block, { label, when }] of step.blocks.entries()) {
    const holds = when === undefined ? null : view.scope.evaluate(when, view.values);
    if (holds !== null && !holds.ok) return { ok: false, message: `option "${label}": ${holds.message}` };
    options.push({ block, label: shown(label, view), suggested: holds === null || holds.value === true });
  }
  const question = shown(text(record(step.params)['question']), view);
  return { ok: true, value: { kind: 'choose', ...headOf(arrival, view), question, options } };
}

export const choose: QuestionKind<ChooseQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `a choice at ${step}`,
  respond: ({ question: { step, visit, options }, answer, actor }) => {
    const labels = options.map(({ label }) => `"${label}"`).join(', ');
    if (answer.kind !== 'choose') return refuses(`${step} asks for one of ${labels}`);
    const option = options.find(({ label }) => label === answer.label);
    if (option === undefined) return refuses(`"${answer.label}" is not an option; the options are ${labels}`);
    if (!option.suggested && (answer.reason ?? '').trim() === '') {
      return refuses(`"${option.label}" is not suggested now: taking it needs a reason`);
    }
    const { block, label } = option;
    const reason = answer.reason === undefined ? {} : { reason: answer.reason };
    return accepts(draftBy(actor, 'option.chosen', { step, visit, block, label, ...reason }));
  },
  forms: [forms.choose],
  answeredBy: answeredByAny('option.chosen'),
};
