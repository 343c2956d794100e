/** `ask`: a question to a person, whose answer `capture` keeps. */
import * as z from 'zod';
import { checkRegex } from '../runbook/regex.ts';
import { someText, strict, text } from '../runbook/scalar.ts';
import { defineAction, withShortForm } from './define-action.ts';

const long = strict({
  question: someText,
  /** Pattern that the whole answer must match. */
  match: text
    .superRefine((source, context) => {
      const wrong = checkRegex(source);
      if (wrong !== null) context.addIssue({ code: 'custom', message: `wrong pattern: ${wrong}`, input: source });
    })
    .exactOptional(),
  choices: z.array(text).min(1).exactOptional(),
});

export const ask = defineAction({
  name: 'ask',
  about: 'ask a person for a value',
  params: withShortForm([someText], (question) => ({ question }), long),
  effect: 'person',
  fields: { answered: 'string' },
  captureField: 'answered',
  summary: ({ question }) => question,
});
