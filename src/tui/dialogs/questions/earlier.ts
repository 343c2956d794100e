/** What earlier runs left open on the target, before the first change of this one. */
import { owedKey } from '../../../run/holding.ts';
import type { Answer } from '../../../run/question.ts';
import { owedWords } from '../../../run/questions/earlier.ts';
import type { Choice, Dialog } from '../dialog.ts';
import { fieldOf, form, pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function earlierDialog(question: Of<'earlier'>): Dialog {
  return {
    key: questionKey(question),
    title: `Earlier runs left ${question.open.length === 1 ? 'something' : `${question.open.length} things`} open on this target`,
    tone: 'warning',
    text: [...question.open.map(owedWords), 'Each is decided, by its name, before this run changes anything.'],
    subject: null,
    choices: [
      ...question.open.flatMap((one) => choicesFor(question, owedKey(one))),
      reasoned(question, 'Roll back', 'rollback'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}

function choicesFor(question: Of<'earlier'>, item: string): readonly Choice[] {
  const choice = (label: string, field: string, answer: (text: string) => Answer): Choice =>
    form(`${label} ${item}`, [fieldOf('text', field, true)], ({ text = '' }) => ({
      kind: 'answer',
      question,
      answer: answer(text),
    }));
  return [
    choice('Settled:', 'How it was settled', (reason) => ({ kind: 'settle-owed', item, reason })),
    choice('Hand on:', 'To whom', (to) => ({ kind: 'hand-over', step: item, to })),
    choice('Defer:', 'Why it can wait', (reason) => ({ kind: 'defer', item, reason })),
  ];
}
