/**
 * The target's identity reads otherwise than at the start, cannot be read, or is read for the first time. Answers: accept (with reason), retry, skip,
 * rollback, pause.
 */

import { forms } from '../answer-form.ts';
import { type Arrival, headOf } from '../arrival.ts';
import { draftBy } from '../draft.ts';
import type { DataOf } from '../event.ts';
import { type KnownHost, referenceWords } from '../fleet.ts';
import { accepts, refuses, skips } from '../response.ts';
import type { View } from '../scope.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface DriftQuestion extends AtStep {
  readonly kind: 'drift';
  /** null: it could not be read at the start, so this is the first time that it says what it is. */
  readonly expected: string | null;
  readonly found: string;
  /** It could not be read, for the reason `found`: it may be the same or another. */
  readonly unread: boolean;
  /** It is this host that is another machine; absent: it is the target. */
  readonly host?: string;
}

/** Asks what to make of `read`, the newest reading. */
export function driftQuestion(arrival: Arrival, view: View, read: DataOf<'target.read'>): DriftQuestion {
  const { reference } = arrival.state;
  return {
    kind: 'drift',
    ...headOf(arrival, view),
    expected: reference,
    found: reference === null && read.unread !== true ? read.identity : (read.reason ?? read.identity),
    unread: read.unread === true,
  };
}

/** Asks what to make of a host that is another machine than before. */
export function hostDriftQuestion(arrival: Arrival, view: View, host: KnownHost): DriftQuestion {
  const { name, reference, newest } = host;
  return {
    kind: 'drift',
    ...headOf(arrival, view),
    expected: reference === null ? null : referenceWords(reference),
    found: newest === null ? '' : referenceWords(newest),
    unread: false,
    host: name,
  };
}

export const drift: QuestionKind<DriftQuestion> = {
  identity: byVisit,
  waitsFor: ({ step, unread, found, expected, host }) => {
    if (host !== undefined)
      return `a decision: the machine of ${step} is another than before (${found}, and was ${expected})`;
    if (unread) return `a decision: the target of ${step} cannot be read (${found})`;
    return expected === null
      ? `a decision: whether the target of ${step}, which reads "${found}", is the right one; it could not be read at the start`
      : `a decision: the target of ${step} is not the one of the start`;
  },
  respond: ({ state, question, answer, actor }) => {
    const { step, visit, expected, found, unread, host } = question;
    const of = host === undefined ? {} : { host };
    switch (answer.kind) {
      case 'accept':
        return accepts(
          draftBy(actor, 'drift.accepted', { step, visit, identity: found, reason: answer.reason, ...of }),
        );
      case 'retry':
        return accepts(draftBy(actor, 'step.retried', { step, visit, reason: answer.reason }));
      case 'skip':
        return skips(state, question, answer, actor);
      default:
        return refuses(`${words(found, expected, unread)}: accept, retry, skip, roll back or pause`);
    }
  },
  forms: [forms.accept, forms.retry, forms.skip, forms.rollback],
  answeredBy: answeredByAny('drift.accepted', 'step.retried'),
};

function words(found: string, expected: string | null, unread: boolean): string {
  if (expected === null && !unread) return `the target could not be read at the start, and reads "${found}" now`;
  return unread ? `the target cannot be read: ${found}` : `the target reads "${found}", not "${expected}"`;
}
