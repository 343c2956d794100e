/** A step that asks for a value. Answers: value, skip, rollback, pause. */
import { checkValue } from '../../runbook/values.ts';
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import { text, texts } from '../json-value.ts';
import { accepts, refuses, skips } from '../response.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface AskQuestion extends AtStep {
  readonly kind: 'ask';
  readonly question: string;
  readonly match: string | null;
  readonly choices: readonly string[];
  /** The variable that the answer sets. */
  readonly variable: string | null;
}

/** Asks what `params` of the action ask. */
export function askQuestion(
  head: AtStep,
  params: Readonly<Record<string, unknown>>,
  variable: string | null,
): AskQuestion {
  return {
    kind: 'ask',
    ...head,
    question: text(params['question']),
    match: typeof params['match'] === 'string' ? params['match'] : null,
    choices: texts(params['choices']),
    variable,
  };
}

export const ask: QuestionKind<AskQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `an answer to ${step}`,
  respond: ({ state, question, answer, actor }) => {
    const { step, visit, match, choices, variable } = question;
    if (answer.kind === 'skip') return skips(state, question, answer, actor);
    if (answer.kind !== 'value') return refuses(`${step} asks: ${question.question}`);
    const { value } = answer;
    const asked = {
      type: 'string' as const,
      secret: false,
      ...(match === null ? {} : { match }),
      ...(choices.length === 0 ? {} : { choices: [...choices] }),
    };
    const declared = variable === null ? undefined : state.runbook.vars[variable];
    const wrong = checkValue(asked, value) ?? (declared === undefined ? null : checkValue(declared, value));
    if (wrong !== null) return refuses(wrong);
    return accepts(
      draftBy(actor, 'step.answered', { step, visit, value }),
      ...(variable === null
        ? []
        : [draftBy(actor, 'variable.set', { name: variable, value, source: 'capture', step, visit })]),
      draftBy(actor, 'step.passed', { step, visit }),
    );
  },
  forms: [forms.value, forms.skip],
  answeredBy: answeredByAny('step.answered'),
};
