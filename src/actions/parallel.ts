/** `parallel`: automatic steps that run at the same time. The parser compiles them. */
import * as z from 'zod';
import { integerBetween, strict } from '../runbook/scalar.ts';
import { defineAction, withShortForm } from './define-action.ts';

export const parallel = defineAction({
  name: 'parallel',
  about: 'run several automatic steps at the same time',
  flow: 'parallel',
  siblings: ['at_most'],
  params: withShortForm(
    [z.array(z.unknown()).min(1)],
    (steps) => ({ steps: steps.length }),
    strict({ steps: z.int().min(1), at_most: integerBetween(1, 10_000).exactOptional() }),
  ),
  effect: 'read',
  summary: ({ steps, at_most: atMost }) =>
    `${steps} step${steps === 1 ? '' : 's'} at the same time${atMost === undefined ? '' : `, at most ${atMost} at once`}`,
});
