/** One of several ways on. Answers: choose a label (another than a suggested one with a reason), rollback, pause. */

import type { Step } from '../../runbook/document.ts';
import { toText } from '../../runbook/expression.ts';
import { checkValue } from '../../runbook/values.ts';
import { forms } from '../answer-form.ts';
import { type Arrival, headOf } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import { record, text } from '../json-value.ts';
import { listFrom } from '../list.ts';
import { accepts, refuses } from '../response.ts';
import { type Result, shown, type View } from '../scope.ts';
import type { RunState } from '../state.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

interface ChoiceOption {
  readonly block: number;
  readonly label: string;
  /** Its `when` holds, or it has none. Taking another needs a reason. */
  readonly suggested: boolean;
}

export interface ChooseQuestion extends AtStep {
  readonly kind: 'choose';
  readonly question: string;
  readonly options: readonly ChoiceOption[];
  /** The variable that keeps the label. */
  readonly variable: string | null;
}

/** True for a choice that nobody is asked about. */
export function isDecided({ params }: Pick<Step, 'params'>): boolean {
  return record(params)['decide'] === 'when';
}

/** Why `label` cannot be the value of `variable`; null when it can, or nothing keeps it. */
export function unfitLabel({ runbook }: RunState, variable: string | null, label: string): string | null {
  const declared = variable === null ? undefined : runbook.vars[variable];
  const wrong = declared === undefined ? null : checkValue(declared, label);
  return wrong === null ? null : `"${label}" cannot be ${variable}: ${wrong}`;
}

/** Asks for one of the step's options, or says why an option's `when` cannot be told. */
export function chooseQuestion(arrival: Arrival, view: View): Result<ChooseQuestion> {
  const { step } = arrival;
  const menu = record(record(step.params)['options'])['from'];
  const listed = typeof menu === 'string' ? menuOptions(menu, view) : null;
  if (listed?.ok === false) return listed;
  const options: ChoiceOption[] = [...(listed?.value ?? [])];
  for (const [block, { label, when }] of step.blocks.entries()) {
    const holds = when === undefined ? null : view.scope.evaluate(when, view.values);
    if (holds !== null && !holds.ok) return { ok: false, message: `option "${label}": ${holds.message}` };
    options.push({ block, label: shown(label, view), suggested: holds === null || holds.value === true });
  }
  const variable = Object.keys(step.capture)[0] ?? null;
  const question = shown(text(record(step.params)['question']), view);
  return { ok: true, value: { kind: 'choose', ...headOf(arrival, view), question, options, variable } };
}

const optionsMax = 1000;

/** One option for each value of the list that `from` comes to. */
function menuOptions(from: string, view: View): Result<readonly ChoiceOption[]> {
  const list = listFrom(from, view);
  if (!list.ok) return { ok: false, message: `options: ${list.message}` };
  const labels = [...new Set(list.value.map(toText))];
  if (labels.length === 0) return { ok: false, message: 'options: the list is empty, so there is nothing to choose' };
  if (labels.length > optionsMax) return { ok: false, message: `options: the list has more than ${optionsMax} values` };
  return { ok: true, value: labels.map((label, block) => ({ block, label, suggested: true })) };
}

export const choose: QuestionKind<ChooseQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `a choice at ${step}`,
  respond: ({ state, question: { step, visit, options, variable }, answer, actor }) => {
    const labels = options.map(({ label }) => `"${label}"`).join(', ');
    if (answer.kind !== 'choose') return refuses(`${step} asks for one of ${labels}`);
    const option = options.find(({ label }) => label === answer.label);
    if (option === undefined) return refuses(`"${answer.label}" is not an option; the options are ${labels}`);
    if (!option.suggested && (answer.reason ?? '').trim() === '') {
      return refuses(`"${option.label}" is not suggested now: taking it needs a reason`);
    }
    const { block, label } = option;
    const unfit = unfitLabel(state, variable, label);
    if (unfit !== null) return refuses(unfit);
    const reason = answer.reason === undefined ? {} : { reason: answer.reason };
    return accepts(draftBy(actor, 'option.chosen', { step, visit, block, label, ...reason }));
  },
  forms: [forms.choose],
  answeredBy: answeredByAny('option.chosen'),
};
