/**
 * SSH public keys: RFC 4253 §6.6 and RFC 8332 (RSA), RFC 5656 §3.1 (ECDSA), RFC 8709 (Ed25519), PROTOCOL.u2f of OpenSSH
 * (security keys, `sk-`).
 *
 * Invariants:
 * - A key has one encoding here: points are uncompressed, integers shortest. So two spellings of one key cannot pass as
 *   two keys where distinct keys are counted, and the fingerprint names the key.
 * - Certificates, DSA, Ed448 and short RSA keys are refused by name.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { fromBase64, toBase64 } from './canonical.ts';
import { SigningError } from './signing-error.ts';
import { sameBytes, WireReader } from './wire.ts';

type Curve = 'nistp256' | 'nistp384' | 'nistp521';

interface Identity {
  /** The SSH wire encoding. */
  readonly blob: Uint8Array;
  /** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** `raw`: 32 bytes. `point`: 0x04, x, y. `n`, `e`: big-endian without leading zeros. `application`: such as `ssh:`. */
export type PublicKey = Identity &
  (
    | { readonly kind: 'ed25519'; readonly type: 'ssh-ed25519'; readonly raw: Uint8Array }
    | { readonly kind: 'ecdsa'; readonly type: string; readonly curve: Curve; readonly point: Uint8Array }
    | { readonly kind: 'rsa'; readonly type: 'ssh-rsa'; readonly n: Uint8Array; readonly e: Uint8Array }
    | {
        readonly kind: 'sk-ed25519';
        readonly type: 'sk-ssh-ed25519@openssh.com';
        readonly raw: Uint8Array;
        readonly application: string;
      }
    | {
        readonly kind: 'sk-ecdsa';
        readonly type: 'sk-ecdsa-sha2-nistp256@openssh.com';
        readonly curve: 'nistp256';
        readonly point: Uint8Array;
        readonly application: string;
      }
  );

export const curves = {
  nistp256: { jwk: 'P-256', hash: 'sha256', bytes: 32 },
  nistp384: { jwk: 'P-384', hash: 'sha384', bytes: 48 },
  nistp521: { jwk: 'P-521', hash: 'sha512', bytes: 66 },
} as const;

const blobBytesMax = 8192;
const rsaBytes = { min: 256, max: 2048 } as const;
const supported =
  'ssh-ed25519, ecdsa-sha2-nistp256, -384, -521, ssh-rsa from 2048 bits, sk-ssh-ed25519@openssh.com, sk-ecdsa-sha2-nistp256@openssh.com';

/** Reads a key in wire encoding. Throws `malformed` or `unsupported`. */
export function parsePublicKeyBlob(bytes: Uint8Array): PublicKey {
  if (bytes.length > blobBytesMax) throw new SigningError('too-large', 'the public key is too long');
  const blob = bytes.slice();
  const reader = new WireReader(blob, 'the public key');
  const identity = { blob, fingerprint: fingerprintOf(blob) };
  const key = readKey(reader.text(), reader, identity);
  reader.end();
  return key;
}

function readKey(type: string, reader: WireReader, identity: Identity): PublicKey {
  switch (type) {
    case 'ssh-ed25519':
      return { ...identity, kind: 'ed25519', type, raw: readRaw(reader) };
    case 'ecdsa-sha2-nistp256':
      return { ...identity, kind: 'ecdsa', type, curve: 'nistp256', point: readPoint(reader, 'nistp256') };
    case 'ecdsa-sha2-nistp384':
      return { ...identity, kind: 'ecdsa', type, curve: 'nistp384', point: readPoint(reader, 'nistp384') };
    case 'ecdsa-sha2-nistp521':
      return { ...identity, kind: 'ecdsa', type, curve: 'nistp521', point: readPoint(reader, 'nistp521') };
    case 'ssh-rsa':
      return { ...identity, kind: 'rsa', type, ...readRsa(reader) };
    case 'sk-ssh-ed25519@openssh.com':
      return { ...identity, kind: 'sk-ed25519', type, raw: readRaw(reader), application: reader.text() };
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const point = readPoint(reader, 'nistp256');
      return { ...identity, kind: 'sk-ecdsa', type, curve: 'nistp256', point, application: reader.text() };
    }
    default:
      throw new SigningError('unsupported', `keys of type ${quoted(type)} are not taken; these are: ${supported}`);
  }
}

function readRaw(reader: WireReader): Uint8Array {
  const raw = reader.string();
  if (raw.length !== 32) throw new SigningError('malformed', `an Ed25519 key has 32 bytes, not ${raw.length}`);
  return raw;
}

function readPoint(reader: WireReader, curve: Curve): Uint8Array {
  const named = reader.text();
  if (named !== curve) throw new SigningError('malformed', `the key says ${quoted(named)} inside and ${curve} outside`);
  const point = reader.string();
  if (point[0] !== 4 || point.length !== 1 + 2 * curves[curve].bytes) {
    throw new SigningError('malformed', `the key is not an uncompressed point of ${curve}`);
  }
  return point;
}

function readRsa(reader: WireReader): { readonly e: Uint8Array; readonly n: Uint8Array } {
  const e = reader.mpint();
  const n = reader.mpint();
  if (n.length < rsaBytes.min || n.length > rsaBytes.max) {
    throw new SigningError('unsupported', `RSA keys have 2048 to 16384 bits here; this one has about ${n.length * 8}`);
  }
  if (e.length > 8) throw new SigningError('unsupported', 'the RSA exponent is longer than 64 bits');
  return { e, n };
}

/** `SHA256:…` of a wire encoding, as `ssh-keygen -l` prints it. */
function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** Reads `TYPE BASE64 [COMMENT]`, the content of a `.pub` file (one line). */
export function parsePublicKeyLine(line: string): { readonly key: PublicKey; readonly comment: string } {
  const parts = /^[ \t]*(\S{1,64})[ \t]+(\S{1,16384})(?:[ \t]+([^\r\n]*?))?[ \t]*\r?\n?$/.exec(line);
  const [, type, base64, comment] = parts ?? [];
  if (type === undefined || base64 === undefined) {
    throw new SigningError('malformed', 'not a public key line: expected TYPE BASE64 [COMMENT], as in a .pub file');
  }
  const key = parsePublicKeyBlob(fromBase64(base64, 'the key after its type'));
  if (key.type !== type) {
    throw new SigningError('malformed', `the line says ${quoted(type)}, the key inside it is ${key.type}`);
  }
  return { key, comment: comment ?? '' };
}

/** `TYPE BASE64`, without a comment or line end. */
export function formatPublicKey(key: PublicKey): string {
  return `${key.type} ${toBase64(key.blob)}`;
}

export function isSameKey(one: PublicKey, other: PublicKey): boolean {
  return sameBytes(one.blob, other.blob);
}

/** The key for node:crypto. Throws `malformed` when the numbers are no key, such as a point off its curve. */
export function toKeyObject(key: PublicKey): KeyObject {
  try {
    return createPublicKey({ key: toJwk(key), format: 'jwk' });
  } catch (cause) {
    throw new SigningError('malformed', `${key.fingerprint} is not a valid ${key.type} key`, cause);
  }
}

function toJwk(key: PublicKey) {
  switch (key.kind) {
    case 'ed25519':
    case 'sk-ed25519':
      return { kty: 'OKP', crv: 'Ed25519', x: base64url(key.raw) };
    case 'ecdsa':
    case 'sk-ecdsa': {
      const { jwk, bytes } = curves[key.curve];
      const x = base64url(key.point.subarray(1, 1 + bytes));
      return { kty: 'EC', crv: jwk, x, y: base64url(key.point.subarray(1 + bytes)) };
    }
    case 'rsa':
      return { kty: 'RSA', n: base64url(key.n), e: base64url(key.e) };
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Foreign text in a message: bounded, with escapes for what is not printable ASCII. */
export function quoted(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  return JSON.stringify(short).replace(/[^\x20-\x7e…]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
