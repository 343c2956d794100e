/**
 * DSSE v1 envelopes with one Ed25519 signature over an in-toto statement
 * (https://github.com/secure-systems-lab/dsse/blob/master/envelope.md).
 *
 * Invariants:
 * - An envelope has one form: RFC 8785 JSON with exactly these keys and canonical base64. DSSE lets readers be lenient; this one
 *   is not, so that no byte of an envelope can change unseen.
 * - `keyid` is the SSH fingerprint of the signing key. DSSE leaves it unauthenticated, so it is never trusted: it must only
 *   agree with the key that the signature verifies under.
 */
import * as z from 'zod';
import { canonicalBytes, fromBase64, parseCanonical, toBase64 } from './canonical.ts';
import { pae } from './pae.ts';
import type { PublicKey } from './public-key.ts';
import { assertSignature } from './signature.ts';
import type { Signer } from './signer.ts';
import { SigningError } from './signing-error.ts';
import { join, string, WireReader } from './wire.ts';

/** The payload type of in-toto statements (https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md). */
export const payloadType = 'application/vnd.in-toto+json';

const envelopeSchema = z.strictObject({
  payload: z.string(),
  payloadType: z.literal(payloadType),
  signatures: z.tuple([z.strictObject({ keyid: z.string(), sig: z.string().max(88) })]),
});

/** An envelope as read, not yet verified. `signature`: 64 bytes. */
export interface Envelope {
  readonly payload: Uint8Array;
  readonly keyid: string;
  readonly signature: Uint8Array;
}

/** Largest envelope that is read: a 16 MiB statement in base64. */
const envelopeBytesMax = 24 * 1024 * 1024;

/** The bytes of an envelope around `payload`. Throws `unsupported` unless the signer's key is Ed25519. */
export async function signEnvelope(payload: Uint8Array, signer: Signer): Promise<Uint8Array> {
  const key = signer.publicKey;
  if (key.kind !== 'ed25519') {
    throw new SigningError('unsupported', `a DSSE envelope is signed with Ed25519; this key is ${key.type}`);
  }
  const data = pae(payloadType, payload);
  const wire = await signer.sign(data);
  assertSignature(key, data, wire);
  const reader = new WireReader(wire, 'the signature');
  reader.text();
  const signatures = [{ keyid: key.fingerprint, sig: toBase64(reader.string()) }];
  return canonicalBytes({ payload: toBase64(payload), payloadType, signatures });
}

/** Reads an envelope of exactly the form that `signEnvelope` writes. Throws `malformed` or `too-large`. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const { payload, signatures } = parseCanonical(bytes, envelopeSchema, 'the DSSE envelope', envelopeBytesMax);
  const [{ keyid, sig }] = signatures;
  return {
    payload: fromBase64(payload, 'the payload of the DSSE envelope'),
    keyid,
    signature: fromBase64(sig, 'the signature in the DSSE envelope'),
  };
}

/** Asserts that `key` signed the envelope and that `keyid` names this very key. Throws `bad-signature` or `unsupported`. */
export function assertEnvelope(envelope: Envelope, key: PublicKey): void {
  if (key.kind !== 'ed25519') {
    throw new SigningError('unsupported', `a DSSE envelope is signed with Ed25519; this key is ${key.type}`);
  }
  if (envelope.keyid !== key.fingerprint) {
    throw new SigningError('bad-signature', `the DSSE envelope names another key than ${key.fingerprint}`);
  }
  const wire = join(string(key.type), string(envelope.signature));
  assertSignature(key, pae(payloadType, envelope.payload), wire);
}
