/** The run is offered to somebody, who takes it by reading back what is in doubt and owed. */
import { handoverLines } from '../../../report/handover.ts';
import { idsIn, readBackWords } from '../../../run/handing-over.ts';
import type { RunState } from '../../../run/state.ts';
import type { Dialog } from '../dialog.ts';
import { fieldOf, form, pauseChoice, reasonField } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function handoverDialog(question: Of<'handover'>, state: RunState): Dialog {
  const { to, read } = question;
  const ids = { ...fieldOf('ids', readBackWords(read), read.length > 0), confirms: true };
  return {
    key: questionKey(question),
    title: `${to} is to take this run over; until then nothing is changed`,
    tone: 'warning',
    text: handoverLines(state),
    subject: null,
    choices: [
      form(`${to} takes it over`, [fieldOf('by', 'Your name', true), ids], ({ by = '', ids: typed = '' }) => ({
        kind: 'answer',
        question,
        answer: { kind: 'take-over', by, read: idsIn(typed) },
      })),
      form('Withdraw it: the run stays where it is', [reasonField], ({ reason = '' }) => ({
        kind: 'answer',
        question,
        answer: { kind: 'withdraw', reason },
      })),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}
