/** The target was changed by a newer run, which a rollback would go over. */
import { newerWords } from '../../../run/questions/over.ts';
import type { Dialog } from '../dialog.ts';
import { fieldOf, form, pauseChoice, reasonField } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function overDialog(question: Of<'over'>): Dialog {
  const newest = question.newer[0]?.run ?? '';
  return {
    key: questionKey(question),
    title: 'Another run has changed the target since this one did',
    tone: 'danger',
    text: [
      ...question.newer.map(newerWords),
      'Rolling back puts back what was there before this run, not what that run left.',
    ],
    subject: { kind: 'plan' },
    choices: [
      form(
        'Roll back over it',
        [{ ...fieldOf('run', `Type ${newest} to roll back over it`, true), confirms: true }, reasonField],
        ({ run = '', reason = '' }) => ({ kind: 'answer', question, answer: { kind: 'over', run, reason } }),
      ),
      pauseChoice(question),
    ],
    start: 1,
    showsOutput: false,
  };
}
