/**
 * `respond`: what an answer to the open question makes true. The counterpart of `decide`; nothing is executed here.
 *
 * Invariants:
 * - An answer that does not fit gives a message that says what would, and no event.
 * - Every departure from the document (skip, override, retry after a failure, override of a suggestion) carries a reason.
 * - Gates are neither skipped nor marked done.
 * - The value of a secret is in no event.
 */
import { draftBy } from './draft.ts';
import type { Actor } from './event.ts';
import { type Answer, type Question, respondTo, waitsFor } from './question.ts';
import { accepts, type Response, refuses } from './response.ts';
import { hasChanged } from './rollback.ts';
import type { RunState } from './state.ts';

/** What `answer` to `question` makes true, given by `actor` at `now` (epoch ms). */
export function respond(state: RunState, question: Question, answer: Answer, actor: Actor, now: number): Response {
  if (answer.kind === 'pause') {
    return accepts(draftBy(actor, 'run.paused', { reason: 'asked', waiting: waitsFor(question) }));
  }
  const reasonless = lacksReason(answer);
  if (reasonless !== null) return refuses(reasonless);
  if (answer.kind === 'rollback' && 'step' in question) return requestRollback(state, question, answer.reason, actor);
  return respondTo(question, { state, answer, actor, now });
}

/** A rollback that is asked for: it starts when no attempt runs; when no attempt that changes anything began, it means pause. */
export function requestRollback(state: RunState, question: Question | null, reason: string, actor: Actor): Response {
  if (state.rollback !== null) return refuses('the rollback has begun; resume goes on with it');
  if (reason.trim() === '') return refuses('rolling back needs a reason');
  if (!hasChanged(state)) {
    const waiting = question === null ? 'nothing was changed, so there is nothing to roll back' : waitsFor(question);
    return accepts(draftBy(actor, 'run.paused', { reason: 'no-change', waiting }));
  }
  return accepts(draftBy(actor, 'rollback.requested', { reason }));
}

function lacksReason(answer: Answer): string | null {
  switch (answer.kind) {
    case 'skip':
    case 'retry':
    case 'passed':
    case 'rollback':
    case 'accept':
    case 'settle':
    case 'refuse':
    case 'emergency':
    case 'alongside':
    case 'over':
    case 'defer':
    case 'settle-owed':
    case 'withdraw':
    case 'go-on':
      return answer.reason.trim() === '' ? `${answer.kind} needs a reason` : null;
    default:
      return null;
  }
}
