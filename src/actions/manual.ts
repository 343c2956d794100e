/** `manual`: instructions for a person, who says when it is done. */
import { someText, strict } from '../runbook/scalar.ts';
import { defineAction, withShortForm } from './define-action.ts';

/** `instructions`: Markdown. */
const long = strict({ instructions: someText });

export const manual = defineAction({
  name: 'manual',
  about: 'show instructions to a person and record that it was done',
  params: withShortForm([someText], (instructions) => ({ instructions }), long),
  effect: 'person',
  summary: ({ instructions }) => instructions,
});
