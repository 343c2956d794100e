/**
 * Unguessable short names from the kernel's randomness. The alphabet is base 32's, so that 5 bits of each random byte
 * choose a character without bias and an id can be read aloud.
 */
import { randomBytes } from 'node:crypto';
import type { Ids } from './host.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Ids from `crypto.randomBytes`: `length` characters of `[a-z2-7]`, 5 bits each. */
export const realIds: Ids = {
  short: (length) => Array.from(randomBytes(length), (byte) => ALPHABET.charAt(byte & 31)).join(''),
};
