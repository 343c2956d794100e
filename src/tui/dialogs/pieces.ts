/** What dialogs are put together from: fields, choices, and the choices that most questions share. */
import type { Question } from '../../run/question.ts';
import type { Subject } from '../subject.ts';
import type { Choice, Field, Intent, Values } from './dialog.ts';

/** A field to fill in. */
export function fieldOf(id: string, label: string, required: boolean, initial = ''): Field {
  return { id, label, initial, secret: false, required, confirms: false };
}

/** A required reason. */
export const reasonField: Field = {
  id: 'reason',
  label: 'Reason',
  initial: '',
  secret: false,
  required: true,
  confirms: false,
};

/** A choice that asks nothing once more. */
export function form(label: string, fields: readonly Field[], submit: (values: Values) => Intent): Choice {
  return { label, mark: '', fields, about: null, confirm: null, confirms: null, submit };
}

type Reasoned = 'retry' | 'rollback' | 'accept' | 'passed' | 'skip';

/** What asks y/n once more, because commands run by it: Enter alone never makes one run. Null: nothing runs by it. */
function confirmation(question: Question, kind: Reasoned): string | null {
  const step = 'step' in question ? question.step : 'it';
  switch (kind) {
    case 'retry':
      return `${step} runs again. Go on?`;
    case 'accept':
      return `${step} runs then. Go on?`;
    case 'rollback':
      return 'What really ran is undone, newest first. Roll back now?';
    default:
      return null;
  }
}

/** Fields for the values that a step would have captured. */
export function valueFields(captures: readonly string[]): readonly Field[] {
  return captures.map((name) =>
    fieldOf(`set ${name}`, `${name}, which it would have captured (empty: as it is)`, false),
  );
}

/** What was filled into `valueFields`. */
export function valuesGiven(captures: readonly string[], values: Values): { readonly set?: Record<string, string> } {
  const given = captures.flatMap((name): [string, string][] => {
    const value = values[`set ${name}`] ?? '';
    return value === '' ? [] : [[name, value]];
  });
  return given.length === 0 ? {} : { set: Object.fromEntries(given) };
}

/** What a choice with a reason begins with, and which values it takes. */
interface Beginning {
  /** A reason that is good enough as it stands. */
  readonly reason?: string;
  /** The variables that the step would have captured. */
  readonly captures?: readonly string[];
  /** What asks once more, where the usual words do not fit. */
  readonly confirm?: string;
}

/** An answer that carries a reason. */
export function reasoned(
  question: Question,
  label: string,
  kind: Reasoned,
  { reason: initial = '', captures = [], confirm: asked }: Beginning = {},
): Choice {
  const fields = [{ ...reasonField, initial }, ...valueFields(captures)];
  const choice = form(label, fields, ({ reason = '', ...values }) => ({
    kind: 'answer',
    question,
    answer: { kind, reason, ...valuesGiven(captures, values) },
  }));
  const confirm = asked ?? confirmation(question, kind);
  return { ...choice, confirm, confirms: confirm === null ? null : shownBy(question, kind) };
}

/** What runs by an answer of that kind. */
function shownBy(question: Question, kind: Reasoned): Subject | null {
  if (kind === 'rollback') return { kind: 'plan' };
  return 'step' in question ? { kind: 'step', step: question.step } : null;
}

/** Pauses the run at `question`. */
export function pauseChoice(question: Question): Choice {
  return form('Pause the run and quit', [], () => ({ kind: 'answer', question, answer: { kind: 'pause' } }));
}

/** A choice for each of `values`, sent as the answer. */
export function valueChoices(choices: readonly string[], answer: (value: string) => Intent): readonly Choice[] {
  return choices.map((value) => form(value, [], () => answer(value)));
}
