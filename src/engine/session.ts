/**
 * What a front end sees of a running engine: the terminal app, plain prompts, `--headless` and the tests all drive this
 * and hold no run state of their own.
 */
import type { Actor, Evidence, RunEvent } from '../run/event.ts';
import type { ItemAnswer } from '../run/judging.ts';
import { type Answer, isSameQuestion, type Question } from '../run/question.ts';
import type { Saying } from '../run/saying.ts';
import type { ProbeState, RunState } from '../run/state.ts';

/**
 * What the engine is doing right now. `waiting`: a person must answer `question`, and may
 * answer one of `others` first. `retrying`: until epoch ms. `probing`: something is
 * read that no step is.
 */
export type Activity =
  | { readonly kind: 'busy'; readonly step: string | null; readonly since: number }
  | { readonly kind: 'probing'; readonly probe: ProbeState }
  | { readonly kind: 'retrying'; readonly step: string; readonly until: number }
  | { readonly kind: 'waiting'; readonly question: Question; readonly others: readonly Question[] }
  | { readonly kind: 'ended' };

export interface Session {
  readonly id: string;
  state(): RunState;
  activity(): Activity;
  /** The run's time, epoch ms: what its records are dated by, whatever becomes of the machine's clock. */
  now(): number;
  /** Called after every append with its events and after every change of activity with none; returns the unsubscribe function. */
  subscribe(listener: (events: readonly RunEvent[]) => void): () => void;
  /**
   * Answers `question`, which must still be open: steps that run side by side may have brought up another.
   * Rejects with `AnswerError` (message for the operator) when it is not, or when the answer does not fit; nothing is
   * changed then.
   */
  answer(answer: Answer, question: Question): Promise<void>;
  /** The same on behalf of `actor`: an answers file is one. */
  answerAs(answer: Answer, question: Question, actor: Actor): Promise<void>;
  /**
   * Copies a file (from the folder that commands run in, unless absolute) into the run, as evidence for an answer to `question`. Rejects with
   * `AnswerError` when it cannot be read or the question is not open any more.
   */
  attach(path: string, question: Question): Promise<Evidence>;
  /** Writes a note, which may begin with what it is, as `!decision`. Rejects with `AnswerError` where it says what cannot be. */
  note(text: string, step?: string): Promise<void>;
  /** Says something beside what is asked. Rejects with `AnswerError` where that cannot be. */
  say(saying: Saying): Promise<void>;
  /** Has a step that is done visited once more. Rejects with `AnswerError` where it cannot be. */
  redo(step: string, reason: string): Promise<void>;
  /** Gives a variable another value. Rejects with `AnswerError` where it cannot have it. */
  correct(name: string, value: string, reason: string): Promise<void>;
  /** Says what an item that is closed comes to. Rejects with `AnswerError` where nobody can. */
  judge(step: string, answer: ItemAnswer): Promise<void>;
  /** Starts the rollback now: it begins when every running attempt has ended or is settled. */
  rollback(reason: string): Promise<void>;
  /** Ends the running attempt: TERM, then KILL; the step is failed with `reason`. */
  stop(reason: string): Promise<void>;
  /** Records that it is paused and lets go; running commands go on. Resolves when the journal is closed. */
  leave(reason: 'asked' | 'interrupted' | 'waiting'): Promise<void>;
  /** Ends the run for good without finishing it; refused while something runs. */
  abandon(reason: string): Promise<void>;
  /** Resolves with the exit code when the run ended or was left. */
  readonly done: Promise<number>;
}

/** The answer does not fit the open question. The message says what would. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
}

/** The question of `activity` that is the same as `question`; throws `AnswerError` where that is not asked (any more). */
export function openQuestion(activity: Activity, question: Question): Question {
  if (activity.kind !== 'waiting') throw new AnswerError('nothing is asked now');
  const asked = [activity.question, ...activity.others].find((one) => isSameQuestion(one, question));
  if (asked === undefined) throw new AnswerError('something else is asked now; look again');
  return asked;
}
