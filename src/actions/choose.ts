/** `choose`: a person picks one option, which runs its steps, goes to a step, or goes on. */
import * as z from 'zod';
import { someText, strict, text } from '../runbook/scalar.ts';
import { defineAction } from './define-action.ts';

const option = strict({
  label: someText,
  when: text.exactOptional(),
  goto: text.exactOptional(),
  /** Compiled by the parser; not part of the parameters. */
  steps: z.unknown().exactOptional(),
})
  .refine((value) => value.goto === undefined || value.steps === undefined, {
    error: 'an option has goto or steps, not both\ntake one of them away',
  })
  .transform(({ steps: _steps, ...rest }) => rest);

export const choose = defineAction({
  name: 'choose',
  about: 'let a person pick one of several ways on',
  flow: 'choose',
  params: strict({
    question: someText,
    options: z
      .array(option)
      .min(1)
      .refine((options) => new Set(options.map(({ label }) => label)).size === options.length, {
        error: 'two options have the same label\ngive each its own',
      }),
  }),
  effect: 'person',
  summary: ({ question }) => question,
});
