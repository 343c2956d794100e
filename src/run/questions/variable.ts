/** A value for a variable: asked before the first step, and of a secret again by each process that needs it. */
import { checkValue } from '../../runbook/values.ts';
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import { refuses } from '../response.ts';
import type { RunState } from '../state.ts';
import type { QuestionKind } from './kind.ts';

export interface VariableQuestion {
  readonly kind: 'variable';
  readonly name: string;
  readonly question: string;
  readonly match: string | null;
  readonly choices: readonly string[];
  readonly secret: boolean;
  readonly default: string | null;
  /** The command that answers it, in place of a person; null: none. */
  readonly from: readonly string[] | null;
}

/** Asks for variable `name` with the document's words. */
export function variableQuestion({ runbook }: RunState, name: string): VariableQuestion {
  const variable = runbook.vars[name];
  return {
    kind: 'variable',
    name,
    question: variable?.ask ?? name,
    match: variable?.match ?? null,
    choices: variable?.choices ?? [],
    secret: variable?.secret ?? false,
    default: variable?.default ?? null,
    from: variable?.from ?? null,
  };
}

export const variable: QuestionKind<VariableQuestion> = {
  identity: ({ name }) => `variable ${name}`,
  waitsFor: ({ name }) => `a value for ${name}`,
  respond: ({ state, question: { name, secret, from }, answer, actor }) => {
    if (answer.kind !== 'value') return refuses(`${name} needs a value`);
    const declared = state.runbook.vars[name];
    const wrong = declared === undefined ? null : checkValue(declared, answer.value);
    if (wrong !== null) return refuses(`${name}: ${wrong}`);
    const value = secret ? null : answer.value;
    return {
      ok: true,
      events: [draftBy(actor, 'variable.set', { name, value, source: from === null ? 'ask' : 'command' })],
      secret: secret ? { name, value: answer.value } : null,
    };
  },
  forms: [forms.value],
  unattended: (question) => (question.default === null ? null : { kind: 'value', value: question.default }),
  // A secret leaves no value on record: it is asked for again by each process that needs it.
  answeredBy: (event) => event.type === 'variable.set' && event.data.source === 'ask' && event.data.value !== null,
};
