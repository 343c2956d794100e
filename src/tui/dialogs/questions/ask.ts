/** A step that asks for a value. */
import type { Dialog, Intent } from '../dialog.ts';
import { fieldOf, form, valueChoices } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function askDialog(question: Of<'ask'>): Dialog {
  const answer = (value: string): Intent => ({ kind: 'answer', question, answer: { kind: 'value', value } });
  const choices =
    question.choices.length > 0
      ? valueChoices(question.choices, answer)
      : [
          form('Answer', [fieldOf('value', question.variable ?? 'Answer', true)], (values) =>
            answer(values.value ?? ''),
          ),
        ];
  return {
    key: questionKey(question),
    title: `${question.step}: ${question.title}`,
    tone: 'plain',
    text: [question.question, ...(question.match === null ? [] : [`It must match: ${question.match}`])],
    subject: null,
    choices,
    start: 0,
    showsOutput: false,
  };
}
