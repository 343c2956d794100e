/** What a command does that nobody has looked at. */
import type { Answer } from '../../../run/question.ts';
import type { Choice, Dialog } from '../dialog.ts';
import { form, pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. It stands on the choice that runs nothing. */
export function reviewDialog(question: Of<'review'>): Dialog {
  const reviewed = (label: string, as: Extract<Answer, { kind: 'review' }>['as'], about: string): Choice => ({
    ...form(label, [], () => ({ kind: 'answer', question, answer: { kind: 'review', as } })),
    about,
    confirm: 'It runs now. Go on?',
  });
  const choices = [
    reviewed('It reads', 'read', 'It changes nothing, so it may run again at any time.'),
    reviewed('It is safe to repeat', 'idempotent', 'It changes something, and twice is the same as once.'),
    reviewed('It changes something', 'once', 'It is never repeated unasked. Say later how it is taken back: undo.'),
    reasoned(question, 'Do not run it', 'skip', { reason: 'reviewed: not to be run' }),
    pauseChoice(question),
  ];
  return {
    key: questionKey(question),
    title: `REVIEW ${question.step}: ${question.title}`,
    tone: 'warning',
    text: ['Nobody has said yet what this does. It is asked once, and written into the document.'],
    subject: { kind: 'step', step: question.step },
    choices,
    start: 3,
    showsOutput: false,
  };
}
