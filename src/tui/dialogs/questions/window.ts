/** The moment at which a rollback would just fit before the end of a window or a budget. */
import { basisWords, clockName } from '../../../run/decision-clock.ts';
import { utcMinute } from '../../../run/instants.ts';
import { rough } from '../../present/format.ts';
import type { Dialog } from '../dialog.ts';
import { form, pauseChoice, reasoned, reasonField } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function windowDialog(question: Of<'window'>): Dialog {
  const { of, endsAt, rollbackMs, basis } = question;
  return {
    key: questionKey(question),
    title: 'Roll back, or go on?',
    tone: 'danger',
    text: [
      `${clockName(of)} ends at ${utcMinute(endsAt)}. A rollback takes ${rough(rollbackMs)} (${basisWords({ basis, uncounted: 0 })}), so it is now or not before the end.`,
    ],
    subject: { kind: 'plan' },
    choices: [
      reasoned(question, 'Roll back', 'rollback'),
      form('Go on beyond it', [reasonField], ({ reason = '' }) => ({
        kind: 'answer',
        question,
        answer: { kind: 'go-on', reason },
      })),
      pauseChoice(question),
    ],
    start: 2,
    showsOutput: false,
  };
}
