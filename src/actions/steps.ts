/** `steps`: a sequence of steps that stands where one step does. The parser compiles them. */
import * as z from 'zod';
import { strict } from '../runbook/scalar.ts';
import { defineAction, withShortForm } from './define-action.ts';

export const steps = defineAction({
  name: 'steps',
  about: 'run several steps one after the other, as one step of a list',
  flow: 'steps',
  params: withShortForm(
    [z.array(z.unknown()).min(1)],
    (list) => ({ steps: list.length }),
    strict({ steps: z.int().min(1) }),
  ),
  effect: 'read',
  summary: ({ steps: count }) => `${count} step${count === 1 ? '' : 's'} in their order`,
});
