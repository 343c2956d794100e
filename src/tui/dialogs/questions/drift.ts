/** The target reads another identity than at the start. */
import type { Dialog } from '../dialog.ts';
import { pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function driftDialog(question: Of<'drift'>): Dialog {
  return {
    key: questionKey(question),
    title: question.unread
      ? `The target of ${question.step} cannot be read`
      : `The target of ${question.step} is not the one of the start`,
    tone: 'danger',
    text: [
      `At the start it read: ${question.expected}`,
      question.unread ? `Now nothing is known: ${question.found}` : `Now it reads:        ${question.found}`,
    ],
    subject: null,
    choices: [
      reasoned(question, 'Read it again', 'retry', { reason: 'read again' }),
      reasoned(question, 'Accept it and go on', 'accept'),
      reasoned(question, 'Skip the step', 'skip'),
      reasoned(question, 'Roll back', 'rollback'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}
