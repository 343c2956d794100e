/**
 * Consents to a gate, by name (claimed) or by signature.
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
import { approvalPolicy } from '../run/approvals.ts';
import type { RunEvent } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';
import { openVisit } from '../run/visit.ts';
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

export interface ApproveRequest {
  /** An id, a unique part of one, or `latest`. */
  readonly run: string;
  readonly step: string;
  readonly operator?: string | undefined;
  readonly by: Consent;
}

export type Approved =
  | { readonly kind: 'recorded'; readonly run: string; readonly event: Extract<RunEvent, { type: 'approval.given' }> }
  /** It does not count, and why. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The process that drives the run has not recorded it yet. */
  | { readonly kind: 'waits'; readonly run: string };

const signatureBytesMax = 64 * 1024;

/** The request that the gate `step` of a run makes now. Throws `Refusal` `not-asked`, and `JournalError`. */
export async function openRequest(world: World, run: string, step: string): Promise<ApprovalRequest> {
  return requestIn((await readKnownRun(world, run)).state, step);
}

/** Approves the open request of a gate. Throws `Refusal`, `SigningError` and `JournalError`. */
export async function approve(world: World, { run, step, operator, by }: ApproveRequest): Promise<Approved> {
  const { state } = await readKnownRun(world, run);
  const request = requestIn(state, step);
  const signature = await signatureFor(world, request, by);
  if (signature === null && policyOf(state, step).signed) {
    const hint = `--key FILE signs it; or --print it, sign it elsewhere, and bring it back with --signature FILE`;
    throw new Refusal({ code: 'not-signed', step }, `${step} asks for signed approvals\nhint: ${hint}`);
  }
  const from = operatorName(world, operator);
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
  return toApproved(delivery);
}

function toApproved(delivery: Delivery): Approved {
  if (delivery.kind === 'waits') return delivery;
  const { run, event } = delivery;
  if (event.type === 'approval.given') return { kind: 'recorded', run, event };
  // What does not count is journaled as a note that says why.
  return { kind: 'refused', reason: event.type === 'note.added' ? event.data.text : 'it was not taken' };
}

function requestIn(state: RunState, step: string): ApprovalRequest {
  const request = openVisit(state.steps.get(step))?.approvalRequest ?? null;
  if (request === null) {
    const asked = [...state.steps.values()]
      .filter((one) => (openVisit(one)?.approvalRequest ?? null) !== null)
      .map(({ id }) => id);
    const others = asked.length === 0 ? 'it asks for none now' : `it asks for: ${asked.join(', ')}`;
    const message = `run ${state.id} does not ask for an approval of ${step}; ${others}`;
    throw new Refusal({ code: 'not-asked', run: state.id, step, asked }, message);
  }
  return { run: state.id, step, documents: state.sha256, request: { seq: request.seq, sha256: request.sum } };
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
  const { seq } = request.request;
  const again = state.approvals.some(
    ({ valid, data }) => valid && data.request.seq === seq && data.signature?.key === approval.key,
  );
  if (again) return 'this key has approved already, and a key counts once';
  const { allowed } = await loadTrust(world.host, world);
  if (allowed === null) return null;
  const from = namedBy(state, request.step);
  const given = { approval, atMs: world.host.clock.now() };
  const answer = verifyApproval(given, request, { from, count: 1, allowedSigners: allowed });
  return answer.ok ? null : answer.reason;
}

function namedBy(state: RunState, step: string): readonly string[] {
  const { from, signed } = policyOf(state, step);
  return signed ? from : [];
}

function policyOf(state: RunState, step: string): ReturnType<typeof approvalPolicy> {
  return approvalPolicy(outlineOf(state.runbook).places.get(step)?.step ?? null);
}
