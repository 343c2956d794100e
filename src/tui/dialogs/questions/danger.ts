/** A step that is run by typing the name of its target. */
import type { Dialog } from '../dialog.ts';
import { fieldOf, form } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function dangerDialog(question: Of<'danger'>): Dialog {
  const last = 'It has no undo: this is the point of no return.';
  return {
    key: questionKey(question),
    title: `DANGER ${question.step}: ${question.title}`,
    tone: 'danger',
    text: [...(question.pointOfNoReturn ? [last] : []), `It runs on ${question.target}:`],
    subject: { kind: 'step', step: question.step },
    choices: [
      form(
        'Run it',
        [{ ...fieldOf('target', `Type ${question.target} to run it`, true), confirms: true }],
        (values) => ({
          kind: 'answer',
          question,
          answer: { kind: 'confirm', target: values.target ?? '' },
        }),
      ),
    ],
    start: 0,
    showsOutput: false,
  };
}
