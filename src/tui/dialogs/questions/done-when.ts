/** Whether a step is done already could not be read. */
import type { Dialog } from '../dialog.ts';
import { pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function doneWhenDialog(question: Of<'done-when'>): Dialog {
  return {
    key: questionKey(question),
    title: `Is ${question.step} done already? It could not be read`,
    tone: 'danger',
    text: [
      question.reason,
      `Look yourself: it may be done, in whole or in part. ${question.step} does not run before you decide.`,
    ],
    subject: null,
    choices: [
      reasoned(question, 'Read it again', 'retry', {
        reason: 'read again',
        confirm: `It is read again, and ${question.step} runs if it is not done. Go on?`,
      }),
      reasoned(question, 'It is not done: run it', 'accept'),
      reasoned(question, 'Skip the step', 'skip'),
      reasoned(question, 'Roll back', 'rollback'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}
