/**
 * The one text form of what is signed: RFC 8785 JSON and RFC 4648 §4 base64, and their strict readers.
 *
 * Invariant: a reader takes exactly the bytes that the writer makes of the value it returns. So there is one document for a
 * value and one value for a document: no second reading, no room for unsigned content.
 */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { z } from 'zod';
import { tooHeavy } from '../diagnostics/json-weight.ts';
import { SigningError } from './signing-error.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** RFC 8785 text of a JSON value. Throws when it holds what JSON cannot (a bug of ours, or a lone surrogate). */
export function canonicalText(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}

/** The UTF-8 bytes of `canonicalText`. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalText(value));
}

/**
 * Reads canonical JSON of the given shape. Throws `too-large` above `bytesMax` and `malformed` for everything else;
 * `what` names the document in the message.
 */
export function parseCanonical<T>(bytes: Uint8Array, schema: z.ZodType<T>, what: string, bytesMax: number): T {
  if (bytes.length > bytesMax) {
    throw new SigningError('too-large', `${what} has ${bytes.length} bytes; at most ${bytesMax} are read`);
  }
  const heavy = tooHeavy(bytes);
  if (heavy !== null) throw new SigningError('too-large', `${what} is refused: ${heavy}`);
  const text = decodeUtf8(bytes, what);
  const read = schema.safeParse(parseJson(text, what));
  if (!read.success) {
    const issue = read.error.issues[0];
    const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
    throw new SigningError('malformed', `${what} does not have the expected form${place}: ${issue?.message ?? ''}`);
  }
  if (canonicalText(read.data) !== text) {
    throw new SigningError('malformed', `${what} is not canonical JSON (RFC 8785): written again it gives other bytes`);
  }
  return read.data;
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new SigningError('malformed', `${what} is not UTF-8 text`);
  }
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SigningError('malformed', `${what} is not JSON`);
  }
}

/** RFC 4648 §4 with padding. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** Bytes of base64 text; throws `malformed` for any other spelling of them: spaces, URL alphabet, missing padding, stray bits. */
export function fromBase64(text: string, what: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  if (toBase64(bytes) !== text) throw new SigningError('malformed', `${what} is not canonical base64`);
  return bytes;
}

/** Lower-case hex. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
