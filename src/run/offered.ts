/** What the run does while it is offered to somebody who has not taken it, and while somebody has to decide whether it goes on at all. */
import { type Decision, idle } from './decision.ts';
import type { EventDraft } from './event.ts';
import { bodyOf } from './outline.ts';
import { handoverQuestion } from './questions/handover.ts';
import { windowQuestion } from './questions/window.ts';
import type { RunState } from './state.ts';

/** What is left of `decision` while the run is offered to somebody: nothing that changes anything begins, and that is asked for. */
export function heldForHandover(state: RunState, decision: Decision): Decision {
  const { offer } = state;
  if (offer === null) return decision;
  if (decision.events.length > 0 && !decision.events.some((event) => begins(state, event))) return decision;
  return { ...idle, question: handoverQuestion(state, offer), ongoing: decision.ongoing, probes: decision.probes };
}

/** The same while the moment to decide has come and nobody has. What ends the run by itself ends it. */
export function heldForDecision(state: RunState, decision: Decision): Decision {
  const question = windowQuestion(state);
  if (question === null) return decision;
  const begun = decision.events.some((event) => event.type !== 'run.ended' && begins(state, event));
  if (decision.events.length > 0 && !begun) return decision;
  return { ...idle, question, ongoing: decision.ongoing, probes: decision.probes };
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
