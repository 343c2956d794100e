/**
 * Detached SSH signatures as `ssh-keygen -Y sign` makes them (PROTOCOL.sshsig of OpenSSH).
 *
 * Invariants:
 * - Armor has one form: header, base64 in lines of one width, footer, a newline; nothing before, between or after.
 * - `reserved` is empty: OpenSSH ignores other content there, and it would be a place for bytes that nobody signed.
 * - The namespace is one of ours, so a signature made for one purpose never serves another.
 */
import { createHash } from 'node:crypto';
import { fromBase64, toBase64 } from './canonical.ts';
import { type PublicKey, parsePublicKeyBlob, quoted } from './public-key.ts';
import { assertSignature } from './signature.ts';
import type { Signer } from './signer.ts';
import { SigningError } from './signing-error.ts';
import { join, string, u32, WireReader } from './wire.ts';

/** What a signature is for. A report signature is no approval, and the other way round. */
export type Namespace = 'gonogo-report' | 'gonogo-approval';

type Hash = 'sha256' | 'sha512';

/** A signature as read, not yet verified. */
export interface SshSignature {
  readonly publicKey: PublicKey;
  readonly namespace: string;
  readonly hash: Hash;
  /** SSH wire encoding. */
  readonly signature: Uint8Array;
}

const magic = new TextEncoder().encode('SSHSIG');
const version = 1;
const header = '-----BEGIN SSH SIGNATURE-----\n';
const footer = '-----END SSH SIGNATURE-----\n';
const armoredCharactersMax = 32 * 1024;
/** The width that ssh-keygen uses. */
const armorWidth = 70;

/** Signs a message. Resolves with the armored signature; what an agent returns is verified before it is handed on. */
export async function signSshsig(message: Uint8Array, namespace: Namespace, signer: Signer): Promise<string> {
  const { publicKey } = signer;
  const data = toSigned(message, namespace, 'sha512');
  const signature = await signer.sign(data);
  assertSignature(publicKey, data, signature);
  const fields = [string(publicKey.blob), string(namespace), string(''), string('sha512'), string(signature)];
  return armor(join(magic, u32(version), ...fields), armorWidth);
}

/** Reads an armored signature. Throws `malformed`, `unsupported` or `too-large`. */
export function parseSshsig(armored: string): SshSignature {
  const reader = new WireReader(dearmor(armored), 'the SSH signature');
  if (Buffer.compare(reader.raw(magic.length), magic) !== 0) {
    throw new SigningError('malformed', 'the SSH signature does not begin with SSHSIG');
  }
  const found = reader.u32();
  if (found !== version) throw new SigningError('unsupported', `SSH signatures of version ${found} are not known here`);
  const publicKey = parsePublicKeyBlob(reader.string());
  const namespace = reader.text();
  if (reader.string().length > 0) throw new SigningError('malformed', 'the SSH signature has a reserved field in use');
  const hash = readHash(reader.text());
  const signature = reader.string();
  reader.end();
  return { publicKey, namespace, hash, signature };
}

/** Asserts that `armored` is a good signature over `message` for `namespace`; returns the key that made it, trusted or not. */
export function assertSshsig(armored: string, message: Uint8Array, namespace: Namespace): PublicKey {
  const { publicKey, namespace: found, hash, signature } = parseSshsig(armored);
  if (found !== namespace) {
    const message = `the signature was made for ${quoted(found)}, not for ${quoted(namespace)}`;
    throw new SigningError('wrong-purpose', message);
  }
  assertSignature(publicKey, toSigned(message, namespace, hash), signature);
  return publicKey;
}

function toSigned(message: Uint8Array, namespace: Namespace, hash: Hash): Uint8Array {
  const digest = createHash(hash).update(message).digest();
  return join(magic, string(namespace), string(''), string(hash), string(digest));
}

function readHash(name: string): Hash {
  if (name === 'sha512' || name === 'sha256') return name;
  throw new SigningError('unsupported', `the signature hashes with ${quoted(name)}; sha512 and sha256 are taken`);
}

function armor(blob: Uint8Array, width: number): string {
  const lines = toBase64(blob).match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
  return `${header}${lines.join('\n')}\n${footer}`;
}

/** Other tools break lines at other widths, so the first line says which; written again it must give the same text. */
function dearmor(armored: string): Uint8Array {
  if (armored.length > armoredCharactersMax) throw new SigningError('too-large', 'the SSH signature is too long');
  if (!armored.startsWith(header) || !armored.endsWith(footer)) {
    const message = `not an SSH signature: expected "${header.trim()}" … "${footer.trim()}" and nothing around them`;
    throw new SigningError('malformed', message);
  }
  const lines = armored.slice(header.length, -footer.length).split('\n');
  const blob = fromBase64(lines.join(''), 'the text between the SSH signature marks');
  if (armor(blob, Math.max(1, Math.min(lines[0]?.length ?? 0, 1000))) !== armored) {
    throw new SigningError('malformed', 'the SSH signature has lines of uneven width');
  }
  return blob;
}
