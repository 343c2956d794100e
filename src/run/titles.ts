/** What steps are called where they are listed. */
import type { StepId } from '../runbook/document.ts';
import { outlineOf } from './outline.ts';
import { noSecrets, shown, viewOf } from './scope.ts';
import type { ProbeState, RunState } from './state.ts';

/** The title of a step of the document as lists show it; a copy that the run made has its values in it. Null: there is none. */
export function titleListed(state: RunState, id: StepId): string | null {
  const step = outlineOf(state.runbook).places.get(id)?.step;
  if (step === undefined) return null;
  if (step.copies === undefined) return step.title;
  const view = viewOf({ state, specs: new Map(), secrets: noSecrets }, id, null, null);
  return view.ok ? shown(step.title, view.value) : step.title;
}

/** What a probe does, for whoever waits for it. */
export function probeText({ probe, step }: Pick<ProbeState, 'probe' | 'step'>): string {
  if (probe === 'done-when') return `looking whether ${step ?? ''} is done already`;
  return step === null ? "reading the target's identity" : `reading the target's identity before ${step}`;
}
