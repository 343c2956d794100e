/**
 * An answer that is on record, and what follows from it: a write that was torn behind the answer is made good, never asked anew.
 */
import type { Visiting } from './arrival.ts';
import { draft } from './draft.ts';
import type { DataOf, EventDraft } from './event.ts';
import type { RunState } from './state.ts';

/** The answer, or the chosen label, as the value of the variable that keeps it; null: none does, or it is on record. */
export function keepsAnswer({ state, step, visit, at }: Visiting): EventDraft | null {
  const name = Object.keys(step.capture)[0];
  if (name === undefined || visit.answer === null) return null;
  const isKept = state.variables.get(name)?.some((value) => value.step === step.id && value.seq > visit.openedSeq);
  if (isKept === true) return null;
  return draft('variable.set', { name, value: visit.answer, source: 'capture', ...at });
}

/** `state` without the answer to `step`. A gonogo of before asked again after a torn write, and was answered again. */
export function unanswered(state: RunState, { step: id, visit: number }: DataOf<'step.answered'>): RunState {
  const step = state.steps.get(id);
  const visit = step?.visits.at(-1);
  if (step === undefined || visit === undefined || visit.visit !== number || visit.answeredSeq === 0) return state;
  const asked = { ...visit, answer: null, answeredSeq: 0 };
  return { ...state, steps: state.steps.with(id, { ...step, visits: step.visits.replaceLast(asked) }) };
}
