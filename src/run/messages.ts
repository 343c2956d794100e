/**
 * What people say at a gate from elsewhere, by a message that whoever drives the run journals: approvals, refusals, emergencies. They
 * come while the run waits, or is driven, or has ended; the rules that they follow are those of an answer.
 */
import { gatePolicy, objectionTo, takingVisit } from './approvals.ts';
import type { Consent } from './consent.ts';
import type { DataOf, RunEvent } from './event.ts';
import { declareEmergency, refuse } from './questions/approve.ts';
import type { Response } from './response.ts';
import { isSameEvent } from './same.ts';
import type { RunState } from './state.ts';

type Said = Extract<RunEvent, { type: 'approval.given' | 'approval.refused' | 'emergency.declared' }>;

/** Why the gate does not take `given` at `at` (epoch ms); null when it does. Whether its signature is good is not judged here. */
export function approvalObjection(
  state: RunState,
  given: Pick<DataOf<'approval.given'>, 'step' | 'by' | 'request' | 'signature'>,
  at: number,
): string | null {
  const request = takingVisit(state, given.step)?.approvalRequest ?? null;
  if (request === null) return 'none is asked for';
  if (given.request.seq !== request.seq || given.request.sha256 !== request.sum) return 'it answers an earlier request';
  const policy = gatePolicy(state, given.step);
  const { signature } = given;
  if (signature === null && policy.signed) return 'it is not signed, and this gate asks for signatures';
  // What an older gonogo took as often as it came counts once, and breaks no rule.
  if (signature === null && policy.independent === 'unasked') return null;
  const names = signature === null ? [] : [signature.principal, ...(signature.names ?? [])];
  const consent: Consent = { by: given.by, names, key: signature?.key ?? null, at, stale: null };
  return objectionTo(state, given.step, consent, at);
}

/** Why the rules do not allow that `event` came by a message in `state`; null when they do. */
export function messageBreach(state: RunState, event: Said): string | null {
  if (event.actor.via !== 'command') return 'only another process sends a message';
  if (event.type !== 'approval.given') {
    const signature = event.type === 'emergency.declared' ? event.data.signature : undefined;
    if (signature !== undefined && signature.principal !== event.data.by) return 'it is not by whom its signature says';
    const taken = takes(state, event);
    if (!taken.ok) return taken.message;
    return taken.events.some((one) => isSameEvent(one, event)) ? null : 'it is of another visit';
  }
  const { data, at } = event;
  if (takingVisit(state, data.step)?.visit !== data.visit) return 'none is asked for';
  if (data.signature !== null && data.signature.principal !== data.by) return 'it is not by whom its signature says';
  return approvalObjection(state, data, at);
}

function takes(state: RunState, event: Exclude<Said, { type: 'approval.given' }>): Response {
  const { step } = event.data;
  if (event.type === 'approval.refused') return refuse(state, step, event.data, event.actor);
  return declareEmergency(state, step, event.data, event.actor);
}
