/** The target's identity reads otherwise than at the start. Answers: accept (with reason), retry, skip, rollback, pause. */

import { forms } from '../answer-form.ts';
import { type Arrival, headOf } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import type { DataOf } from '../event.ts';
import { accepts, refuses, skips } from '../response.ts';
import type { View } from '../scope.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface DriftQuestion extends AtStep {
  readonly kind: 'drift';
  readonly expected: string;
  readonly found: string;
}

/** Asks what to make of `read`, the newest reading. */
export function driftQuestion(arrival: Arrival, view: View, read: DataOf<'target.read'>): DriftQuestion {
  const first = arrival.state.targets.find(({ data }) => data.ok);
  return {
    kind: 'drift',
    ...headOf(arrival, view),
    expected: first?.data.identity ?? 'not recorded',
    found: read.reason ?? read.identity,
  };
}

export const drift: QuestionKind<DriftQuestion> = {
  identity: byVisit,
  waitsFor: ({ step }) => `a decision: the target of ${step} is not the one of the start`,
  respond: ({ question, answer, actor }) => {
    const { step, visit, expected, found } = question;
    switch (answer.kind) {
      case 'accept':
        return accepts(draftBy(actor, 'drift.accepted', { step, visit, identity: found, reason: answer.reason }));
      case 'retry':
        return accepts(draftBy(actor, 'step.retried', { step, visit, reason: answer.reason }));
      case 'skip':
        return skips(question, answer.reason, actor);
      default:
        return refuses(`the target reads "${found}", not "${expected}": accept, retry, skip, roll back or pause`);
    }
  },
  forms: [forms.accept, forms.retry, forms.skip, forms.rollback],
  answeredBy: answeredByAny('drift.accepted', 'step.retried'),
};
