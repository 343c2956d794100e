/** A gate that waits for consent. */

import type { RunState } from '../../../run/state.ts';
import { counted } from '../../present/format.ts';
import type { Choice, Dialog } from '../dialog.ts';
import { fieldOf, form, pauseChoice, reasoned, reasonField } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

const emergencyText =
  'In an emergency the run may go on for a reason; the approval is owed then. A name given here is claimed, not signed.';

/** The dialog of such a question. */
export function approveDialog(question: Of<'approve'>, state: RunState): Dialog {
  const who = question.from.length === 0 ? '' : `, from ${question.from.join(', ')}`;
  const nobody =
    question.owed === null ? 'Nobody has approved yet.' : `Nobody has since ${question.owed} called an emergency.`;
  const given = question.given.length === 0 ? nobody : `Given by: ${question.given.join(', ')}.`;
  const command = `gonogo approve ${state.id} ${question.step} --key FILE`;
  const approve = form('Approve', [fieldOf('by', 'Name of who approves', true)], (values) => ({
    kind: 'answer',
    question,
    answer: { kind: 'approve', by: values.by ?? '' },
  }));
  const refuse = form('Refuse', [fieldOf('by', 'Name of who refuses', true), reasonField], (values) => ({
    kind: 'answer',
    question,
    answer: { kind: 'refuse', by: values.by ?? '', reason: values.reason ?? '' },
  }));
  const emergency = form(
    'Go on in an emergency',
    [fieldOf('by', 'Name of who calls it', true), reasonField],
    (values) => ({
      kind: 'answer',
      question,
      answer: { kind: 'emergency', by: values.by ?? '', reason: values.reason ?? '' },
    }),
  );
  const wait: Choice = form('Wait for it; the run stays as it is', [], () => ({ kind: 'back' }));
  return {
    key: questionKey(question),
    title: `Approval, ${question.step}: ${question.title}`,
    tone: 'plain',
    text: [
      `It takes ${counted(question.count, 'approval')}${who}. ${given}`,
      question.signed
        ? `It must be signed. Whoever approves runs: ${command}`
        : 'A name given here is recorded as claimed, not as signed.',
      ...question.without.map((not) => `Not counted: ${not}.`),
      ...(question.emergency ? [emergencyText] : []),
    ],
    subject: null,
    choices: [
      question.signed ? wait : approve,
      ...(question.owed === null ? [refuse] : []),
      ...(question.emergency ? [emergency] : []),
      reasoned(question, 'Roll back', 'rollback'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}
