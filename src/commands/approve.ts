/**
 * `gonogo approve RUN STEP`: consents to a gate, by name (claimed) or by signature; `--refuse` refuses it, and `--emergency` lets the run
 * past it where the document permits that.
 *
 * 0 is returned only when what was said is in the journal and counts. 1: it was refused, and why. 3: the process that drives
 * the run has not recorded it yet.
 */
import { type Approved, approve as approveGate, type Consent, openRequest, type Said } from '../app/approve.ts';
import { visible, visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { calledHow } from '../run/approvals.ts';
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
  /** Refuses instead, and why. */
  readonly refuse?: string | undefined;
  /** Lets the run past the gate without its approvals, and why. */
  readonly emergency?: string | undefined;
}

/** Approves the open request of `step` in run `run`. */
export async function approve(run: string, step: string, options: ApproveOptions, io: Io): Promise<number> {
  const said = saidIn(options);
  const world = await openWorld(options);
  if (said === null) return print(await openRequest(world, run, step, options.emergency), io);
  return tell(await approveGate(world, { run, step, operator: options.operator, said }), said, io);
}

/** null: the request is to be printed. */
function saidIn({ key, signature, print, refuse, emergency }: ApproveOptions): Said | null {
  const how = { key, signature, print: print === true ? '' : undefined };
  excludeEachOther({ ...how, refuse });
  excludeEachOther({ refuse, emergency });
  if (print === true) return null;
  if (refuse !== undefined) return { kind: 'refuse', reason: refuse };
  const by = consentIn(key, signature);
  return emergency === undefined ? { kind: 'approve', by } : { kind: 'emergency', reason: emergency, by };
}

function excludeEachOther(flags: Readonly<Record<string, string | undefined>>): void {
  const given = Object.keys(flags).filter((flag) => flags[flag] !== undefined);
  if (given.length < 2) return;
  throw new UsageError(`${given.map((flag) => `--${flag}`).join(' and ')} exclude each other; give one of them`);
}

function consentIn(key: string | undefined, signature: string | undefined): Consent {
  if (key !== undefined) return { kind: 'key', name: key };
  return signature === undefined ? { kind: 'claimed' } : { kind: 'signature', path: signature };
}

/** The exact bytes to sign on stdout; what to do with them on stderr. */
function print(request: ApprovalRequest, io: Io): number {
  io.stdout(approvalText(request));
  io.stderr(`
hint: with these bytes in the file request, and nothing after them:
  ssh-keygen -Y sign -n gonogo-approval -f KEY request
  gonogo approve ${request.run} ${request.step} --signature request.sig${request.emergency === undefined ? '' : ' --emergency REASON, the same'}
`);
  return exitCodes.done;
}

const saidWords = { approve: 'the approval', refuse: 'the refusal', emergency: 'the emergency' } as const;

function tell(approved: Approved, said: Said, io: Io): number {
  switch (approved.kind) {
    case 'waits':
      return tellWaits(io);
    case 'refused':
      io.stderr(`gonogo: ${saidWords[said.kind]} is refused: ${visible(approved.reason)}\n`);
      return exitCodes.failed;
    case 'recorded': {
      const { run, event } = approved;
      io.stderr(`recorded: ${recordedText(event)}\nhead ${headLine(run, event)}\n`);
      return exitCodes.done;
    }
  }
}

function recordedText(event: Extract<Approved, { kind: 'recorded' }>['event']): string {
  const by = visibleLine(event.data.by);
  switch (event.type) {
    case 'approval.given': {
      const { signature, step } = event.data;
      return `${by} approved ${step}, ${signature === null ? 'claimed, not signed' : `signed with ${fingerprintOf(signature.key)}`}`;
    }
    case 'approval.refused':
      return `${by} refused ${event.data.step}: ${visibleLine(event.data.reason)}`;
    case 'emergency.declared':
      return `${by} (${calledHow(keyOf(event.data.signature))}) let the run past ${event.data.step} in an emergency; its approval is owed: ${visibleLine(event.data.reason)}`;
  }
}

function keyOf(signature: { readonly key: string } | undefined): string | null {
  return signature === undefined ? null : fingerprintOf(signature.key);
}

function fingerprintOf(key: string): string {
  return parsePublicKeyLine(key).key.fingerprint;
}
