/**
 * What a dialog or a y/n is about and must be seen whole before it is answered: what a step runs, what a rollback undoes, or
 * instructions. Only a name of it: `present/` draws it from the state.
 */
import type { StepId } from '../runbook/document.ts';

export type Subject =
  | { readonly kind: 'step'; readonly step: StepId }
  | { readonly kind: 'plan' }
  | { readonly kind: 'markdown'; readonly text: string };
