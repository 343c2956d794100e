/** Where to go on. */
import type { Choice, Dialog } from '../dialog.ts';
import { form, reasonField } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function chooseDialog(question: Of<'choose'>): Dialog {
  const choices = question.options.map(({ label, suggested }): Choice => {
    if (suggested) {
      const taken = form(label, [], () => ({ kind: 'answer', question, answer: { kind: 'choose', label } }));
      return { ...taken, mark: 'suggested' };
    }
    return form(label, [reasonField], (values) => ({
      kind: 'answer',
      question,
      answer: { kind: 'choose', label, reason: values.reason ?? '' },
    }));
  });
  return {
    key: questionKey(question),
    title: `${question.step}: ${question.title}`,
    tone: 'plain',
    text: [question.question],
    subject: null,
    choices,
    start: Math.max(
      0,
      question.options.findIndex(({ suggested }) => suggested),
    ),
    showsOutput: true,
  };
}
