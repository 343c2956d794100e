/**
 * Carries an answer out: its file is taken into the run, then the question is answered.
 */
import type { Session } from '../engine/session.ts';
import type { Intent } from './dialogs/dialog.ts';

/** Rejects with `AnswerError`, and then nothing is answered. */
export async function sendAnswer(session: Session, intent: Extract<Intent, { kind: 'answer' }>): Promise<void> {
  const { answer, question, attach } = intent;
  if (attach === undefined || answer.kind !== 'done') return await session.answer(answer, question);
  const evidence = await session.attach(attach, question);
  await session.answer({ ...answer, evidence: [...(answer.evidence ?? []), evidence] }, question);
}
