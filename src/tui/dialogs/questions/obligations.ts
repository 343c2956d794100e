/** What is still owed when everything is done. */
import type { Dialog } from '../dialog.ts';
import { fieldOf, form, pauseChoice } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function obligationsDialog(question: Of<'obligations'>): Dialog {
  return {
    key: questionKey(question),
    title: 'Everything is done, but something is still owed',
    tone: 'warning',
    text: ['The run completes when each is handed over to somebody by name.'],
    subject: null,
    choices: [
      ...question.open.map(({ step, text }) =>
        form(`Hand over: ${text}`, [fieldOf('to', 'To whom', true)], (values) => ({
          kind: 'answer',
          question,
          answer: { kind: 'hand-over', step, to: values.to ?? '' },
        })),
      ),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}
