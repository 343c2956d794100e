/**
 * What other processes left in a run's inbox, as events.
 *
 * Invariants:
 * - Each message becomes events at most once, by id; one that does not fit the state becomes a note that says so, because
 *   nothing that was sent may vanish.
 * - Whoever can write a file can write into an inbox: a signature counts only after the judge verified it here, over the
 *   request that is open now, and a key counts once.
 */
import { approvalPolicy } from '../run/approvals.ts';
import { engineActor } from '../run/draft.ts';
import type { Actor, EventDraft } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';
import { openVisit } from '../run/visit.ts';
import type { ApprovalAnswer, ApprovalRequest, GivenApproval } from '../signing/approval.ts';
import type { InboxMessage, RefusedMessage } from '../store/store.ts';

/**
 * Whether a signature consents to `request` and by whom. `from`: the principals that count; empty: every allowed signer. Never
 * rejects for what is in the approval or for a policy that cannot be read: the answer says why not.
 */
export type ApprovalJudge = (
  given: GivenApproval,
  request: ApprovalRequest,
  from: readonly string[],
) => Promise<ApprovalAnswer>;

/** The judge of a process that knows no allowed signers: no signature counts. */
export const trustsNobody: ApprovalJudge = async () => ({
  ok: false,
  key: null,
  reason: 'nothing says whose keys count here',
});

export interface TakenMessage {
  readonly id: string;
  /** Empty: it was journaled before and only needs to be settled. */
  readonly events: readonly EventDraft[];
}

/** The events of `messages`, oldest first. `now`: epoch ms, when signatures are taken to be given. */
export async function inboxEvents(
  state: RunState,
  messages: readonly InboxMessage[],
  judge: ApprovalJudge,
  now: number,
): Promise<readonly TakenMessage[]> {
  const known = new Set([
    ...state.notes.flatMap(({ inbox }) => (inbox === null ? [] : [inbox])),
    ...[...state.approvals, ...state.handovers].flatMap(({ data }) => data.inbox ?? []),
  ]);
  const taken: TakenMessage[] = [];
  /** `STEP KEY` of the signatures that were taken from this very inbox. */
  const keys = new Set<string>();
  for (const message of messages) {
    const events = known.has(message.id) ? [] : await eventsOf(state, message, { judge, now, keys });
    taken.push({ id: message.id, events });
  }
  return taken;
}

/** What an inbox held that is no message, as one note: somebody put it there, and it was set aside. None: no event. */
export function refusedNote(refused: readonly RefusedMessage[]): readonly EventDraft[] {
  const [first] = refused;
  if (first === undefined) return [];
  const count = refused.length === 1 ? 'a file' : `${refused.length} files`;
  const where = first.kept === null ? 'and cannot be moved' : `set aside as ${first.kept}`;
  const text = `The inbox held ${count} that gonogo did not put there; the first, ${first.name}: ${first.reason}, ${where}`;
  return [{ type: 'note.added', actor: engineActor, data: { text } }];
}

interface Circumstances {
  readonly judge: ApprovalJudge;
  readonly now: number;
  readonly keys: Set<string>;
}

async function eventsOf(
  state: RunState,
  message: InboxMessage,
  circumstances: Circumstances,
): Promise<readonly EventDraft[]> {
  const actor: Actor = { via: 'command', name: message.from };
  switch (message.kind) {
    case 'note':
      return [{ type: 'note.added', actor, data: { text: message.text, inbox: message.id } }];
    case 'handover':
      return [
        {
          type: 'operator.changed',
          actor,
          data: {
            from: state.operator,
            to: message.to,
            ...(message.note === null ? {} : { note: message.note }),
            inbox: message.id,
          },
        },
      ];
    case 'approve': {
      const judged = await judgeApproval(state, message, circumstances);
      if (judged.ok) return [{ type: 'approval.given', actor, data: { ...judged.data, inbox: message.id } }];
      const text = `An approval of ${message.step} by ${message.by} does not count: ${judged.reason}.`;
      return [{ type: 'note.added', actor, data: { text, inbox: message.id } }];
    }
  }
}

type ApproveMessage = Extract<InboxMessage, { kind: 'approve' }>;
type ApprovalData = Extract<EventDraft, { type: 'approval.given' }>['data'];
type Judged = { readonly ok: true; readonly data: ApprovalData } | { readonly ok: false; readonly reason: string };

async function judgeApproval(
  state: RunState,
  message: ApproveMessage,
  { judge, now, keys }: Circumstances,
): Promise<Judged> {
  const visit = openVisit(state.steps.get(message.step));
  const open = visit?.approvalRequest ?? null;
  const asked = message.request;
  if (visit === null || open === null) return refuse('none is asked for');
  const request = { seq: open.seq, sha256: open.sum };
  if (asked !== null && (asked.seq !== request.seq || asked.sha256 !== request.sha256)) {
    return refuse('it answers an earlier request');
  }
  const at = { step: message.step, visit: visit.visit, request };
  const policy = approvalPolicy(outlineOf(state.runbook).places.get(message.step)?.step ?? null);
  const { signature } = message;
  if (signature === null) {
    if (policy.signed) return refuse('it is not signed, and this gate asks for signatures');
    return { ok: true, data: { ...at, by: message.by, signature: null } };
  }
  const subject = { run: state.id, step: message.step, documents: state.sha256, request };
  // Where no signatures are asked for, `from` names roles that anybody may claim, not principals.
  const answer = await judge({ approval: signature, atMs: now }, subject, policy.signed ? policy.from : []);
  if (!answer.ok) return refuse(answer.reason);
  const name = `${message.step} ${signature.key}`;
  const counted = state.approvals.some(
    ({ valid, data }) => valid && data.request.seq === request.seq && data.signature?.key === signature.key,
  );
  if (counted || keys.has(name)) return refuse(`${answer.key} has approved already, and a key counts once`);
  keys.add(name);
  const { principal } = answer;
  return { ok: true, data: { ...at, by: principal, signature: { ...signature, principal } } };
}

function refuse(reason: string): Judged {
  return { ok: false, reason };
}
