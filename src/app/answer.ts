/** Answers a question of a run, with a file as evidence where one is given. */
import { takeFiles } from '../engine/attach.ts';
import type { Session } from '../engine/session.ts';
import type { Answer, Question } from '../run/question.ts';

export interface GivenAnswer {
  /** The question that the person saw; a later one is not answered by it. */
  readonly question: Question;
  readonly answer: Answer;
  /** A file that is taken into the run first, as evidence for `done`. */
  readonly attach?: string | undefined;
}

/** Rejects with `AnswerError`, and then nothing is answered. */
export async function answerQuestion(session: Session, { question, answer, attach }: GivenAnswer): Promise<void> {
  const given = attach === undefined || answer.kind !== 'done' ? answer : { ...answer, attach: [attach] };
  await session.answer(await takeFiles(session, given, question), question);
}
