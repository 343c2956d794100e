/** An item of a checklist that a person answers, or judges again once it is closed. */
import type { ItemAnswer } from '../../../run/judging.ts';
import { counted } from '../../present/format.ts';
import type { Choice, Dialog, Intent } from '../dialog.ts';
import { fieldOf, form, pauseChoice, reasoned } from '../pieces.ts';
import { type Of, questionKey } from '../question-key.ts';

/** The dialog of such a question. `last`: what was said about another item last; null: nothing. */
export function itemDialog(question: Of<'item'>, last: ItemAnswer | null): Dialog {
  const again = question.again !== undefined;
  const result = (label: string, as: ItemAnswer['result']): Choice =>
    form(label, [fieldOf('detail', as === 'na' ? 'Why not' : 'What it rests on', true)], ({ detail = '' }) =>
      given(question, { kind: 'item', result: as, detail }),
    );
  const others = again
    ? [form('Leave it as it is', [], (): Intent => ({ kind: 'back' }))]
    : [reasoned(question, 'Leave it unanswered, which is a no-go', 'skip'), pauseChoice(question)];
  return {
    key: questionKey(question),
    title: `${question.step}: ${question.title}`,
    tone: 'plain',
    text: [
      question.question,
      `Severity: ${question.severity}`,
      ...(again ? [beforeText(question)] : []),
      ...earlierText(question),
    ],
    subject: null,
    choices: [
      ...asBefore(question),
      result('Pass', 'pass'),
      result('Partial', 'partial'),
      result('Fail', 'fail'),
      result('Not applicable', 'na'),
      ...asLast(question, last),
      ...others,
    ],
    start: 0,
    showsOutput: false,
  };
}

/** One answer for several items, open or closed. */
export function itemsDialog(questions: readonly Of<'item'>[]): Dialog {
  const result = (label: string, as: ItemAnswer['result']): Choice =>
    form(
      label,
      [fieldOf('detail', as === 'na' ? 'Why not, for all' : 'What it rests on, for all', true)],
      ({ detail = '' }) => ({
        kind: 'all',
        what: counted(questions.length, 'item'),
        // The last open one may decide the checklist, so what is answered again comes before.
        intents: questions
          .toSorted((a, b) => Number(b.again !== undefined) - Number(a.again !== undefined))
          .map((one) => given(one, { kind: 'item', result: as, detail })),
      }),
    );
  return {
    key: `items ${questions.map(questionKey).join(' ')}`,
    title: `Answer ${counted(questions.length, 'item')} at once`,
    tone: 'plain',
    text: questions.map(
      ({ step, title, severity, again }) =>
        `${step}: ${title} (${severity})${again === undefined ? '' : `; now: ${again}`}`,
    ),
    subject: null,
    choices: [
      result('Pass', 'pass'),
      result('Partial', 'partial'),
      result('Fail', 'fail'),
      result('Not applicable', 'na'),
      form('Leave them as they are', [], (): Intent => ({ kind: 'back' })),
    ],
    start: 0,
    showsOutput: false,
  };
}

/** The answer that was given last, once more. */
function asLast(question: Of<'item'>, last: ItemAnswer | null): readonly Choice[] {
  if (last === null) return [];
  const { result, detail } = last;
  return [
    form(`As the last answer: ${result}, ${detail}`, [], () => given(question, { kind: 'item', result, detail })),
  ];
}

function given(question: Of<'item'>, answer: ItemAnswer): Intent {
  const { step, again, machine } = question;
  if (again === undefined) return { kind: 'answer', question, answer };
  return { kind: 'judge', step, answer: machine === true ? { ...answer, over: 'machine' } : answer };
}

function beforeText({ again = '', machine }: Of<'item'>): string {
  return machine === true
    ? `The machine found: ${again}. What you say counts instead; both are recorded.`
    : `Answered: ${again}. Another answer counts instead; both are recorded.`;
}

/** The answer of an earlier run, where it still counts. */
function asBefore(question: Of<'item'>): readonly Choice[] {
  const { earlier } = question;
  if (earlier === undefined || earlier.stale) return [];
  const label = `As before: ${earlier.result}, ${earlier.detail}`;
  return [form(label, [], () => ({ kind: 'answer', question, answer: { kind: 'earlier' } }))];
}

function earlierText({ earlier }: Of<'item'>): readonly string[] {
  if (earlier === undefined) return [];
  const { by, days, run, result, detail, stale } = earlier;
  const age = days === 0 ? 'today' : `${days} ${days === 1 ? 'day' : 'days'} ago`;
  const told = `Answered ${age} by ${by} in run ${run}: ${result}, ${detail}.`;
  return [stale ? `${told} That is older than its ttl, so it does not count any more.` : told];
}
