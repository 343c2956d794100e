/** An item of a checklist that a person answers. */
import type { Choice, Dialog } from '../dialog.ts';
import { fieldOf, form, pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function itemDialog(question: Of<'item'>): Dialog {
  const result = (label: string, as: 'pass' | 'partial' | 'fail' | 'na'): Choice =>
    form(label, [fieldOf('detail', as === 'na' ? 'Why not' : 'What it rests on', true)], (values) => ({
      kind: 'answer',
      question,
      answer: { kind: 'item', result: as, detail: values.detail ?? '' },
    }));
  return {
    key: questionKey(question),
    title: `${question.step}: ${question.title}`,
    tone: 'plain',
    text: [question.question, `Severity: ${question.severity}`],
    subject: null,
    choices: [
      result('Pass', 'pass'),
      result('Partial', 'partial'),
      result('Fail', 'fail'),
      result('Not applicable', 'na'),
      reasoned(question, 'Leave it unanswered, which is a no-go', 'skip'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}
