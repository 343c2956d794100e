/** When two questions are the same one. */
import type { Question } from '../../run/question.ts';

/** The question of one kind. */
export type Of<K extends Question['kind']> = Extract<Question, { kind: K }>;

/** Identity of a question: equal when the same thing is asked at the same arrival. */
export function questionKey(question: Question): string {
  switch (question.kind) {
    case 'variable':
      return `variable ${question.name}`;
    case 'window':
      return `window ${question.seq}`;
    case 'handover':
      return `handover ${question.seq} ${question.read.join(' ')}`;
    case 'obligations':
      return `obligations ${question.open.map(({ step }) => step).join(' ')}`;
    case 'held':
      return `held ${question.step} ${question.visit} ${question.waits} ${question.holders.map(({ run }) => run).join(' ')}`;
    case 'over':
      return `over ${question.step} ${question.visit} ${question.newer[0]?.run ?? ''}`;
    case 'earlier':
      return `earlier ${question.open.map(({ run, step }) => `${run}.${step}`).join(' ')}`;
    case 'approve':
      return `approve ${question.step} ${question.visit} ${question.given.length}`;
    case 'in-doubt':
      return `in-doubt ${question.step} ${question.visit} ${question.attempt}`;
    case 'failure':
      return `failure ${question.step} ${question.visit} ${question.reason}`;
    case 'item':
      return `item ${question.step} ${question.visit} ${question.again ?? ''}`.trimEnd();
    case 'no-go':
      return `no-go ${question.step} ${question.visit} ${question.blockers.join(' ')}`;
    default:
      return `${question.kind} ${question.step} ${question.visit}`;
  }
}
