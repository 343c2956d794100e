/**
 * The data types of the SSH protocol that keys and signatures are made of (RFC 4251 §5): uint32, string, mpint.
 *
 * Invariants: a reader never reads past its bytes and never allocates by a length it was told; every value has one
 * encoding here, so what is read and written again is the same bytes.
 */
import { SigningError } from './signing-error.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Reads fields one after the other; each method throws `malformed` naming `what` when the bytes do not fit. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** `what`: words for messages, such as "the signature". */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Exactly `length` bytes, a view of the input. */
  raw(length: number): Uint8Array {
    if (length > this.left) this.#fail('ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  u8(): number {
    return this.raw(1)[0] ?? 0;
  }

  u32(): number {
    const bytes = this.raw(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  }

  string(): Uint8Array {
    return this.raw(this.u32());
  }

  /** A string that is well-formed UTF-8. */
  text(): string {
    const bytes = this.string();
    try {
      return utf8.decode(bytes);
    } catch {
      return this.#fail('holds text that is not UTF-8');
    }
  }

  /** A positive integer as big-endian bytes without leading zeros; any longer encoding of it is refused. */
  mpint(): Uint8Array {
    const bytes = this.string();
    const [first, second] = bytes;
    if (first === undefined || first >= 0x80) return this.#fail('holds an integer that is not positive');
    if (first !== 0) return bytes;
    if (second === undefined || second < 0x80) return this.#fail('holds an integer with needless zeros');
    return bytes.subarray(1);
  }

  /** Asserts that nothing follows. */
  end(): void {
    if (this.left > 0) this.#fail(`has ${this.left} bytes too many`);
  }

  #fail(problem: string): never {
    throw new SigningError('malformed', `${this.#what} ${problem}`);
  }
}

/** Four bytes, big-endian. `value` is 0 … 2^32 − 1. */
export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Length and bytes; text as UTF-8. */
export function string(value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === 'string' ? encoder.encode(value) : value;
  return join(u32(bytes.length), bytes);
}

/** The positive integer whose big-endian bytes are given, in its shortest encoding. */
export function mpint(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = start < 0 ? new Uint8Array() : bytes.subarray(start);
  return string((short[0] ?? 0) >= 0x80 ? join(new Uint8Array(1), short) : short);
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
