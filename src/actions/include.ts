/** `include`: the steps of another document, spliced in when the runbook is read. */
import * as z from 'zod';
import { someText, strict, text } from '../runbook/scalar.ts';
import { defineAction, withShortForm } from './define-action.ts';

const long = strict({
  /** Path from the including document. */
  steps: someText,
  /** Names that the included steps see, and their values (templates). */
  vars: z.record(z.string(), text).default({}),
});

export const include = defineAction({
  name: 'include',
  about: 'take in the steps of another document',
  flow: 'include',
  params: withShortForm([someText], (steps) => ({ steps }), long),
  effect: 'read',
  summary: ({ steps }) => `the steps of ${steps}`,
});
