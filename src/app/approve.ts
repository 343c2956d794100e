/**
 * Consents to a gate, by name (claimed) or by signature; refuses it; or lets the run past it in an emergency.
 *
 * Invariant: what is signed is the open request of this very run (RFC 8785, namespace `gonogo-approval`); it serves for nothing
 * else.
 *
 * Whose keys count is decided by whoever journals the approval: the process that drives the run, by its own allowed signers
 * (`trust.ts`), or this process when nobody drives. The approver's word is not taken for it, and the principal that is
 * recorded is the one that those allowed signers give to the key. Whoever verifies the report judges anew.
 */
import { isAbsolute, join } from 'node:path';
import { HostError } from '../host/host.ts';
import { gatePolicy, gateStanding, takingVisit } from '../run/approvals.ts';
import { eligible } from '../run/consent.ts';
import type { RunEvent } from '../run/event.ts';
import { approvalObjection } from '../run/messages.ts';
import type { RunState } from '../run/state.ts';
import {
  type ApprovalRequest,
  type SignedApproval,
  signApproval,
  toSignedApproval,
  verifyApproval,
} from '../signing/approval.ts';
import { SigningError } from '../signing/signing-error.ts';
import { type Delivery, send } from './messages.ts';
import { operatorName } from './operator.ts';
import { badInput, Refusal } from './refusal.ts';
import { signerFor } from './signer.ts';
import { loadTrust } from './trust.ts';
import { readKnownRun, type World } from './world.ts';

/** By what it is consented. `key`: the name of a key, as `signer.ts` takes it. `signature`: a file that was made elsewhere. */
export type Consent =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'signature'; readonly path: string };

/** What somebody says at a gate. A refusal and an emergency have a reason; a refusal is by name only. */
export type Said =
  | { readonly kind: 'approve'; readonly by: Consent }
  | { readonly kind: 'emergency'; readonly reason: string; readonly by: Consent }
  | { readonly kind: 'refuse'; readonly reason: string };

export interface ApproveRequest {
  /** An id, a unique part of one, or `latest`. */
  readonly run: string;
  readonly step: string;
  readonly operator?: string | undefined;
  readonly said: Said;
}

type Recorded = Extract<RunEvent, { type: 'approval.given' | 'approval.refused' | 'emergency.declared' }>;

export type Approved =
  | { readonly kind: 'recorded'; readonly run: string; readonly event: Recorded }
  /** It does not count, and why. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The process that drives the run has not recorded it yet. */
  | { readonly kind: 'waits'; readonly run: string };

const signatureBytesMax = 64 * 1024;

/** The request that the gate `step` of a run makes now, or what is signed to pass it in an `emergency` for that reason. Throws `Refusal` `not-asked`, and `JournalError`. */
export async function openRequest(
  world: World,
  run: string,
  step: string,
  emergency?: string | undefined,
): Promise<ApprovalRequest> {
  const request = requestIn((await readKnownRun(world, run)).state, step);
  return emergency === undefined ? request : { ...request, emergency };
}

/** Approves the open request of a gate, refuses it, or calls an emergency. Throws `Refusal`, `SigningError` and `JournalError`. */
export async function approve(world: World, { run, step, operator, said }: ApproveRequest): Promise<Approved> {
  const { state } = await readKnownRun(world, run);
  const request = requestIn(state, step);
  const from = operatorName(world, operator);
  if (said.kind !== 'approve') {
    if (said.reason.trim() === '') throw badInput(said.kind, `--${said.kind} needs a reason`);
    const message = { from, step, by: from, reason: said.reason };
    if (said.kind === 'refuse')
      return toApproved(world, step, await send(world, state.id, { kind: 'refuse', ...message }));
    const called = await signatureFor(world, { ...request, emergency: said.reason }, said.by);
    const signature = called === null ? null : { ...called, principal: '' };
    return toApproved(world, step, await send(world, state.id, { kind: 'emergency', ...message, signature }));
  }
  const signature = await signatureFor(world, request, said.by);
  if (signature === null && gatePolicy(state, step).signed) {
    const hint = `--key FILE signs it; or --print it, sign it elsewhere, and bring it back with --signature FILE`;
    throw new Refusal({ code: 'not-signed', step }, `${step} asks for signed approvals\nhint: ${hint}`);
  }
  const reason = signature === null ? null : await ownRefusal(world, state, signature, request);
  if (reason !== null) return { kind: 'refused', reason };
  const delivery = await send(world, state.id, {
    kind: 'approve',
    from,
    step,
    by: from,
    request: request.request,
    signature: signature === null ? null : { ...signature, principal: '' },
  });
  return toApproved(world, step, delivery);
}

/** Throws `Refusal` `answered` where another was faster by a moment. */
async function toApproved(world: World, step: string, delivery: Delivery): Promise<Approved> {
  if (delivery.kind === 'waits') return delivery;
  const { run, event } = delivery;
  switch (event.type) {
    case 'approval.given':
    case 'approval.refused':
    case 'emergency.declared':
      return { kind: 'recorded', run, event };
    default: {
      const answered = answeredAlready((await readKnownRun(world, run)).state, step);
      if (answered !== null) throw answered;
      // What does not count is journaled as a note that says why.
      return { kind: 'refused', reason: event.type === 'note.added' ? event.data.text : 'it was not taken' };
    }
  }
}

function requestIn(state: RunState, step: string): ApprovalRequest {
  const request = takingVisit(state, step)?.approvalRequest ?? null;
  if (request === null) throw notAsked(state, step);
  return { run: state.id, step, documents: state.sha256, request: { seq: request.seq, sha256: request.sum } };
}

function notAsked(state: RunState, step: string): Refusal {
  const answered = answeredAlready(state, step);
  if (answered !== null) return answered;
  const asked = [...state.steps.keys()].filter((id) => (takingVisit(state, id)?.approvalRequest ?? null) !== null);
  const others = asked.length === 0 ? 'it asks for none now' : `it asks for: ${asked.join(', ')}`;
  const message = `run ${state.id} does not ask for an approval of ${step}; ${others}`;
  return new Refusal({ code: 'not-asked', run: state.id, step, asked }, message);
}

/** Of two who answer a gate the first counts: what the second is told, where somebody was faster; null: nobody was. */
function answeredAlready(state: RunState, step: string): Refusal | null {
  const visit = state.steps.get(step)?.visits.at(-1);
  if (visit === undefined || visit.approvalRequest === null || takingVisit(state, step) !== null) return null;
  const refused = state.refusals.findLast((one) => one.seq === visit.refusal);
  const { counted } = gateStanding(state, step, visit, visit.closedAt ?? visit.openedAt);
  const by = refused?.by ?? counted.join(' and ');
  if (by === '') return null;
  const how = refused === undefined ? '' : `, who refused it: ${refused.reason}`;
  const message = `${step} of run ${state.id} is answered already by ${by}${how}`;
  return new Refusal({ code: 'answered', run: state.id, step, by }, message);
}

async function signatureFor(world: World, request: ApprovalRequest, by: Consent): Promise<SignedApproval | null> {
  switch (by.kind) {
    case 'claimed':
      return null;
    case 'key':
      return signApproval(request, await signerFor(world, by.name, 'key'));
    case 'signature': {
      const { cwd } = world.host.machine;
      return readSignature(world, request, isAbsolute(by.path) ? by.path : join(cwd, by.path));
    }
  }
}

async function readSignature({ host }: World, request: ApprovalRequest, path: string): Promise<SignedApproval> {
  try {
    const armored = Buffer.from(await host.files.read(path, { bytesMax: signatureBytesMax })).toString('latin1');
    return toSignedApproval(request, armored);
  } catch (error) {
    if (error instanceof HostError) throw badInput('signature', error.message, null, error);
    if (!(error instanceof SigningError && error.code === 'bad-signature')) throw error;
    const hint = `it must be over exactly what "gonogo approve ${request.run} ${request.step} --print" prints now, without a line end`;
    throw new SigningError(error.code, `${path}: ${error.message}\nhint: ${hint}`, error);
  }
}

/** Why this process would refuse it, before anything is sent; null when it would not, or when it knows no signers of its own. */
async function ownRefusal(
  world: World,
  state: RunState,
  approval: SignedApproval,
  request: ApprovalRequest,
): Promise<string | null> {
  const { step } = request;
  const given = { step, by: '', request: request.request, signature: { ...approval, principal: '' } };
  const before = state.approvals.find(
    ({ staleSeq, data }) =>
      staleSeq === null && data.request.seq === request.request.seq && data.signature?.key === approval.key,
  );
  const { allowed } = await loadTrust(world.host, world);
  if (allowed === null && before === undefined) return null;
  const atMs = world.host.clock.now();
  if (before !== undefined) return approvalObjection(state, { ...given, by: before.data.by }, atMs);
  if (allowed === null) return null;
  const policy = gatePolicy(state, step);
  const from = policy.independent === 'unasked' && !policy.signed ? null : eligible(policy);
  const answer = verifyApproval({ approval, atMs }, request, { from: from ?? [], count: 1, allowedSigners: allowed });
  if (!answer.ok) return answer.reason;
  const { principal, names } = answer;
  return approvalObjection(
    state,
    { ...given, by: principal, signature: { ...approval, principal, names: [...names] } },
    atMs,
  );
}
