/**
 * Verification of one raw SSH signature: RFC 4253 §6.6, RFC 5656 §3.1.2 (ECDSA), RFC 8332 §3 (RSA with SHA-2), RFC 8709 §6
 * (Ed25519), PROTOCOL.u2f of OpenSSH (security keys).
 *
 * Invariants:
 * - `ssh-rsa` (SHA-1) is refused.
 * - A security key's signature counts only with the user-presence flag: somebody touched the key. `ssh-keygen -Y verify`
 *   does not look at it.
 * - It never reads trust from a signature: a good one only says which key made it.
 */
import { createHash, verify } from 'node:crypto';
import { curves, type PublicKey, quoted, toKeyObject } from './public-key.ts';
import { SigningError } from './signing-error.ts';
import { readWebauthn, webauthnAlgorithm } from './webauthn.ts';
import { join, u32, WireReader } from './wire.ts';

const userPresent = 0x01;

/** Asserts that `signature` (SSH wire encoding) was made by `key` over `data`. Throws `bad-signature`, `malformed` or `unsupported`. */
export function assertSignature(key: PublicKey, data: Uint8Array, signature: Uint8Array): void {
  const reader = new WireReader(signature, 'the signature');
  const algorithm = reader.text();
  if (!isVerified(key, algorithm, data, reader)) {
    throw new SigningError('bad-signature', `the signature is not by ${key.fingerprint} over these bytes`);
  }
}

function isVerified(key: PublicKey, algorithm: string, data: Uint8Array, reader: WireReader): boolean {
  switch (key.kind) {
    case 'ed25519':
      assertAlgorithm(algorithm, key.type);
      return isEd25519(key, data, lastString(reader));
    case 'ecdsa':
      assertAlgorithm(algorithm, key.type);
      return isEcdsa(key, data, lastString(reader));
    case 'rsa':
      return isRsa(key, algorithm, data, lastString(reader));
    case 'sk-ecdsa':
      if (algorithm === webauthnAlgorithm) return isByAuthenticator(key, data, reader);
      assertAlgorithm(algorithm, key.type);
      return isBySecurityKey(key, data, reader);
    case 'sk-ed25519':
      assertAlgorithm(algorithm, key.type);
      return isBySecurityKey(key, data, reader);
  }
}

function assertAlgorithm(algorithm: string, expected: string): void {
  if (algorithm === expected) return;
  throw new SigningError('unsupported', `a ${expected} key does not sign with ${quoted(algorithm)}`);
}

function lastString(reader: WireReader): Uint8Array {
  const bytes = reader.string();
  reader.end();
  return bytes;
}

type Ed25519Key = Extract<PublicKey, { kind: 'ed25519' | 'sk-ed25519' }>;
type EcdsaKey = Extract<PublicKey, { kind: 'ecdsa' | 'sk-ecdsa' }>;
type SecurityKey = Extract<PublicKey, { kind: 'sk-ed25519' | 'sk-ecdsa' }>;

function isEd25519(key: Ed25519Key, data: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, data, toKeyObject(key), signature);
}

function isEcdsa(key: EcdsaKey, data: Uint8Array, signature: Uint8Array): boolean {
  const { hash, bytes } = curves[key.curve];
  const reader = new WireReader(signature, 'the ECDSA signature');
  const r = reader.mpint();
  const s = reader.mpint();
  reader.end();
  if (r.length > bytes || s.length > bytes) return false;
  const rs = new Uint8Array(2 * bytes);
  rs.set(r, bytes - r.length);
  rs.set(s, 2 * bytes - s.length);
  return verify(hash, data, { key: toKeyObject(key), dsaEncoding: 'ieee-p1363' }, rs);
}

function isRsa(
  key: Extract<PublicKey, { kind: 'rsa' }>,
  algorithm: string,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (algorithm === 'ssh-rsa') {
    throw new SigningError(
      'unsupported',
      'the signature uses RSA with SHA-1 (ssh-rsa), which can be forged; sign again',
    );
  }
  if (algorithm !== 'rsa-sha2-512' && algorithm !== 'rsa-sha2-256') {
    throw new SigningError('unsupported', `an RSA key does not sign with ${quoted(algorithm)}`);
  }
  const hash = algorithm === 'rsa-sha2-512' ? 'sha512' : 'sha256';
  return signature.length === key.n.length && verify(hash, data, toKeyObject(key), signature);
}

function isBySecurityKey(key: SecurityKey, data: Uint8Array, reader: WireReader): boolean {
  const signature = reader.string();
  const flags = reader.u8();
  const counter = reader.u32();
  reader.end();
  if ((flags & userPresent) === 0) {
    throw new SigningError('bad-signature', 'the security key signed without being touched (no user-presence flag)');
  }
  const signed = join(sha256(key.application), Uint8Array.of(flags), u32(counter), sha256(data));
  return key.kind === 'sk-ed25519' ? isEd25519(key, signed, signature) : isEcdsa(key, signed, signature);
}

function isByAuthenticator(
  key: Extract<PublicKey, { kind: 'sk-ecdsa' }>,
  data: Uint8Array,
  reader: WireReader,
): boolean {
  const { signed, signature } = readWebauthn(key, data, reader);
  return isEcdsa(key, signed, signature);
}

function sha256(data: Uint8Array | string): Uint8Array {
  return createHash('sha256').update(data).digest();
}
