/** What the run does while it is offered to somebody who has not taken it. */
import { type Decision, idle } from './decision.ts';
import type { EventDraft } from './event.ts';
import { bodyOf } from './outline.ts';
import { handoverQuestion } from './questions/handover.ts';
import type { RunState } from './state.ts';

/** What is left of `decision` while the run is offered to somebody: nothing that changes anything begins, and that is asked for. */
export function heldForHandover(state: RunState, decision: Decision): Decision {
  const { offer } = state;
  if (offer === null) return decision;
  if (decision.events.length > 0 && !decision.events.some((event) => begins(state, event))) return decision;
  return { ...idle, question: handoverQuestion(state, offer), ongoing: decision.ongoing, probes: decision.probes };
}

function begins(state: RunState, event: EventDraft): boolean {
  switch (event.type) {
    case 'step.started':
      return bodyOf(state.runbook, event.data.step)?.effect !== 'read';
    case 'rollback.started':
    case 'hold.requested':
    case 'run.ended':
      return true;
    default:
      return false;
  }
}
