/** A step that a person does. */
import type { Answer } from '../../../run/question.ts';
import type { Dialog, Field } from '../dialog.ts';
import { fieldOf, form, pauseChoice, reasoned, reasonField } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. */
export function manualDialog(question: Of<'manual'>): Dialog {
  return {
    key: questionKey(question),
    title: `By hand, ${question.step}: ${question.title}`,
    tone: 'plain',
    text: [],
    subject: { kind: 'markdown', text: question.instructions },
    choices: [
      form('Done', [noteField, fileField], (values) => {
        const note = (values.note ?? '').trim();
        const attach = (values.file ?? '').trim();
        const answer: Answer = note === '' ? { kind: 'done' } : { kind: 'done', note };
        return { kind: 'answer', question, answer, ...(attach === '' ? {} : { attach }) };
      }),
      form('It failed', [reasonField], (values) => ({
        kind: 'answer',
        question,
        answer: { kind: 'settle', as: 'failed', reason: values.reason ?? '' },
      })),
      reasoned(question, 'Skip it', 'skip'),
      pauseChoice(question),
    ],
    start: 0,
    showsOutput: false,
  };
}

const noteField: Field = fieldOf('note', 'Note (may stay empty)', false);

const fileField: Field = fieldOf('file', 'File as evidence (may stay empty)', false);
