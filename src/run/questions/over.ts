/** Another run changed the target since, and rolling back would undo this one beneath it. Answers: the newest such run by name and a reason; pause. */
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import type { NewerRun } from '../event-holds.ts';
import { utcMinute } from '../instants.ts';
import { accepts, refuses } from '../response.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface OverQuestion extends AtStep {
  readonly kind: 'over';
  /** Newest first; not empty. */
  readonly newer: readonly NewerRun[];
}

/** Asks whether to roll back over `newer`. */
export function overQuestion(head: AtStep, newer: readonly NewerRun[]): OverQuestion {
  return { kind: 'over', ...head, newer };
}

/** What it did there, one line. */
export function newerWords({ run, title, at, values }: NewerRun): string {
  return `run ${run} (${title}${values === '' ? '' : `, ${values}`}) changed it at ${utcMinute(at)}`;
}

export const over: QuestionKind<OverQuestion> = {
  identity: (question) => `${byVisit(question)} ${question.newer[0]?.run ?? ''}`,
  waitsFor: ({ newer }) => `a decision to roll back although ${newer.map(newerWords).join('; ')}`,
  respond: ({ question: { newer }, answer, actor }) => {
    const newest = newer[0]?.run ?? '';
    if (answer.kind !== 'over')
      return refuses(`the target was changed since: name ${newest} to roll back over it, or pause`);
    if (answer.run !== newest) return refuses(`"${answer.run}" is not the newest run on the target; that is ${newest}`);
    return accepts(draftBy(actor, 'rollback.permitted', { over: newest, reason: answer.reason }));
  },
  forms: [forms.over],
  answeredBy: answeredByAny('rollback.permitted'),
};
