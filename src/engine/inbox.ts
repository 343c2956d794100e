/**
 * What other processes left in a run's inbox, as events. Pure but for its types.
 *
 * Invariants: each message becomes events at most once, by id; one that does not fit the state becomes a note that says
 * so, because nothing that was sent may vanish.
 */
import type { InboxMessage } from '../journal/journal.ts';
import { openVisit } from '../run/decide.ts';
import type { Actor, EventDraft } from '../run/event.ts';
import type { RunState } from '../run/state.ts';

export interface TakenMessage {
  readonly id: string;
  /** Empty: it was journaled before and only needs to be settled. */
  readonly events: readonly EventDraft[];
}

/** The events of `messages`, oldest first. */
export function inboxEvents(state: RunState, messages: readonly InboxMessage[]): readonly TakenMessage[] {
  const known = new Set([
    ...state.notes.flatMap(({ inbox }) => (inbox === null ? [] : [inbox])),
    ...state.approvals.flatMap(({ data }) => (data.inbox === undefined ? [] : [data.inbox])),
  ]);
  return messages.map((message) => ({ id: message.id, events: known.has(message.id) ? [] : eventsOf(state, message) }));
}

function eventsOf(state: RunState, message: InboxMessage): readonly EventDraft[] {
  const actor: Actor = { via: 'command', name: message.from };
  switch (message.kind) {
    case 'note':
      return [{ type: 'note.added', actor, data: { text: message.text, inbox: message.id } }];
    case 'handover':
      return [
        {
          type: 'operator.changed',
          actor,
          data: { from: state.operator, to: message.to, ...(message.note === null ? {} : { note: message.note }) },
        },
        { type: 'note.added', actor, data: { text: `Handed over to ${message.to}`, inbox: message.id } },
      ];
    case 'approve':
      return approval(state, message, actor);
  }
}

function approval(
  state: RunState,
  message: Extract<InboxMessage, { kind: 'approve' }>,
  actor: Actor,
): readonly EventDraft[] {
  const visit = openVisit(state.steps.get(message.step));
  const request = visit?.approvalRequest ?? null;
  const asked = message.request;
  if (visit === null || request === null || (asked !== null && asked.seq !== request.seq)) {
    const text = `An approval of ${message.step} by ${message.by} came when none was asked for, and does not count.`;
    return [{ type: 'note.added', actor, data: { text, inbox: message.id } }];
  }
  return [
    {
      type: 'approval.given',
      actor,
      data: {
        step: message.step,
        visit: visit.visit,
        by: message.by,
        request: { seq: request.seq, sha256: request.sum },
        signature: message.signature === null ? null : { ...message.signature },
        inbox: message.id,
      },
    },
  ];
}
