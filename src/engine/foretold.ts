/** What was said, as a command began, to questions that may come. */
import type { Answer, Question } from '../run/question.ts';

export interface Foretold {
  /** Why it goes on beside a run that holds its target. */
  readonly alongside?: string | undefined;
}

/** What was said to `question` before it came; null: nothing. */
export function foretoldAnswer(foretold: Foretold | undefined, question: Question): Answer | null {
  if (question.kind !== 'held' || foretold?.alongside === undefined) return null;
  return { kind: 'alongside', reason: foretold.alongside };
}
