/** Another run holds the target of the step. */
import { holderWords } from '../../../run/questions/held.ts';
import type { Dialog } from '../dialog.ts';
import { form, pauseChoice, reasoned, reasonField } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function heldDialog(question: Of<'held'>): Dialog {
  const { step, target, holders, waits } = question;
  const lost = holders.some(({ problem }) => problem !== null);
  const alongside = form('Go on alongside', [reasonField], ({ reason = '' }) => ({
    kind: 'answer',
    question,
    answer: { kind: 'alongside', reason },
  }));
  return {
    key: questionKey(question),
    title: waits ? `${step} waits until ${target} is let go` : `Another run holds ${target}, which ${step} changes`,
    tone: waits ? 'warning' : 'danger',
    text: [
      ...holders.map(holderWords),
      ...holders
        .filter(({ problem }) => problem === null)
        .map(({ run }) => `Watch it from another terminal: gonogo watch ${run}`),
      'Going on alongside is recorded by both runs.',
    ],
    subject: null,
    choices: [
      ...(waits || lost
        ? []
        : [
            form(
              'Wait until it is let go',
              [],
              () => ({ kind: 'answer', question, answer: { kind: 'wait' } }) as const,
            ),
          ]),
      { ...alongside, confirm: 'Both runs change the same target then. Go on?', confirms: { kind: 'step', step } },
      reasoned(question, 'Roll back', 'rollback'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}
