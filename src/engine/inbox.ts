/**
 * What other processes left in a run's inbox, as events.
 *
 * Invariants:
 * - Each message becomes events at most once, by id; one that does not fit the state becomes a note that says so, because
 *   nothing that was sent may vanish.
 * - Whoever can write a file can write into an inbox: a signature counts only after the judge verified it here, over the
 *   request that is open now, and a key counts once.
 */

import { gatePolicy, takingVisit } from '../run/approvals.ts';
import { attaches, isAttachedPath } from '../run/attached.ts';
import { eligible } from '../run/consent.ts';
import { corrects } from '../run/correct.ts';
import { engineActor } from '../run/draft.ts';
import type { Actor, EventDraft, Evidence } from '../run/event.ts';
import { offers, takes } from '../run/handing-over.ts';
import { releases, shares } from '../run/holds.ts';
import { writesNote } from '../run/incident.ts';
import { approvalObjection } from '../run/messages.ts';
import { declareEmergency, refuse } from '../run/questions/approve.ts';
import { reopens } from '../run/redo.ts';
import { reduce } from '../run/reduce.ts';
import { type Response, refuses } from '../run/response.ts';
import type { RunState } from '../run/state.ts';
import type { ApprovalAnswer, ApprovalRequest, GivenApproval } from '../signing/approval.ts';
import type { Journal } from '../store/journals.ts';
import type { InboxMessage, RefusedMessage } from '../store/store.ts';
import { depositObjection } from './attach.ts';

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

/** Why a copy that a message names is not taken as evidence; null: it is. One that is not taken is gone afterwards. */
export type DepositJudge = (piece: Evidence) => Promise<string | null>;

/** Who says what of a message can be believed. */
export interface Judges {
  readonly approval: ApprovalJudge;
  readonly deposit: DepositJudge;
}

/** The judge of copies in the run of `journal`: what holds one of `secrets` does not stay there. */
export function depositJudge(
  { evidence, discard }: Pick<Journal, 'evidence' | 'discard'>,
  secrets: readonly string[],
): DepositJudge {
  return async (piece) => {
    const objection = await depositObjection(evidence, piece, secrets);
    if (objection !== null && isAttachedPath(piece.path)) await discard(piece.path);
    return objection;
  };
}

export interface TakenMessage {
  readonly id: string;
  /** Empty: it was journaled before and only needs to be settled. */
  readonly events: readonly EventDraft[];
}

/** The events of `messages`, oldest first. `now`: epoch ms, when signatures are taken to be given. */
export async function inboxEvents(
  state: RunState,
  messages: readonly InboxMessage[],
  judges: Judges,
  now: number,
): Promise<readonly TakenMessage[]> {
  const known = new Set(journaledMessages(state));
  const taken: TakenMessage[] = [];
  // Each message is judged after those before it: of two that say the same only the first counts.
  let current = state;
  for (const message of messages) {
    const events = known.has(message.id) ? [] : await eventsOf(current, message, judges, now);
    taken.push({ id: message.id, events });
    for (const event of events) {
      current = reduce(current, { ...event, seq: current.head.seq + 1, at: now, sha256: '' }, state.id);
    }
  }
  return taken;
}

function journaledMessages(state: RunState): readonly string[] {
  const {
    notes,
    approvals,
    handovers,
    refusals,
    emergencies,
    holding,
    reopenings,
    corrections,
    attachments,
    incident,
    handoverMessages,
  } = state;
  return [
    ...[
      ...notes,
      ...refusals,
      ...emergencies,
      ...reopenings,
      ...attachments,
      ...corrections,
      ...holding.beside,
      ...holding.releases,
    ].map(({ inbox }) => inbox),
    ...handoverMessages,
    ...[
      ...approvals,
      ...handovers,
      ...incident.severities,
      ...incident.assignments,
      ...incident.reminders,
      ...incident.reminded,
    ].map(({ data }) => data.inbox ?? null),
  ].filter((id) => id !== null);
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

async function eventsOf(
  state: RunState,
  message: InboxMessage,
  judges: Judges,
  now: number,
): Promise<readonly EventDraft[]> {
  const actor: Actor = { via: 'command', name: message.from };
  const { id: inbox } = message;
  const note = (text: string): readonly EventDraft[] => [{ type: 'note.added', actor, data: { text, inbox } }];
  switch (message.kind) {
    case 'note':
      return writtenNote(state, message, actor, now);
    case 'handover':
    case 'take-over':
      return handed(state, message, actor);
    case 'approve': {
      const judged = await judgeApproval(state, message, judges.approval, now);
      if (judged.ok) return [{ type: 'approval.given', actor, data: { ...judged.data, inbox } }];
      return note(`An approval of ${message.step} by ${message.by} does not count: ${judged.reason}.`);
    }
    case 'redo': {
      const redone = reopens(state, message.step, message.reason, actor, inbox);
      if (redone.ok) return redone.events;
      return note(`${message.step} is not done again: ${redone.message}.`);
    }
    case 'correct': {
      const corrected = corrects(state, { ...message, inbox }, actor);
      if (corrected.ok) return corrected.events;
      return note(`${message.name} is not corrected: ${corrected.message}.`);
    }
    case 'refuse': {
      const refused = refuse(state, message.step, { ...message, inbox }, actor);
      if (refused.ok) return refused.events;
      return note(`A refusal of ${message.step} by ${message.by} does not count: ${refused.message}.`);
    }
    case 'attach': {
      const taken = await takeDeposit(state, message, judges.deposit);
      return taken.ok ? taken.events : note(`A file is not attached to ${message.step}: ${taken.message}.`);
    }
    case 'alongside': {
      const { run, reason } = message;
      if (state.holding.beside.some((one) => !one.own && one.run === run && one.reason === reason)) return [];
      const shared = shares(state, { run, reason, inbox }, actor);
      if (shared.ok) return shared.events;
      return note(`Run ${run} goes on beside this one (${reason}); ${shared.message}.`);
    }
    case 'release': {
      const released = releases(state, message.reason, actor, inbox);
      if (released.ok) return released.events;
      return note(`The target was not let go: ${released.message}.`);
    }
    case 'emergency': {
      const declared = await takeEmergency(state, message, judges.approval, now);
      if (declared.ok) return declared.events;
      return note(`An emergency at ${message.step} by ${message.by} does not count: ${declared.message}.`);
    }
  }
}

function handed(
  state: RunState,
  message: Extract<InboxMessage, { kind: 'handover' | 'take-over' }>,
  actor: Actor,
): readonly EventDraft[] {
  const { id: inbox, from: by } = message;
  const response =
    message.kind === 'handover'
      ? offers(state, { to: message.to, note: message.note ?? undefined, inbox }, actor)
      : takes(state, { by, read: message.read, inbox }, actor);
  if (response.ok) return response.events;
  const what =
    message.kind === 'handover' ? `The run is not offered to ${message.to}` : `${by} does not take the run over`;
  return [{ type: 'note.added', actor, data: { text: `${what}: ${response.message}.`, inbox } }];
}

/** What cannot be what it says it is, is a note all the same. */
function writtenNote(
  state: RunState,
  { text, step, happened, corrects, id: inbox }: Extract<InboxMessage, { kind: 'note' }>,
  actor: Actor,
  now: number,
): readonly EventDraft[] {
  const written = writesNote(state, { text, step, happened, corrects, inbox }, actor, now);
  return written.ok ? written.events : [{ type: 'note.added', actor, data: { text, inbox } }];
}

async function takeDeposit(
  state: RunState,
  { id, from, step, note, evidence }: Extract<InboxMessage, { kind: 'attach' }>,
  judge: DepositJudge,
): Promise<Response> {
  const objection = await judge(evidence);
  if (objection !== null) return refuses(objection);
  const given = { step, evidence: [evidence], note: note ?? undefined, inbox: id };
  return attaches(state, given, { via: 'command', name: from });
}

async function takeEmergency(
  state: RunState,
  message: Extract<InboxMessage, { kind: 'emergency' }>,
  judge: ApprovalJudge,
  now: number,
): Promise<Response> {
  const { id: inbox, step, reason } = message;
  const open = takingVisit(state, step)?.approvalRequest ?? null;
  if (open === null) return refuses('none is asked for');
  const request = { seq: open.seq, sha256: open.sum };
  const policy = gatePolicy(state, step);
  const from = eligible({ ...policy, from: policy.emergency?.from ?? [] });
  const called = await verified(state, message, { request, emergency: reason, from, judge, now });
  if (!called.ok) return refuses(called.reason);
  const { by, signature } = called;
  const said = { by, reason, inbox, ...(signature === null ? {} : { signature }) };
  return declareEmergency(state, step, said, { via: 'command', name: message.from });
}

type ApproveMessage = Extract<InboxMessage, { kind: 'approve' }>;
type ApprovalData = Extract<EventDraft, { type: 'approval.given' }>['data'];
type Judged = { readonly ok: true; readonly data: ApprovalData } | { readonly ok: false; readonly reason: string };

async function judgeApproval(
  state: RunState,
  message: ApproveMessage,
  judge: ApprovalJudge,
  now: number,
): Promise<Judged> {
  const visit = takingVisit(state, message.step);
  const open = visit?.approvalRequest ?? null;
  const asked = message.request;
  if (visit === null || open === null) return { ok: false, reason: 'none is asked for' };
  const request = { seq: open.seq, sha256: open.sum };
  if (asked !== null && (asked.seq !== request.seq || asked.sha256 !== request.sha256)) {
    return { ok: false, reason: 'it answers an earlier request' };
  }
  const at = { step: message.step, visit: visit.visit, request };
  const policy = gatePolicy(state, message.step);
  // A gate of before took for a role what was typed, unless it asked for signatures.
  const from = policy.independent === 'unasked' && !policy.signed ? null : eligible(policy);
  const given = await verified(state, message, { request, from, judge, now });
  if (!given.ok) return given;
  const data: ApprovalData = { ...at, by: given.by, signature: given.signature };
  const reason = approvalObjection(state, data, now);
  return reason === null ? { ok: true, data } : { ok: false, reason };
}

type Verified =
  | { readonly ok: true; readonly by: string; readonly signature: ApprovalData['signature'] }
  | { readonly ok: false; readonly reason: string };

/** What was to be signed, and by whom: `from` null: by anybody whose key is known. */
interface Signing {
  readonly request: ApprovalData['request'];
  readonly emergency?: string;
  readonly from: readonly string[] | null;
  readonly judge: ApprovalJudge;
  readonly now: number;
}

/** Who gives it: by name as it was typed, else whose key it is. */
async function verified(
  state: RunState,
  { step, by, signature }: Pick<ApproveMessage, 'step' | 'by' | 'signature'>,
  given: Signing,
): Promise<Verified> {
  if (signature === null) return { ok: true, by: by.trim(), signature };
  const { request, emergency } = given;
  const about = { run: state.id, step, documents: state.sha256, request };
  const subject = emergency === undefined ? about : { ...about, emergency };
  const answer = await given.judge({ approval: signature, atMs: given.now }, subject, given.from ?? []);
  if (!answer.ok) return { ok: false, reason: answer.reason };
  const { principal } = answer;
  const names = answer.names.filter((name) => name !== principal);
  const also = names.length === 0 ? {} : { names };
  const { key, armored, signed } = signature;
  return { ok: true, by: principal, signature: { key, principal, armored, signed, ...also } };
}
