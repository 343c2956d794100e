/**
 * `gonogo approve RUN STEP`: consents to a gate, by name (claimed) or by signature.
 *
 * 0 is returned only when the approval is in the journal and counts. 1: it was refused, and why. 3: the process that drives
 * the run has not recorded it yet.
 */
import { type Approved, approve as approveGate, type Consent, openRequest } from '../app/approve.ts';
import { visible, visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type ApprovalRequest, approvalText } from '../signing/approval.ts';
import { parsePublicKeyLine } from '../signing/public-key.ts';
import { type Io, openWorld, UsageError } from './command.ts';
import { headLine } from './head.ts';
import { type SendOptions, tellWaits } from './send.ts';

export interface ApproveOptions extends SendOptions {
  /** A key file, its `.pub` file, or `SHA256:…` of a key in ssh-agent. */
  readonly key?: string | undefined;
  /** A signature that was made elsewhere over what `--print` printed. */
  readonly signature?: string | undefined;
  /** Prints the request instead of approving it. */
  readonly print?: boolean | undefined;
}

/** Approves the open request of `step` in run `run`. */
export async function approve(run: string, step: string, options: ApproveOptions, io: Io): Promise<number> {
  const by = consentOf(options);
  const world = await openWorld(options);
  if (by === null) return print(await openRequest(world, run, step), io);
  return tell(await approveGate(world, { run, step, operator: options.operator, by }), io);
}

/** null: the request is to be printed. */
function consentOf({ key, signature, print }: ApproveOptions): Consent | null {
  const given = [
    key === undefined ? null : '--key',
    signature === undefined ? null : '--signature',
    print === true ? '--print' : null,
  ].filter((flag) => flag !== null);
  if (given.length > 1) throw new UsageError(`${given.join(' and ')} exclude each other; give one of them`);
  if (print === true) return null;
  if (key !== undefined) return { kind: 'key', name: key };
  return signature === undefined ? { kind: 'claimed' } : { kind: 'signature', path: signature };
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

function tell(approved: Approved, io: Io): number {
  switch (approved.kind) {
    case 'waits':
      return tellWaits(io);
    case 'refused':
      io.stderr(`gonogo: the approval is refused: ${visible(approved.reason)}\n`);
      return exitCodes.failed;
    case 'recorded': {
      const { run, event } = approved;
      const { by, signature, step } = event.data;
      const how = signature === null ? 'claimed, not signed' : `signed with ${fingerprintOf(signature.key)}`;
      io.stderr(`recorded: ${visibleLine(by)} approved ${step}, ${how}\nhead ${headLine(run, event)}\n`);
      return exitCodes.done;
    }
  }
}

function fingerprintOf(key: string): string {
  return parsePublicKeyLine(key).key.fingerprint;
}
