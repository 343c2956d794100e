/**
 * Signatures that a browser's authenticator made: `webauthn-sk-ecdsa-sha2-nistp256@openssh.com` (PROTOCOL.u2f of OpenSSH; Web
 * Authentication level 2, §5.8.1 and §6.1).
 *
 * Invariants:
 * - What is refused by `ssh-keygen` is refused here: the client data begins with exactly the type, the challenge and the origin
 *   that are expected, and the flags fit what follows them.
 * - Beyond that the person must have been there and verified, the page must belong to the key's application and may not have been
 *   framed by another one. `ssh-keygen -Y verify` looks at none of these.
 */
import { createHash } from 'node:crypto';
import type { PublicKey } from './public-key.ts';
import { quoted } from './public-key.ts';
import { SigningError } from './signing-error.ts';
import { join, u32, type WireReader } from './wire.ts';

/** The name of the algorithm in a signature; its key is of type `sk-ecdsa-sha2-nistp256@openssh.com`. */
export const webauthnAlgorithm = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com';

const userPresent = 0x01;
const userVerified = 0x04;
const attestedData = 0x40;
const extensionData = 0x80;

/** What an authenticator signed, and its ECDSA signature over it in SSH wire encoding. */
export interface AuthenticatorSignature {
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

type SecurityKey = Extract<PublicKey, { kind: 'sk-ecdsa' }>;

/** Reads what follows the algorithm's name. `data`: what the signature is over. Throws `bad-signature` or `malformed`. */
export function readWebauthn(key: SecurityKey, data: Uint8Array, reader: WireReader): AuthenticatorSignature {
  const signature = reader.string();
  const flags = reader.u8();
  const counter = reader.u32();
  const origin = reader.text();
  const clientData = reader.text();
  const extensions = reader.string();
  reader.end();
  assertFlags(flags, extensions.length > 0);
  assertClientData(clientData, origin, data);
  assertOrigin(origin, key.application);
  const tail = join(Uint8Array.of(flags), u32(counter), extensions);
  return { signed: join(sha256(key.application), tail, sha256(clientData)), signature };
}

function assertFlags(flags: number, extended: boolean): void {
  if ((flags & attestedData) !== 0 || ((flags & extensionData) !== 0) !== extended) {
    throw new SigningError('malformed', 'the flags of the authenticator do not fit what it signed');
  }
  if ((flags & userPresent) === 0) throw bad('the authenticator signed without being touched (no user-presence flag)');
  if ((flags & userVerified) === 0)
    throw bad('the authenticator did not verify who touched it (no user-verification flag)');
}

function assertClientData(clientData: string, origin: string, data: Uint8Array): void {
  const challenge = Buffer.from(data).toString('base64url');
  const begins = `{"type":"webauthn.get","challenge":"${challenge}","origin":"${origin}"`;
  if (origin.includes('"') || !clientData.startsWith(begins)) throw bad('the browser was asked to sign something else');
  // A name that stands twice would have two meanings.
  const named = clientData.split('"crossOrigin"').length - 1;
  if (named !== 1 || crossOrigin(clientData) !== false) {
    throw bad('the browser does not say that no other page framed the one that asked (crossOrigin is not false)');
  }
}

function crossOrigin(clientData: string): unknown {
  try {
    const read: unknown = JSON.parse(clientData);
    return typeof read === 'object' && read !== null && 'crossOrigin' in read ? read.crossOrigin : undefined;
  } catch (cause) {
    throw new SigningError('malformed', "the browser's client data is not JSON", cause);
  }
}

/** A page of the application: its own host over HTTPS, or one below it. */
function assertOrigin(origin: string, application: string): void {
  const host = /^https:\/\/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::[1-9]\d{0,4})?$/.exec(origin)?.[1];
  const belongs = host !== undefined && (host === application || host.endsWith(`.${application}`));
  if (!belongs)
    throw bad(`the page ${quoted(origin)} does not belong to the application ${quoted(application)} of the key`);
}

function bad(message: string): SigningError {
  return new SigningError('bad-signature', message);
}

function sha256(data: string): Uint8Array {
  return createHash('sha256').update(data).digest();
}
