/** A step that was started and whose outcome is not known. */
import type { Choice, Dialog } from '../dialog.ts';
import { form, pauseChoice, reasonField } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function doubtDialog(question: Of<'in-doubt'>): Dialog {
  const settle = (label: string, as: 'passed' | 'failed' | 'rerun'): Choice =>
    form(label, [reasonField], (values) => ({
      kind: 'answer',
      question,
      answer: { kind: 'settle', as, reason: values.reason ?? '' },
    }));
  const rerun: Choice = {
    ...settle('It never took effect: run it again', 'rerun'),
    confirm: `${question.step} runs again. Go on?`,
    confirms: { kind: 'step', step: question.step },
  };
  return {
    key: questionKey(question),
    title: `${question.runsOn ? 'STILL RUNS' : 'IN DOUBT'} ${question.step}: ${question.title}`,
    tone: 'danger',
    text: question.runsOn
      ? [`It could not be ended. ${question.reason}.`, 'End it by hand: the step goes on by itself then. Or settle it.']
      : [
          `It was started and its outcome is not known: ${question.reason}.`,
          'Look at its output and at the system before you decide.',
        ],
    subject: null,
    choices: [
      { ...pauseChoice(question), label: 'Pause, to look first' },
      ...(question.runsOn
        ? [settle('It failed: go on although it still runs', 'failed')]
        : [settle('It passed', 'passed'), settle('It failed', 'failed'), rerun]),
    ],
    start: 0,
    showsOutput: true,
  };
}
