/**
 * bcrypt_pbkdf, the key derivation of encrypted OpenSSH key files (OpenBSD `lib/libutil/bcrypt_pbkdf.c`; PROTOCOL.key of
 * OpenSSH §2): PBKDF2 with bcrypt over SHA-512 as its hash, and the output bytes dealt out over the whole key.
 */
import { createHash } from 'node:crypto';
import { Blowfish } from './blowfish.ts';
import { u32 } from './wire.ts';

const blockBytes = 32;
const constant = new TextEncoder().encode('OxychromaticBlowfishSwatDynamite');

/** `keyBytes` bytes of key. `rounds` ≥ 1; each costs some milliseconds per 32 bytes of key, without a pause. */
export function bcryptPbkdf(passphrase: Uint8Array, salt: Uint8Array, keyBytes: number, rounds: number): Uint8Array {
  const blocks = Math.ceil(keyBytes / blockBytes);
  const secret = toWords(sha512(passphrase));
  const key = new Uint8Array(keyBytes);
  for (let block = 0; block < blocks; block++) {
    derive(secret, salt, block + 1, rounds).forEach((byte, i) => {
      // Byte i of block b is byte i × blocks + b of the key; what falls behind its end is dropped.
      const place = i * blocks + block;
      if (place < keyBytes) key[place] = byte;
    });
  }
  return key;
}

function derive(secret: Uint32Array, salt: Uint8Array, block: number, rounds: number): Uint8Array {
  let hash = bcryptHash(secret, toWords(sha512(salt, u32(block))));
  const out = hash.slice();
  for (let round = 1; round < rounds; round++) {
    hash = bcryptHash(secret, toWords(sha512(hash)));
    for (let i = 0; i < blockBytes; i++) out[i] = (out[i] ?? 0) ^ (hash[i] ?? 0);
  }
  return out;
}

function bcryptHash(secret: Uint32Array, salt: Uint32Array): Uint8Array {
  const blowfish = new Blowfish();
  blowfish.expand(secret, salt);
  for (let i = 0; i < 64; i++) {
    blowfish.expand(salt, null);
    blowfish.expand(secret, null);
  }
  const words = toWords(constant);
  for (let i = 0; i < 64; i++) {
    for (let pair = 0; pair < words.length; pair += 2) blowfish.encrypt(words, pair);
  }
  const out = new Uint8Array(blockBytes);
  const view = new DataView(out.buffer);
  words.forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  return out;
}

/** Big-endian words. `bytes` is a multiple of four long. */
function toWords(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i));
}

function sha512(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
