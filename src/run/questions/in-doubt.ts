/**
 * What an attempt came to cannot be known. Answers: settle it as passed, failed or to be run again; rollback, pause. Of one that
 * still runs and cannot be ended, only: settle it as failed.
 */
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import { outlivedReason } from '../failure.ts';
import { accepts, refuses } from '../response.ts';
import type { AttemptState } from '../state.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface InDoubtQuestion extends AtStep {
  readonly kind: 'in-doubt';
  readonly attempt: number;
  readonly reason: string;
  /** Of the attempt, relative to the run's. */
  readonly folder: string;
  /** It was to be ended and still runs. */
  readonly runsOn: boolean;
}

/** Asks what became of `attempt`. */
export function inDoubtQuestion(head: AtStep, { attempt, doubt, folder }: AttemptState): InDoubtQuestion {
  return {
    kind: 'in-doubt',
    ...head,
    attempt,
    reason: doubt ?? 'its outcome is not recorded',
    folder,
    runsOn: false,
  };
}

/** True for an attempt that was to be ended and cannot be: it waits for its end, or for a person. */
export function isHeld({ outlived }: AttemptState): boolean {
  return outlived !== null && outlived.cause !== 'supervisor';
}

/** Asks about `attempt`, which could not be ended. */
export function outlivedQuestion(head: AtStep, { attempt, outlived, folder }: AttemptState): InDoubtQuestion {
  const reason = outlivedReason(outlived ?? { cause: 'stop', processes: [] });
  return { kind: 'in-doubt', ...head, attempt, reason, folder, runsOn: true };
}

export const inDoubt: QuestionKind<InDoubtQuestion> = {
  identity: (question) => `${byVisit(question)} ${question.attempt}${question.runsOn ? ' runs' : ''}`,
  waitsFor: ({ step, runsOn, reason }) =>
    runsOn
      ? `the end of ${step}, or a decision: ${reason}; end it by hand, or settle the step as failed`
      : `a decision: the outcome of ${step} is in doubt`,
  respond: ({ question: { step, visit, attempt, runsOn }, answer, actor }) => {
    if (answer.kind !== 'settle') {
      const ways = runsOn ? 'still runs: settle it as failed' : 'is in doubt: settle it as passed, failed or run again';
      return refuses(`${runsOn ? step : `the outcome of ${step}`} ${ways}`);
    }
    if (runsOn && answer.as !== 'failed') {
      return refuses(
        `${step} still runs, so it can only be settled as failed; once it has ended it can be settled otherwise`,
      );
    }
    return accepts(draftBy(actor, 'attempt.settled', { step, visit, attempt, as: answer.as, reason: answer.reason }));
  },
  forms: [forms.settle],
  answeredBy: answeredByAny('attempt.settled'),
};
