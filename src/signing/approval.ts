/**
 * Signed approvals: consent to one request of one run, by a key, checkable by anyone.
 *
 * Invariants:
 * - What is signed is RFC 8785 `{run, step, documents, request: {seq, sha256}}` under the namespace `gonogo-approval`, or the same with
 *   `emergency: REASON` where an emergency is called: neither serves as the other. The request's
 *   digest commits to everything recorded before it, so a signature serves this run, this step, this version of the
 *   documents and this request only.
 * - `count` is met by distinct keys that the policy allows: not by signatures, names or fingerprints that somebody claims.
 */
import * as z from 'zod';
import { type AllowedSigners, namesOf, trust } from './allowed-signers.ts';
import { canonicalBytes, canonicalText, parseCanonical } from './canonical.ts';
import { formatPublicKey, type PublicKey } from './public-key.ts';
import type { Signer } from './signer.ts';
import { SigningError } from './signing-error.ts';
import { assertSshsig, signSshsig } from './sshsig.ts';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');

const requestSchema = z.strictObject({
  run: z.string(),
  step: z.string(),
  /** Digest of the documents, as `run.started` (or the last `documents.adopted`) has it. */
  documents: sha256Schema,
  /** The record `approval.requested`: its number and the sha256 of its line. */
  request: z.strictObject({ seq: z.int().min(0), sha256: sha256Schema }),
  /** Why the run may pass the gate without its approvals; absent: it is approved. */
  emergency: z.string().optional(),
});

/** What an approver consents to. */
export type ApprovalRequest = Readonly<z.infer<typeof requestSchema>>;

/** A signed approval as the journal and the inbox keep it; `principal` is added by whoever verifies it. */
export interface SignedApproval {
  /** `TYPE BASE64`. */
  readonly key: string;
  /** The armored SSH signature. */
  readonly armored: string;
  /** The signed text. */
  readonly signed: string;
}

const requestBytesMax = 64 * 1024;

/** The text to sign, the output of `approve --print`: without a line end, because `ssh-keygen -Y sign` signs every byte. */
export function approvalText(request: ApprovalRequest): string {
  return canonicalText(requestSchema.parse(request));
}

/** Reads exactly what `approvalText` writes. Throws `malformed` or `too-large`. */
export function parseApprovalText(text: string): ApprovalRequest {
  return parseCanonical(new TextEncoder().encode(text), requestSchema, 'the approval request', requestBytesMax);
}

export async function signApproval(request: ApprovalRequest, signer: Signer): Promise<SignedApproval> {
  const signed = approvalText(request);
  const armored = await signSshsig(canonicalBytes(request), 'gonogo-approval', signer);
  return { key: formatPublicKey(signer.publicKey), armored, signed };
}

/**
 * A signature that was made elsewhere (`approve --signature FILE`, by `ssh-keygen -Y sign -n gonogo-approval`) as an approval of
 * this request. Throws what `assertSshsig` throws when it is not one.
 */
export function toSignedApproval(request: ApprovalRequest, armored: string): SignedApproval {
  const signed = approvalText(request);
  const key = assertSshsig(armored, new TextEncoder().encode(signed), 'gonogo-approval');
  return { key: formatPublicKey(key), armored, signed };
}

/** Asserts that the approval is a good signature over this very request; returns its key. `wrong-purpose`: over another one. */
function assertApproval(approval: SignedApproval, request: ApprovalRequest): PublicKey {
  const given = parseApprovalText(approval.signed);
  const difference = differenceOf(given, request);
  if (difference !== null) throw new SigningError('wrong-purpose', `the approval is for ${difference}`);
  const key = assertSshsig(approval.armored, canonicalBytes(given), 'gonogo-approval');
  if (formatPublicKey(key) !== approval.key) {
    throw new SigningError(
      'bad-signature',
      `the approval names another key than the one that signed, ${key.fingerprint}`,
    );
  }
  return key;
}

function differenceOf(given: ApprovalRequest, wanted: ApprovalRequest): string | null {
  if (given.run !== wanted.run) return `another run: ${given.run}, not ${wanted.run}`;
  if (given.step !== wanted.step) return `another step: ${given.step}, not ${wanted.step}`;
  if (given.documents !== wanted.documents) return 'another version of the documents';
  if (canonicalText(given.request) !== canonicalText(wanted.request)) {
    return `another request (record ${given.request.seq}; this one is record ${wanted.request.seq})`;
  }
  if (given.emergency !== wanted.emergency) {
    return wanted.emergency === undefined ? 'an emergency' : 'no emergency, or another reason';
  }
  return null;
}

/** Whose consent counts: `from` empty means every allowed signer. */
export interface ApprovalPolicy {
  readonly from: readonly string[];
  readonly count: number;
  readonly allowedSigners: AllowedSigners;
}

/** `atMs`: when the key must be valid, epoch ms: now for whoever takes it, the time of the verification for whoever verifies. */
export interface GivenApproval {
  readonly approval: SignedApproval;
  readonly atMs: number;
}

export type ApprovalAnswer =
  | { readonly ok: true; readonly key: string; readonly principal: string; readonly names: readonly string[] }
  | { readonly ok: false; readonly key: string | null; readonly reason: string };

/** Whether one approval counts; `key` is the fingerprint, `names` all that belong to the key. Never throws for what is in it. */
export function verifyApproval(given: GivenApproval, request: ApprovalRequest, policy: ApprovalPolicy): ApprovalAnswer {
  try {
    const key = assertApproval(given.approval, request);
    const principals = policy.from.length === 0 ? null : policy.from;
    const question = { principals, namespace: 'gonogo-approval', atMs: given.atMs } as const;
    const { trusted, principal, reason } = trust(policy.allowedSigners, key, question);
    if (!trusted) return { ok: false, key: key.fingerprint, reason };
    return { ok: true, key: key.fingerprint, principal, names: namesOf(policy.allowedSigners, key) };
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    return { ok: false, key: null, reason: error.message };
  }
}

/** `met`: as many distinct keys as the policy asks for. `refused`: why each other approval did not count, in order. */
export interface ApprovalCount {
  readonly met: boolean;
  readonly counted: readonly { readonly key: string; readonly principal: string }[];
  readonly refused: readonly { readonly key: string | null; readonly reason: string }[];
}

/** Counts the approvals of one request. The first by each key counts, the others are refused as repeated. */
export function countApprovals(
  given: readonly GivenApproval[],
  request: ApprovalRequest,
  policy: ApprovalPolicy,
): ApprovalCount {
  const counted = new Map<string, string>();
  const refused: { key: string | null; reason: string }[] = [];
  for (const approval of given) {
    const answer = verifyApproval(approval, request, policy);
    if (!answer.ok) refused.push({ key: answer.key, reason: answer.reason });
    else if (counted.has(answer.key)) {
      refused.push({ key: answer.key, reason: `${answer.key} has approved already; a key counts once` });
    } else counted.set(answer.key, answer.principal);
  }
  return {
    met: counted.size >= policy.count,
    counted: Array.from(counted, ([key, principal]) => ({ key, principal })),
    refused,
  };
}
