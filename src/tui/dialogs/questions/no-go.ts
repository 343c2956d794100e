/** A checklist that says no-go, as a gate or by itself. */

import type { RunState } from '../../../run/state.ts';
import type { Choice, Dialog } from '../dialog.ts';
import { fieldOf, form, pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function noGoDialog(question: Of<'no-go'>, state: RunState): Dialog {
  const waivers = question.blockers.map((item): Choice => {
    const fields = [
      fieldOf('by', 'Who accepts it', true, state.operator),
      fieldOf('why', 'Why', true),
      fieldOf('until', 'Until (YYYY-MM-DD)', true),
    ];
    const waive = form(`Waive ${item}`, fields, ({ by = '', why = '', until = '' }) => ({
      kind: 'answer',
      question,
      answer: { kind: 'waive', item, by, why, until },
    }));
    return { ...waive, about: item };
  });
  const audit = question.audit === true;
  const end = form('End with this verdict', [], () => ({ kind: 'answer', question, answer: { kind: 'done' } }));
  return {
    key: questionKey(question),
    title: audit ? `NO-GO: ${question.title}` : `NO-GO ${question.step}: ${question.title}`,
    tone: 'danger',
    text: [
      ...question.reasons,
      ...(audit
        ? []
        : ['The run goes on when this is a go: checked again, or with each blocker waived. A gate cannot be skipped.']),
    ],
    subject: null,
    choices: audit
      ? [end, ...waivers, pauseChoice(question)]
      : [
          reasoned(question, 'Check again', 'retry', {
            reason: 'check again',
            confirm: 'What was read is read again. Go on?',
          }),
          ...waivers,
          reasoned(question, 'Roll back', 'rollback'),
          pauseChoice(question),
        ],
    start: 0,
    showsOutput: false,
  };
}
