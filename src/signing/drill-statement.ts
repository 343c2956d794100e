/**
 * What a rehearsal came to, as an in-toto Statement v1 about the documents that were rehearsed, and who signed it. It lies in a folder
 * of its own, signed in the ways of a report: DSSE for Ed25519 keys, SSHSIG for any.
 *
 * Invariants:
 * - The bytes are RFC 8785, so there is one statement for a value and no byte of it is free.
 * - It says what was rehearsed by digests: the runbook, what it includes, and the drill file. Another text is another rehearsal.
 * - It can be taken for no report: its predicate type is its own.
 */
import * as z from 'zod';
import { type AllowedSigners, trust } from './allowed-signers.ts';
import { canonicalBytes, parseCanonical } from './canonical.ts';
import { assertEnvelope, parseEnvelope } from './dsse.ts';
import { decodeArmored, envelopeName, type ReportFile, signatureName, statementName } from './sign-report.ts';
import { SigningError } from './signing-error.ts';
import { assertSshsig } from './sshsig.ts';
import { sameBytes } from './wire.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');

const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  /** The documents, the main one first. */
  subject: z.array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256 }) })).min(1),
  predicateType: z.literal('urn:gonogo:drill:v1'),
  predicate: z.strictObject({
    title: z.string(),
    /** By the clock of whoever rehearsed it, epoch ms. */
    at: z.int().min(0),
    operator: z.string(),
    /** gonogo's own version. */
    version: z.string(),
    /** The drill file; null: there was none. */
    drill: z.strictObject({ name: z.string(), sha256 }).nullable(),
    points: z.int().min(0),
    covered: z.int().min(0),
    marked: z.int().min(0),
    open: z.int().min(0),
    /** Steps that change something and to which no way led. */
    unreached: z.array(z.string()),
    /** Fingerprint of the key that signs it; null: nobody signs it. */
    signer: z.string().nullable(),
  }),
});

export type DrillStatement = Readonly<z.infer<typeof statementSchema>>;

const bytesMax = 4 * 1024 * 1024;

export function drillStatementBytes(
  documents: readonly { readonly path: string; readonly sha256: string }[],
  predicate: DrillStatement['predicate'],
): Uint8Array {
  return canonicalBytes({
    _type: 'https://in-toto.io/Statement/v1',
    subject: documents.map(({ path, sha256: digest }) => ({ name: path, digest: { sha256: digest } })),
    predicateType: 'urn:gonogo:drill:v1',
    predicate,
  });
}

/** Reads exactly what `drillStatementBytes` writes. Throws `SigningError`. */
export function parseDrillStatement(bytes: Uint8Array): DrillStatement {
  return parseCanonical(bytes, statementSchema, 'the record of the rehearsal', bytesMax);
}

/** `principal` null: a good signature by a key that is not trusted, for `reason`. */
export interface DrillSigner {
  readonly key: string;
  readonly principal: string | null;
  readonly reason: string;
}

/**
 * Who signed the record in `files`; null: nobody. Throws `SigningError` for a signature that is none over this very statement, for one
 * that was taken away, and for the envelope of an Ed25519 key that is missing or another's.
 */
export function drillSigner(
  files: readonly ReportFile[],
  allowed: AllowedSigners | null,
  nowMs: number,
): DrillSigner | null {
  const of = (name: string): Uint8Array | undefined => files.find((file) => file.name === name)?.bytes;
  const statement = of(statementName) ?? new Uint8Array();
  const { signer } = parseDrillStatement(statement).predicate;
  const armored = of(signatureName(1));
  if (signer === null && armored === undefined) return null;
  if (armored === undefined) throw new SigningError('bad-signature', 'it was signed, and its signature is gone');
  const key = assertSshsig(decodeArmored(armored), statement, 'gonogo-report');
  if (key.fingerprint !== signer)
    throw new SigningError('bad-signature', `it is signed by ${key.fingerprint}, and names another signer`);
  if (key.kind === 'ed25519') {
    const envelope = parseEnvelope(of(envelopeName) ?? new Uint8Array());
    if (!sameBytes(envelope.payload, statement))
      throw new SigningError('bad-signature', `the payload of ${envelopeName} is not ${statementName}`);
    assertEnvelope(envelope, key);
  }
  if (allowed === null) return { key: key.fingerprint, principal: null, reason: 'nothing says whose key that is' };
  const answer = trust(allowed, key, { principals: null, namespace: 'gonogo-report', atMs: nowMs });
  return { key: key.fingerprint, principal: answer.principal, reason: answer.reason };
}
