/** `parallel`: automatic steps that run at the same time. The parser compiles them. */
import * as z from 'zod';
import { strict } from '../runbook/scalar.ts';
import { defineAction, withShortForm } from './define-action.ts';

export const parallel = defineAction({
  name: 'parallel',
  about: 'run several automatic steps at the same time',
  flow: 'parallel',
  params: withShortForm(
    [z.array(z.unknown()).min(1)],
    (steps) => ({ steps: steps.length }),
    strict({ steps: z.int().min(1) }),
  ),
  effect: 'read',
  summary: ({ steps }) => `${steps} step${steps === 1 ? '' : 's'} at the same time`,
});
