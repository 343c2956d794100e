/** The target reads another identity than at the start. */
import type { Dialog } from '../dialog.ts';
import { pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function driftDialog(question: Of<'drift'>): Dialog {
  return {
    key: questionKey(question),
    title: titleOf(question),
    tone: 'danger',
    text: [
      `At the start it read: ${question.expected ?? 'nothing, it could not be read'}`,
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

function titleOf({ unread, expected, step }: Of<'drift'>): string {
  if (unread) return `The target of ${step} cannot be read`;
  return expected === null
    ? `Is this the right target of ${step}?`
    : `The target of ${step} is not the one of the start`;
}
