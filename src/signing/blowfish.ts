/**
 * The Blowfish of bcrypt: key schedule with salt (B. Schneier 1993; N. Provos, D. Mazières, "A Future-Adaptable Password
 * Scheme", 1999, §4). It serves only to open encrypted OpenSSH key files: Node's OpenSSL no longer has Blowfish.
 *
 * Invariants:
 * - It decrypts keys that somebody else encrypted and protects nothing: a fault here shows as "wrong passphrase".
 * - The initial state is the fraction of π in binary, so it is computed, not a table that nobody can proofread.
 */

const rounds = 16;
const pWords = rounds + 2;
const boxWords = 256;
const stateWords = pWords + 4 * boxWords;

let initial: Uint32Array | null = null;

/** P-array and four S-boxes, one after the other. */
export class Blowfish {
  readonly #state: Uint32Array;

  constructor() {
    initial ??= fractionOfPi(stateWords);
    this.#state = initial.slice();
  }

  /** Mixes `key` into the P-array, then replaces the whole state by encryptions of what came before and `salt`, both cyclic words. */
  expand(key: Uint32Array, salt: Uint32Array | null): void {
    const state = this.#state;
    for (let i = 0; i < pWords; i++) state[i] = at(state, i) ^ at(key, i % key.length);
    const pair = new Uint32Array(2);
    for (let i = 0; i < stateWords; i += 2) {
      if (salt !== null) {
        pair[0] = at(pair, 0) ^ at(salt, i % salt.length);
        pair[1] = at(pair, 1) ^ at(salt, (i + 1) % salt.length);
      }
      this.encrypt(pair, 0);
      state[i] = at(pair, 0);
      state[i + 1] = at(pair, 1);
    }
  }

  /** Encrypts the two words at `start` in place. */
  encrypt(words: Uint32Array, start: number): void {
    const s = this.#state;
    let left = at(words, start) ^ at(s, 0);
    let right = at(words, start + 1);
    for (let i = 1; i <= rounds; i += 2) {
      right ^= feistel(s, left) ^ at(s, i);
      left ^= feistel(s, right) ^ at(s, i + 1);
    }
    words[start] = right ^ at(s, rounds + 1);
    words[start + 1] = left;
  }
}

function feistel(s: Uint32Array, x: number): number {
  const a = at(s, pWords + (x >>> 24));
  const b = at(s, pWords + boxWords + ((x >>> 16) & 0xff));
  const c = at(s, pWords + 2 * boxWords + ((x >>> 8) & 0xff));
  const d = at(s, pWords + 3 * boxWords + (x & 0xff));
  return ((a + b) ^ c) + d;
}

function at(words: Uint32Array, index: number): number {
  return words[index] ?? 0;
}

/** The first `words` 32-bit words of π − 3, by Machin's formula π = 16 arctan(1/5) − 4 arctan(1/239). */
function fractionOfPi(words: number): Uint32Array {
  const guardBits = 64n;
  const bits = BigInt(32 * words);
  const one = 1n << (bits + guardBits);
  const pi = (16n * arctanOfInverse(5n, one) - 4n * arctanOfInverse(239n, one)) >> guardBits;
  const hex = (pi - (3n << bits)).toString(16).padStart(8 * words, '0');
  return Uint32Array.from({ length: words }, (_, i) => Number.parseInt(hex.slice(8 * i, 8 * i + 8), 16));
}

/** arctan(1/x) × `one`, by its power series; the error is below one unit a term. */
function arctanOfInverse(x: bigint, one: bigint): bigint {
  let power = one / x;
  let sum = power;
  for (let n = 3n, sign = -1n; power > 0n; n += 2n, sign = -sign) {
    power /= x * x;
    sum += (sign * power) / n;
  }
  return sum;
}
