/**
 * Removes secrets from a stream of bytes, whatever the boundaries of its chunks and however they are spelled
 * (`secret-forms.ts`). Overlapping finds are removed together, so the longest wins and no tail of another stays.
 *
 * Invariants: no byte of a find is ever given out; a byte is held back only while it may begin one; without a find the
 * bytes are unchanged. It holds at most one find and what may begin another.
 */
import { type Form, formsOf, type Unit } from './secret-forms.ts';

/** What stands in the place of a secret. */
export const secretMark = '•••';

/** A masking of one stream. */
export interface Mask {
  /** The bytes that can be given out now. */
  push(chunk: Uint8Array): Uint8Array;
  /** The rest, at the end of the stream. The mask can be used again afterwards, for a stream that follows. */
  end(): Uint8Array;
}

/** A mask for the values in `secrets`; empty ones are ignored. */
export function createMask(secrets: readonly string[]): Mask {
  const forms = secrets.flatMap(formsOf);
  const { byPair, begins } = indexByPair(forms);
  const replacement = encoder.encode(secretMark);
  let held: Uint8Array = new Uint8Array(0);
  /** How many bytes of `held` belong to a find that is replaced already. */
  let covered = 0;

  const scan = (bytes: Uint8Array, final: boolean): Uint8Array => {
    const out: Uint8Array[] = [];
    let coveredTo = covered;
    let plainFrom = coveredTo;
    let at = 0;
    for (; at < bytes.length; at += 1) {
      // Nearly every byte ends here: with the one behind it, it begins no spelling of anything. The last has none behind it.
      const pair = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
      const isLast = at + 1 === bytes.length;
      if (!isLast && begins[pair] === 0) continue;
      const candidates = isLast ? forms : byPair.get(pair);
      if (candidates === undefined) continue;
      const found = longestAt(candidates, bytes, at, final);
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
    return concat(out);
  };

  return {
    push: (chunk) => scan(held.length === 0 ? chunk : concat([held, chunk]), false),
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
    const end = matchAt(form, { bytes, final }, at);
    if (end === 'undecided') return end;
    if (end > longest) longest = end;
  }
  return longest;
}

/** What is looked at. `final`: nothing follows, so what the bytes break off is no match. */
interface Stream {
  readonly bytes: Uint8Array;
  readonly final: boolean;
}

/** Where the form ends at the latest when it begins at `at`; -1 when it does not; `undecided` when the bytes end first. */
function matchAt({ units, between }: Form, stream: Stream, at: number): number | 'undecided' {
  let ends: number[] = [at];
  for (const [index, unit] of units.entries()) {
    const next: number[] = [];
    for (const end of ends) {
      if (!pastUnit(unit, stream, end, next)) return 'undecided';
      if (between !== null && index > 0 && !pastBetween(between, unit, stream, { from: end, to: next }))
        return 'undecided';
    }
    if (next.length === 0) return -1;
    ends = next;
  }
  return Math.max(...ends);
}

/** Adds to `next` where the spellings of `unit` end that begin at `at`; false when the bytes end inside one. */
function pastUnit(unit: Unit, { bytes, final }: Stream, at: number, next: number[]): boolean {
  for (const spelling of unit) {
    let index = 0;
    while (index < spelling.length && at + index < bytes.length && bytes[at + index] === spelling[index]) index += 1;
    if (index === spelling.length) {
      if (!next.includes(at + index)) next.push(at + index);
    } else if (at + index >= bytes.length && !final) return false;
  }
  return true;
}

/** The same behind what may stand `between` two units. */
function pastBetween(
  between: Unit,
  unit: Unit,
  stream: Stream,
  { from, to }: { readonly from: number; readonly to: number[] },
): boolean {
  const begins: number[] = [];
  if (!pastUnit(between, stream, from, begins)) return false;
  return begins.every((end) => pastUnit(unit, stream, end, to));
}

/** For each pair of bytes (`first << 8 | second`) the forms that may begin with it; `begins` is not 0 where there is one. */
function indexByPair(forms: readonly Form[]): {
  readonly byPair: ReadonlyMap<number, readonly Form[]>;
  readonly begins: Uint8Array;
} {
  const byPair = new Map<number, Form[]>();
  const begins = new Uint8Array(65_536);
  for (const form of forms) {
    for (const pair of beginnings(form)) {
      const known = byPair.get(pair);
      if (known === undefined) byPair.set(pair, [form]);
      else known.push(form);
      begins[pair] = 1;
    }
  }
  return { byPair, begins };
}

function beginnings({ units, between }: Form): ReadonlySet<number> {
  const following = [...(units[1] ?? []), ...(between ?? [])].map(([next = 0]) => next);
  const pairs = new Set<number>();
  for (const [first = 0, second] of units[0] ?? []) {
    // A form of one single byte is one whatever follows it.
    const seconds = second !== undefined ? [second] : units.length === 1 ? anyByte : following;
    for (const next of seconds) pairs.add((first << 8) | next);
  }
  return pairs;
}

const anyByte: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte);

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const encoder = new TextEncoder();

/** `text` with every spelling of each of `secrets` replaced; the text itself when there is none in it. */
export function maskText(text: string, secrets: readonly string[]): string {
  return textMask(secrets)(text);
}

/** `maskText` for many texts and the same `secrets`. */
export function textMask(secrets: readonly string[]): (text: string) => string {
  if (secrets.length === 0) return (text) => text;
  const mask = createMask(secrets);
  return (text) => {
    if (text === '') return text;
    const bytes = encoder.encode(text);
    const masked = concat([mask.push(bytes), mask.end()]);
    return masked.length === bytes.length && masked.every((byte, index) => byte === bytes[index])
      ? text
      : new TextDecoder('utf-8', { ignoreBOM: true }).decode(masked);
  };
}

/** True when some spelling of one of `secrets` is in `text`. */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  return maskText(text, secrets) !== text;
}
