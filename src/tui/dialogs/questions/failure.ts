/** A step that failed. */
import type { Dialog } from '../dialog.ts';
import { pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function failureDialog(question: Of<'failure'>, captures: readonly string[]): Dialog {
  const rollback = reasoned(
    question,
    'Roll back',
    'rollback',
    question.inRollback ? {} : { reason: `${question.step} failed: ${question.reason}` },
  );
  const wantsRollback = question.onFail === 'rollback' && !question.inRollback;
  const others = [
    reasoned(question, 'Retry', 'retry'),
    reasoned(question, 'Mark done by hand', 'passed', { captures }),
    reasoned(question, 'Skip', 'skip', { captures }),
  ];
  return {
    key: questionKey(question),
    title: `FAILED ${question.step}: ${question.title}`,
    tone: 'danger',
    text: [question.reason],
    subject: null,
    choices: wantsRollback
      ? [{ ...rollback, mark: 'the runbook says so' }, ...others, pauseChoice(question)]
      : [...others, ...(question.inRollback ? [] : [rollback]), pauseChoice(question)],
    start: 0,
    showsOutput: true,
  };
}
