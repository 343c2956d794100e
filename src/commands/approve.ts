/**
 * `gonogo approve RUN STEP`: consents to a gate, by name (claimed) or by signature.
 *
 * Invariants:
 * - What is signed is the open request of this very run (RFC 8785, namespace `gonogo-approval`); it serves for nothing else.
 * - 0 is returned only when the approval is in the journal and counts. 1: it was refused, and why. 3: the process that drives
 *   the run has not recorded it yet.
 *
 * Whose keys count is decided by whoever journals the approval: the process that drives the run, by its own allowed signers
 * (`trust.ts`), or this command when nobody drives. The approver's word is not taken for it, and the principal that is
 * recorded is the one that those allowed signers give to the key. Whoever verifies the report judges anew.
 */
import { isAbsolute, join } from 'node:path';
import { visible, visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { HostError } from '../host/host.ts';
import { approvalPolicy } from '../run/approvals.ts';
import type { RunEvent } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';
import { openVisit } from '../run/visit.ts';
import {
  type ApprovalRequest,
  approvalText,
  type SignedApproval,
  signApproval,
  toSignedApproval,
  verifyApproval,
} from '../signing/approval.ts';
import { parsePublicKeyLine } from '../signing/public-key.ts';
import { SigningError } from '../signing/signing-error.ts';
import { type Io, openWorld, readRun, UsageError, type World } from './command.ts';
import { headLine } from './head.ts';
import { operatorName } from './open-run.ts';
import { deliver, type SendOptions, toExitCode } from './send.ts';
import { signerFor } from './signer.ts';
import { loadTrust } from './trust.ts';

export interface ApproveOptions extends SendOptions {
  /** A key file, its `.pub` file, or `SHA256:…` of a key in ssh-agent. */
  readonly key?: string | undefined;
  /** A signature that was made elsewhere over what `--print` printed. */
  readonly signature?: string | undefined;
  /** Prints the request instead of approving it. */
  readonly print?: boolean | undefined;
}

const signatureBytesMax = 64 * 1024;

/** Approves the open request of `step` in run `name`. */
export async function approve(name: string, step: string, options: ApproveOptions, io: Io): Promise<number> {
  assertOneWay(options);
  const world = await openWorld(options);
  const { state } = await readRun(world, name);
  const request = openRequest(state, step);
  if (options.print === true) return print(request, io);
  const signature = await signatureFor(world, request, options);
  if (signature === null && policyOf(state, step).signed) {
    const hint = `--key FILE signs it; or --print it, sign it elsewhere, and bring it back with --signature FILE`;
    throw new UsageError(`${step} asks for signed approvals\nhint: ${hint}`);
  }
  const by = operatorName(options.operator, world.host.machine.user);
  const refusal = signature === null ? null : await ownRefusal(world, state, signature, request);
  if (refusal !== null) return tellRefused(refusal, io);
  const id = await world.journals.send(state.id, {
    kind: 'approve',
    from: by,
    step,
    by,
    request: request.request,
    signature: signature === null ? null : { ...signature, principal: '' },
  });
  return outcome(state.id, await deliver(world, state.id, id), io);
}

function assertOneWay({ key, signature, print }: ApproveOptions): void {
  const given = [
    key === undefined ? null : '--key',
    signature === undefined ? null : '--signature',
    print === true ? '--print' : null,
  ].filter((flag) => flag !== null);
  if (given.length > 1) throw new UsageError(`${given.join(' and ')} exclude each other; give one of them`);
}

function openRequest(state: RunState, step: string): ApprovalRequest {
  const request = openVisit(state.steps.get(step))?.approvalRequest ?? null;
  if (request === null) {
    const asked = [...state.steps.values()].filter((one) => (openVisit(one)?.approvalRequest ?? null) !== null);
    const others = asked.length === 0 ? 'it asks for none now' : `it asks for: ${asked.map(({ id }) => id).join(', ')}`;
    throw new UsageError(`run ${state.id} does not ask for an approval of ${step}; ${others}`);
  }
  return { run: state.id, step, documents: state.sha256, request: { seq: request.seq, sha256: request.sum } };
}

/** The exact bytes to sign on stdout; what to do with them on stderr. */
function print(request: ApprovalRequest, io: Io): number {
  io.stdout(approvalText(request));
  io.stderr(`
hint: with these bytes in the file request, and nothing after them:
  ssh-keygen -Y sign -n gonogo-approval -f KEY request
  gonogo approve ${request.run} ${request.step} --signature request.sig
`);
  return exitCodes.done;
}

async function signatureFor(
  world: World,
  request: ApprovalRequest,
  { key, signature }: ApproveOptions,
): Promise<SignedApproval | null> {
  if (key !== undefined) return signApproval(request, await signerFor(world.host, key, '--key'));
  if (signature === undefined) return null;
  const path = isAbsolute(signature) ? signature : join(world.host.machine.cwd, signature);
  const armored = await readSignature(world, path);
  try {
    return toSignedApproval(request, armored);
  } catch (error) {
    if (!(error instanceof SigningError && error.code === 'bad-signature')) throw error;
    const hint = `it must be over exactly what "gonogo approve ${request.run} ${request.step} --print" prints now, without a line end`;
    throw new SigningError(error.code, `${path}: ${error.message}\nhint: ${hint}`, error);
  }
}

async function readSignature({ host }: World, path: string): Promise<string> {
  try {
    return Buffer.from(await host.files.read(path, { bytesMax: signatureBytesMax })).toString('latin1');
  } catch (error) {
    if (error instanceof HostError) throw new UsageError(`--signature: ${error.message}`);
    throw error;
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

function outcome(run: string, journaled: RunEvent | null, io: Io): number {
  if (journaled?.type === 'note.added') return tellRefused(journaled.data.text, io);
  if (journaled?.type === 'approval.given') {
    const { by, signature, step } = journaled.data;
    const how = signature === null ? 'claimed, not signed' : `signed with ${fingerprintOf(signature.key)}`;
    io.stderr(`recorded: ${visibleLine(by)} approved ${step}, ${how}\nhead ${headLine(run, journaled)}\n`);
  }
  return toExitCode(journaled, io);
}

function fingerprintOf(key: string): string {
  return parsePublicKeyLine(key).key.fingerprint;
}

function tellRefused(reason: string, io: Io): number {
  io.stderr(`gonogo: the approval is refused: ${visible(reason)}\n`);
  return exitCodes.failed;
}
