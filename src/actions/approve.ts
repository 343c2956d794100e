/** `approve`: a gate that opens when enough people have consented. */
import * as z from 'zod';
import { boolean, integerBetween, someText, strict } from '../runbook/scalar.ts';
import { defineAction, withShortForm } from './define-action.ts';

const approversMax = 20;

const long = strict({
  /** Roles or names that may consent; empty: anyone. */
  from: z.union([z.array(someText), someText.transform((name) => [name])]).default([]),
  count: integerBetween(1, approversMax).default(1),
  /** `true`: only a signature counts, not a name that was typed. */
  signed: boolean.default(false),
});

export const approve = defineAction({
  name: 'approve',
  about: 'wait for the consent of other people',
  params: withShortForm<string | string[], z.infer<typeof long>>(
    [someText, z.array(someText).min(1)],
    (from) => ({ from }),
    long,
  ),
  effect: 'gate',
  summary: ({ from, count, signed }) =>
    `${count} ${signed ? 'signed ' : ''}approval${count === 1 ? '' : 's'}${from.length === 0 ? '' : ` from ${from.join(', ')}`}`,
});
