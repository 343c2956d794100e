/**
 * Removes secrets from a stream of bytes, whatever the boundaries of its chunks.
 *
 * A secret is found as it is, base64-encoded at any of the three alignments (standard and URL alphabet, also broken over
 * lines), and URL-encoded. Overlapping finds are removed together, so the longest wins and no tail of another stays.
 *
 * Invariants: no byte of a find is ever given out; a byte is held back only while it may begin one; without a find the
 * bytes are unchanged. It holds at most three times the longest form.
 */

/** What stands in the place of a secret. */
export const maskText = '•••';

/** A masking of one stream. */
export interface Mask {
  /** The bytes that can be given out now. */
  push(chunk: Uint8Array): Uint8Array;
  /** The rest, at the end of the stream. The mask can be used again afterwards, for a stream that follows. */
  end(): Uint8Array;
}

/** One form of a secret. `wraps`: line breaks may stand between its bytes. */
interface Form {
  readonly bytes: Uint8Array;
  readonly wraps: boolean;
}

/** A mask for the values in `secrets`; empty ones are ignored. */
export function createMask(secrets: readonly string[]): Mask {
  const byFirst = indexByFirstByte(secrets.flatMap(formsOf));
  const replacement = Buffer.from(maskText);
  let held: Uint8Array = new Uint8Array(0);
  /** How many bytes of `held` belong to a find that is replaced already. */
  let covered = 0;

  const scan = (bytes: Uint8Array, final: boolean): Uint8Array => {
    const out: Uint8Array[] = [];
    let coveredTo = covered;
    let plainFrom = coveredTo;
    let at = 0;
    for (; at < bytes.length; at += 1) {
      const forms = byFirst[bytes[at] ?? 0];
      if (forms === undefined) continue;
      const found = longestAt(forms, bytes, at, final);
      if (found === 'undecided') break;
      if (found <= coveredTo) continue;
      if (at >= coveredTo) {
        out.push(bytes.subarray(plainFrom, at), replacement);
      }
      coveredTo = found;
      plainFrom = found;
    }
    // `at` stands at the first byte that is undecided; a find before it may cover some of the bytes that follow.
    if (plainFrom < at) out.push(bytes.subarray(plainFrom, at));
    held = bytes.slice(at);
    covered = Math.max(0, coveredTo - at);
    return Buffer.concat(out);
  };

  return {
    push: (chunk) => scan(held.length === 0 ? chunk : Buffer.concat([held, chunk]), false),
    end: () => {
      const rest = scan(held, true);
      held = new Uint8Array(0);
      covered = 0;
      return rest;
    },
  };
}

/** The end of the longest form at `at`; -1 for none; `undecided` when more bytes could make a longer one. */
function longestAt(forms: readonly Form[], bytes: Uint8Array, at: number, final: boolean): number | 'undecided' {
  let longest = -1;
  for (const form of forms) {
    const end = matchAt(form, bytes, at);
    if (end === 'undecided') {
      if (!final) return end;
    } else if (end > longest) longest = end;
  }
  return longest;
}

/** Where the form ends when it begins at `at`; -1 when it does not; `undecided` when the bytes end first. */
function matchAt({ bytes: form, wraps }: Form, bytes: Uint8Array, at: number): number | 'undecided' {
  let position = at;
  for (let index = 0; index < form.length; index += 1) {
    if (wraps && index > 0) position = pastLineBreak(bytes, position);
    if (position >= bytes.length) return 'undecided';
    if (bytes[position] !== form[index]) return -1;
    position += 1;
  }
  return position;
}

const CR = 0x0d;
const LF = 0x0a;

function pastLineBreak(bytes: Uint8Array, position: number): number {
  const afterCr = bytes[position] === CR ? position + 1 : position;
  if (afterCr >= bytes.length) return afterCr;
  return bytes[afterCr] === LF ? afterCr + 1 : position;
}

function indexByFirstByte(forms: readonly Form[]): readonly (readonly Form[] | undefined)[] {
  const index: Form[][] = [];
  for (const form of forms) {
    const first = form.bytes[0];
    if (first === undefined) continue;
    const known = index[first];
    if (known === undefined) index[first] = [form];
    else known.push(form);
  }
  return Array.from({ length: 256 }, (_, byte) => index[byte]);
}

function formsOf(secret: string): readonly Form[] {
  // A value read from a file often ends in a line break that does not show where it is used.
  const values = new Set([secret, secret.trimEnd()].filter((value) => value !== ''));
  const texts = new Set<string>();
  const wrapped = new Set<string>();
  for (const value of values) {
    for (const text of [value, ...urlForms(value)]) texts.add(text);
    for (const text of base64Forms(value)) wrapped.add(text);
  }
  return [
    ...[...texts].map((text) => ({ bytes: Buffer.from(text), wraps: false })),
    ...[...wrapped].map((text) => ({ bytes: Buffer.from(text), wraps: true })),
  ];
}

/** RFC 3986 and form encoding, with both cases of hexadecimal digits, and with the marks that encoders disagree about. */
function urlForms(value: string): readonly string[] {
  const upper = encodeURIComponent(value.toWellFormed());
  const strict = upper.replace(/[!'()*~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return [upper, strict].flatMap((text) => {
    const lower = text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
    return [text, lower].flatMap((form) => [form, form.replace(/%20/g, '+')]);
  });
}

/** Below this many characters a piece of base64 is found everywhere. */
const BASE64_CHARACTERS_MIN = 3;

/**
 * The base64 of `value` after 0, 1 or 2 other bytes: once without the characters that it shares with its neighbours, and
 * once with the last one as it is at the end of the data.
 */
function base64Forms(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const forms = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    return [encoded.slice(from, to), encoded.slice(from)];
  });
  return forms
    .filter((form) => form.length >= BASE64_CHARACTERS_MIN)
    .flatMap((form) => [form, form.replace(/\+/g, '-').replace(/\//g, '_')]);
}
