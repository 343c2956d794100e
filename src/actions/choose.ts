/** `choose`: one of several ways on, picked by a person or by what holds; it runs its steps, goes to a step, or goes on. */
import * as z from 'zod';
import { integerBetween, someText, strict, text, word } from '../runbook/scalar.ts';
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

const options = z
  .array(option)
  .min(1)
  .refine((list) => new Set(list.map(({ label }) => label)).size === list.length, {
    error: 'two options have the same label\ngive each its own',
  });

/** True when an option that always holds stands before others. */
function hidesOthers(list: unknown): boolean {
  const always =
    z
      .array(option)
      .safeParse(list)
      .data?.findIndex(({ when }) => when === undefined) ?? -1;
  return Array.isArray(list) && always >= 0 && always < list.length - 1;
}

const noList =
  'this is no list of the run\nfrom: "${{ tags }}"; labels that are known stand in options: [{ label: A }]';

export const choose = defineAction({
  name: 'choose',
  about: 'take one of several ways on: the one that a person picks, or the first whose condition holds',
  flow: 'choose',
  params: strict({
    question: someText.exactOptional(),
    /** `from`: the labels are the values of a list, and every one of them goes on. */
    options: z.union([
      options,
      strict({ from: someText.refine((from) => /^\s*\$\{\{.*\}\}\s*$/s.test(from), { error: noList }) }),
    ]),
    /** `when`: nobody is asked. */
    decide: word(['when']).exactOptional(),
    /** Visits at most: 100 when it is not said. */
    at_most: integerBetween(1, 1_000_000).exactOptional(),
  })
    .refine(({ question, decide }) => question !== undefined || decide !== undefined, {
      error: 'a choice needs a question\nquestion: TEXT, or decide: when to take the first option whose when holds',
    })
    .refine((value) => value.decide === undefined || Array.isArray(value.options), {
      error: 'decide: when needs options with conditions\na list of values is for a person: give a question instead',
    })
    .refine((value) => value.decide === undefined || !hidesOthers(value.options), {
      error: 'what stands after an option without when is never taken\nput that option last',
    }),
  effect: ({ decide }) => (decide === undefined ? 'person' : 'read'),
  captureField: 'label',
  summary: ({ question }) => question ?? 'the first option whose condition holds',
});
