import type { Dialog, Field, Intent } from '../dialog.ts';
import { form, valueChoices } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function variableDialog(question: Of<'variable'>): Dialog {
  const answer = (value: string): Intent => ({ kind: 'answer', question, answer: { kind: 'value', value } });
  const text = question.match === null ? [] : [`It must match: ${question.match}`];
  const head = {
    key: questionKey(question),
    title: question.question,
    tone: 'plain',
    showsOutput: false,
    subject: null,
  } as const;
  if (question.choices.length > 0) {
    return {
      ...head,
      text,
      choices: valueChoices(question.choices, answer),
      start: startAt(question.choices, question.default),
    };
  }
  const field: Field = {
    id: 'value',
    label: question.name,
    initial: question.secret ? '' : (question.default ?? ''),
    secret: question.secret,
    required: true,
    confirms: false,
  };
  const secrecy = question.secret ? ['It is kept in memory only and never recorded.'] : [];
  return {
    ...head,
    text: [...text, ...secrecy],
    choices: [form('Answer', [field], (values) => answer(values.value ?? ''))],
    start: 0,
  };
}

function startAt(choices: readonly string[], preset: string | null): number {
  return Math.max(0, preset === null ? 0 : choices.indexOf(preset));
}
