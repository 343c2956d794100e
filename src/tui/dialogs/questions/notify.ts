/** A message that is to go out. */
import type { Dialog } from '../dialog.ts';
import { fieldOf, form, pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function notifyDialog(question: Of<'notify'>): Dialog {
  const send = form('Send, after a last look', [fieldOf('text', 'Text', true, question.text)], (values) => ({
    kind: 'answer',
    question,
    answer: { kind: 'value', value: values.text ?? '' },
  }));
  return {
    key: questionKey(question),
    title: `Send, ${question.step}: ${question.title}`,
    tone: 'plain',
    text: [question.text],
    subject: null,
    choices: [
      { ...send, confirm: 'It goes out as it stands here. Send it?', repeats: 'text' },
      reasoned(question, 'Do not send', 'skip'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}
