/** The target reads another identity than at the start. */
import type { Dialog } from '../dialog.ts';
import { pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function driftDialog(question: Of<'drift'>): Dialog {
  const again = `${question.host ?? 'The target'} is read again`;
  return {
    key: questionKey(question),
    title: titleOf(question),
    tone: 'danger',
    text: [
      `At the start it read: ${question.expected ?? 'nothing, it could not be read'}`,
      question.unread ? `Now nothing is known: ${question.found}` : `Now it reads:        ${question.found}`,
      `${question.step} does not run before you decide.`,
    ],
    subject: null,
    choices: [
      reasoned(question, 'Read it again', 'retry', {
        reason: 'read again',
        confirm: `${again}, and ${question.step} runs if it is the right one. Go on?`,
      }),
      reasoned(question, 'Accept it and go on', 'accept', {
        confirm: `${question.step} runs on what is there now. Go on?`,
      }),
      reasoned(question, 'Skip the step', 'skip'),
      reasoned(question, 'Roll back', 'rollback'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}

function titleOf({ unread, expected, step, host }: Of<'drift'>): string {
  if (host !== undefined) return `${host}, where ${step} runs, is another machine than before`;
  if (unread) return `The target of ${step} cannot be read`;
  return expected === null
    ? `Is this the right target of ${step}?`
    : `The target of ${step} is not the one of the start`;
}
