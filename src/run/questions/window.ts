/** The moment has come at which a rollback would just fit. Answers: roll back, go on (with reason), pause. */
import { atEndOf, clockName } from '../decision-clock.ts';
import { draftBy } from '../draft.ts';
import { utcMinute } from '../instants.ts';
import { accepts, refuses } from '../response.ts';
import { hasChanged } from '../rollback.ts';
import type { RunState } from '../state.ts';
import { answeredByAny, type QuestionKind } from './kind.ts';

export interface WindowQuestion {
  readonly kind: 'window';
  /** Record that says so. */
  readonly seq: number;
  /** `window`, or the phase whose budget it is. */
  readonly of: string;
  readonly endsAt: number;
  readonly rollbackMs: number;
  readonly basis: 'earlier' | 'timeouts';
  /** What the document says to it where nobody is there. */
  readonly atEnd: 'rollback' | 'pause' | null;
}

/** The question that is open in `state`; null: none is. */
export function windowQuestion(state: RunState): WindowQuestion | null {
  const open = state.decisions.find(({ goneOn }) => goneOn === null);
  if (open === undefined || state.rollback !== null || state.rollbackRequested !== null) return null;
  const { of, endsAt, rollbackMs, basis } = open.data;
  return { kind: 'window', seq: open.seq, of, endsAt, rollbackMs, basis, atEnd: atEndOf(state, of) };
}

export const window: QuestionKind<WindowQuestion> = {
  identity: ({ seq }) => `window ${seq}`,
  waitsFor: ({ of, endsAt }) => `a decision: roll back or go on, since ${clockName(of)} ends at ${utcMinute(endsAt)}`,
  respond: ({ state, question: { of }, answer, actor }) => {
    if (answer.kind === 'go-on') return accepts(draftBy(actor, 'decision.made', { of, reason: answer.reason.trim() }));
    if (answer.kind !== 'rollback') return refuses('roll back, go on with a reason, or pause');
    if (hasChanged(state)) return accepts(draftBy(actor, 'rollback.requested', { reason: answer.reason }));
    const waiting = 'nothing was changed, so there is nothing to roll back';
    return accepts(draftBy(actor, 'run.paused', { reason: 'no-change', waiting }));
  },
  forms: [],
  unattended: ({ of, endsAt, atEnd }) =>
    atEnd === 'rollback'
      ? { kind: 'rollback', reason: `${clockName(of)} ends at ${utcMinute(endsAt)}, and nobody decided` }
      : null,
  answeredBy: answeredByAny('decision.made', 'rollback.requested'),
};
