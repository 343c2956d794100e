/**
 * Ed25519 private keys in OpenSSH's file format (PROTOCOL.key of OpenSSH, "openssh-key-v1"): read, made, signed with.
 *
 * Invariants:
 * - Other private keys are never read here: they sign through ssh-agent.
 * - Nothing unencrypted is written by reading an encrypted file; a passphrase and what it opens stay in memory.
 * - Key material is in no message.
 */
import {
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { bcryptPbkdf } from './bcrypt-pbkdf.ts';
import { fromBase64, toBase64 } from './canonical.ts';
import { formatPublicKey, type PublicKey, parsePublicKeyBlob, quoted } from './public-key.ts';
import { SigningError } from './signing-error.ts';
import { join, sameBytes, string, u32, WireReader } from './wire.ts';

type Ed25519PublicKey = Extract<PublicKey, { kind: 'ed25519' }>;

export interface PrivateKey {
  readonly publicKey: Ed25519PublicKey;
  readonly comment: string;
  readonly keyObject: KeyObject;
}

const header = '-----BEGIN OPENSSH PRIVATE KEY-----';
const footer = '-----END OPENSSH PRIVATE KEY-----';
const magic = new TextEncoder().encode('openssh-key-v1\0');
const fileCharactersMax = 64 * 1024;
/** ssh-keygen uses 16 or 24; this many take a minute. A file that asks for more would only keep us busy. */
const kdfRoundsMax = 5000;

/** Ciphers of `ssh-keygen -Z` that node:crypto has and that need no tag; sizes in bytes. */
const ciphers: ReadonlyMap<string, { readonly node: string; readonly key: number; readonly block: number }> = new Map([
  ['aes256-ctr', { node: 'aes-256-ctr', key: 32, block: 16 }],
  ['aes192-ctr', { node: 'aes-192-ctr', key: 24, block: 16 }],
  ['aes128-ctr', { node: 'aes-128-ctr', key: 16, block: 16 }],
  ['aes256-cbc', { node: 'aes-256-cbc', key: 32, block: 16 }],
]);

interface Container {
  readonly cipher: string;
  readonly kdf: string;
  readonly kdfOptions: Uint8Array;
  readonly publicKey: PublicKey;
  readonly secret: Uint8Array;
}

/** True when the text is a private key file of any format, as opposed to a `.pub` line. */
export function isPrivateKeyText(text: string): boolean {
  return /^\s*-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text);
}

/** The public half of a private key file, readable without its passphrase. Throws `malformed`, `unsupported`, `too-large`. */
export function publicKeyOf(text: string): { readonly key: PublicKey; readonly encrypted: boolean } {
  const { publicKey, cipher } = readContainer(text);
  return { key: publicKey, encrypted: cipher !== 'none' };
}

/**
 * The Ed25519 key in a file. `passphrase` is needed when `publicKeyOf` says encrypted. Throws `passphrase` when it is missing or
 * wrong, `unsupported` for other kinds of keys and ciphers, `malformed`.
 */
export function readPrivateKey(text: string, passphrase: string | null): PrivateKey {
  const container = readContainer(text);
  if (container.publicKey.kind !== 'ed25519') {
    const { type } = container.publicKey;
    throw new SigningError('unsupported', `key files are read for Ed25519 only; load this ${type} key with ssh-add`);
  }
  const key = readSecret(decrypt(container, passphrase), container.cipher !== 'none');
  if (!sameBytes(key.publicKey.blob, container.publicKey.blob)) {
    throw new SigningError('malformed', 'the key file holds a private key that is not the one it names');
  }
  return key;
}

function readContainer(text: string): Container {
  const reader = new WireReader(readArmor(text), 'the key file');
  if (!sameBytes(reader.raw(Math.min(magic.length, reader.left)), magic)) {
    throw new SigningError('malformed', 'the key file does not begin with openssh-key-v1');
  }
  const cipher = reader.text();
  const kdf = reader.text();
  const kdfOptions = reader.string();
  const count = reader.u32();
  if (count !== 1) throw new SigningError('unsupported', `the file holds ${count} keys; one is taken`);
  const publicKey = parsePublicKeyBlob(reader.string());
  const secret = reader.string();
  // Ciphers that are not read here put a tag behind; their public half must be readable all the same, for the agent.
  if (cipher === 'none' || ciphers.has(cipher)) reader.end();
  return { cipher, kdf, kdfOptions, publicKey, secret };
}

function readArmor(text: string): Uint8Array {
  if (text.length > fileCharactersMax) throw new SigningError('too-large', 'the key file is too long to be one');
  const lines = text.trim().split(/\r?\n/);
  if (lines[0] !== header || lines.at(-1) !== footer) {
    const message = `not an OpenSSH private key ("${header}"); for a key of another format use ssh-add, or "ssh-keygen -p -f FILE" to convert it`;
    throw new SigningError('unsupported', message);
  }
  return fromBase64(lines.slice(1, -1).join(''), 'the text of the key file');
}

function decrypt(container: Container, passphrase: string | null): Uint8Array {
  const { cipher: name, kdf, kdfOptions, secret } = container;
  if (name === 'none' && kdf === 'none') return secret;
  const cipher = ciphers.get(name);
  if (cipher === undefined || kdf !== 'bcrypt') {
    const message = `key files encrypted with ${quoted(name)} and ${quoted(kdf)} are not read; use ssh-add, or re-encrypt with "ssh-keygen -p -Z aes256-ctr -f FILE"`;
    throw new SigningError('unsupported', message);
  }
  if (passphrase === null) throw new SigningError('passphrase', 'the key file is encrypted: its passphrase is needed');
  if (secret.length % cipher.block !== 0) {
    throw new SigningError('malformed', 'the key file is encrypted but not in whole blocks');
  }
  const { salt, rounds } = readKdfOptions(kdfOptions);
  const derived = bcryptPbkdf(new TextEncoder().encode(passphrase), salt, cipher.key + cipher.block, rounds);
  const decipher = createDecipheriv(cipher.node, derived.subarray(0, cipher.key), derived.subarray(cipher.key));
  decipher.setAutoPadding(false);
  return join(decipher.update(secret), decipher.final());
}

function readKdfOptions(bytes: Uint8Array): { readonly salt: Uint8Array; readonly rounds: number } {
  const reader = new WireReader(bytes, 'the key derivation of the key file');
  const salt = reader.string();
  const rounds = reader.u32();
  reader.end();
  if (salt.length === 0 || rounds === 0) throw new SigningError('malformed', 'the key file has no salt or no rounds');
  if (rounds > kdfRoundsMax) {
    throw new SigningError('unsupported', `the key file asks for ${rounds} rounds; above ${kdfRoundsMax} use ssh-add`);
  }
  return { salt, rounds };
}

function readSecret(bytes: Uint8Array, encrypted: boolean): PrivateKey {
  const reader = new WireReader(bytes, 'the private part of the key file');
  // Two equal random numbers: the only sign that the passphrase was right.
  const check = reader.u32();
  if (reader.u32() !== check) {
    if (encrypted) throw new SigningError('passphrase', 'the passphrase is wrong');
    throw new SigningError('malformed', 'the key file is damaged: its check numbers differ');
  }
  const type = reader.text();
  if (type !== 'ssh-ed25519') throw new SigningError('malformed', `the private part is a ${quoted(type)} key`);
  const raw = reader.string();
  const pair = reader.string();
  const comment = reader.text();
  reader.raw(reader.left).forEach((byte, i) => {
    if (byte !== ((i + 1) & 0xff)) throw new SigningError('malformed', 'the key file is damaged: wrong padding');
  });
  if (raw.length !== 32 || pair.length !== 64 || !sameBytes(pair.subarray(32), raw)) {
    throw new SigningError('malformed', 'the key file is damaged: its halves do not agree');
  }
  return toPrivateKey(pair.subarray(0, 32), raw, comment);
}

function toPrivateKey(seed: Uint8Array, raw: Uint8Array, comment: string): PrivateKey {
  const publicKey = parsePublicKeyBlob(join(string('ssh-ed25519'), string(raw)));
  if (publicKey.kind !== 'ed25519') throw new TypeError('an ssh-ed25519 blob is an ed25519 key');
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: base64url(seed), x: base64url(raw) };
  const key = { publicKey, comment, keyObject: createPrivateKey({ key: jwk, format: 'jwk' }) };
  // A file whose public half belongs to another seed would make signatures that give the seed away.
  const derived = key.keyObject.export({ format: 'jwk' }).x;
  if (derived !== base64url(raw))
    throw new SigningError('malformed', 'the private key does not belong to its public half');
  return key;
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Signs the bytes (RFC 8032 Ed25519); the signature is in SSH wire encoding (RFC 8709 §6). */
export function signEd25519(key: PrivateKey, data: Uint8Array): Uint8Array {
  return join(string('ssh-ed25519'), string(sign(null, data, key.keyObject)));
}

/** A new key: `file` is the content of an unencrypted private key file (for mode 0600), `line` that of its `.pub` file. */
export interface NewKey {
  readonly publicKey: PublicKey;
  readonly file: Uint8Array;
  readonly line: string;
}

/** Makes an Ed25519 key. `comment` is one line that `ssh-keygen -l` and the agent show, such as `alice@host`. */
export function createKey(comment: string): NewKey {
  if (/[\x00-\x1f\x7f]/.test(comment)) throw new SigningError('malformed', 'the comment of a key is one line of text');
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  if (d === undefined || x === undefined) throw new TypeError('an Ed25519 key has d and x');
  const raw = new Uint8Array(Buffer.from(x, 'base64url'));
  const seed = new Uint8Array(Buffer.from(d, 'base64url'));
  const publicKey = parsePublicKeyBlob(join(string('ssh-ed25519'), string(raw)));
  const line = `${formatPublicKey(publicKey)}${comment === '' ? '' : ` ${comment}`}\n`;
  return { publicKey, file: encodeFile(publicKey, seed, raw, comment), line };
}

function encodeFile(publicKey: PublicKey, seed: Uint8Array, raw: Uint8Array, comment: string): Uint8Array {
  const check = randomBytes(4);
  const secret = join(check, check, string('ssh-ed25519'), string(raw), string(join(seed, raw)), string(comment));
  const padding = Uint8Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1);
  const nothing = string('');
  const head = join(magic, string('none'), string('none'), nothing, u32(1), string(publicKey.blob));
  const lines = toBase64(join(head, string(join(secret, padding)))).match(/.{1,70}/g) ?? [];
  return new TextEncoder().encode(`${header}\n${lines.join('\n')}\n${footer}\n`);
}
