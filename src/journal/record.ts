/**
 * One record of the journal: an event in its envelope `{actor, at, data, prev, run, seq, sum, type, v}`, as one line of
 * RFC 8785 JSON. Pure but for hashing: nothing here touches a disk or a clock.
 *
 * Invariants:
 * - `prev` is the sha256 of the previous line's bytes without its newline; 64 zeros before the first.
 * - `sum` is the sha256 of the canonical record without `sum`.
 * - Numbers are integers within ±(2^53 − 1) and text is well-formed, so that every JSON parser reads the same record.
 * - `verifyLine` accepts exactly the lines that `encodeRecord` can write, and those of a newer gonogo in the same format.
 */
import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { cut } from '../diagnostics/cut.ts';
import { tooHeavy } from '../diagnostics/json-weight.ts';
import type { EventDraft, RunEvent } from '../run/event.ts';
import { formatInstant, parseInstant } from './instant.ts';
import { FORMAT, isReadable, upcast } from './upcast.ts';
import { readWording } from './wording.ts';

/** A longer record is neither written nor read: a run's whole document, the largest thing in one, is far below it. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024;
/** `prev` of the first record. */
const NO_LINE = '0'.repeat(64);

/** Where the next record goes: the run, the number and digest of the last line, and its instant (epoch ms). */
export interface Place {
  readonly run: string;
  readonly seq: number;
  readonly sha256: string;
  readonly at: number;
}

/** The place before the first record of a run. */
export function beginning(run: string): Place {
  return { run, seq: 0, sha256: NO_LINE, at: 0 };
}

/** The place after `event`. */
export function after(place: Place, event: RunEvent): Place {
  return { run: place.run, seq: event.seq, sha256: event.sha256, at: event.at };
}

/** A line that does not verify. `newer`: written in a format that this gonogo does not know. */
interface Flaw {
  readonly kind: 'corrupt' | 'newer';
  readonly reason: string;
}
export type Verified = { readonly kind: 'event'; readonly event: RunEvent } | Flaw;

/** The line (without newline) that records `draft` after `last`, at `at` (epoch ms, not before `last.at`). */
export function encodeRecord(draft: EventDraft, last: Place, at: number): string {
  const { type, actor, data } = draft;
  const record = {
    actor,
    at: formatInstant(at),
    data,
    prev: last.sha256,
    run: last.run,
    seq: last.seq + 1,
    type,
    v: FORMAT,
  };
  const body = canonicalize(record) ?? '';
  const end = ending(type, FORMAT);
  return body.slice(0, -end.length) + sumMember(hash('sha256', body, 'hex')) + end;
}

/** Members of a record in canonical order, so `sum` stands right before the last two. */
const MEMBERS = ['actor', 'at', 'data', 'prev', 'run', 'seq', 'sum', 'type', 'v'];

function hasMembers(record: object): boolean {
  let at = 0;
  for (const name in record) if (name !== MEMBERS[at++]) return false;
  return at === MEMBERS.length;
}

function ending(type: string, v: number): string {
  return `,"type":${JSON.stringify(type)},"v":${v}}`;
}

function sumMember(sum: string): string {
  return `,"sum":"${sum}"`;
}

/**
 * Checks one line (no newline in it) against the place it stands at: form, format, chain, run, order, digest, schema.
 * `text` is the decoded form of `line`, which the caller knows to be valid UTF-8.
 */
export function verifyLine(line: Uint8Array, text: string, last: Place): Verified {
  try {
    return verify(line, text, last);
  } catch (error) {
    if (error instanceof SyntaxError) return corrupt('it is not JSON');
    if (error instanceof RangeError) return corrupt('it is nested too deeply');
    throw error;
  }
}

function verify(line: Uint8Array, text: string, last: Place): Verified {
  if (line.length > LINE_BYTES_MAX) return corrupt(`it is longer than ${LINE_BYTES_MAX} bytes`);
  const heavy = tooHeavy(line);
  if (heavy !== null) return corrupt(heavy);
  const record: unknown = JSON.parse(text);
  if (!isRecord(record)) return corrupt('it is not a JSON object');
  const { v, prev, run, seq, sum, at, type, actor, data } = record;
  if (typeof v === 'number' && Number.isSafeInteger(v) && v > FORMAT && prev === last.sha256) {
    const named = typeof type === 'string' ? `event ${cut(type, 200)}: ` : '';
    return { kind: 'newer', reason: `${named}it is in format ${v}; this gonogo reads format ${FORMAT}` };
  }
  if (!isReadable(v)) return corrupt(`its format (v) is not ${FORMAT}`);
  if (!hasMembers(record)) return corrupt(`its members are not ${MEMBERS.join(', ')}, in this order`);
  if (run !== last.run) return corrupt(`it belongs to another run than ${last.run} (run)`);
  if (seq !== last.seq + 1) return corrupt(`its number is not ${last.seq + 1} (seq)`);
  if (prev !== last.sha256) return corrupt('it does not continue the line before it (prev)');
  const instant = typeof at === 'string' ? parseInstant(at) : null;
  if (instant === null) return corrupt('its time is not of the form 2026-11-21T03:12:44.123Z (at)');
  if (instant < last.at) return corrupt('its time is before that of the line before it (at)');
  if (typeof sum !== 'string' || typeof type !== 'string' || !sumHolds(text, sum, ending(type, v))) {
    return corrupt('its content does not match its digest (sum)');
  }
  const form = flawOfForm(record, text);
  if (form !== null) return corrupt(form);
  const worded = readWording(upcast(v, { type, actor, data }));
  if (worded.kind === 'wrong') return corrupt(`it is not an event: ${worded.reason}`);
  // The draft was made anew from the record, so it is ours to complete; copying it would cost a tenth of the whole check.
  const event = Object.assign(worded.draft, {
    seq: last.seq + 1,
    at: instant,
    sha256: hash('sha256', line, 'hex'),
  });
  const leftOut = worded.kind === 'known' ? worded.leftOut : [];
  return { kind: 'event', event: leftOut.length === 0 ? event : { ...event, leftOut } };
}

function corrupt(reason: string): Flaw {
  return { kind: 'corrupt', reason };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether `sum` is the digest of the line without its `sum` member; `end`: what follows that member. */
function sumHolds(text: string, sum: string, end: string): boolean {
  const tail = sumMember(sum) + end;
  return text.endsWith(tail) && hash('sha256', text.slice(0, -tail.length) + end, 'hex') === sum;
}

/**
 * What keeps the text from being the canonical form of `value`, or null. The engine's own serialiser differs from RFC
 * 8785 in key order and lone surrogates only, so when neither is in doubt it is the (much faster) judge.
 */
function flawOfForm(value: unknown, text: string): string | null {
  const content = inspect(value);
  if (content === 'number') return 'it holds a number that is not an integer within ±(2^53 − 1)';
  if (content === 'ordered' && JSON.stringify(value) === text && !text.includes('\\ud')) return null;
  return canonicalText(value) === text ? null : 'it is not in canonical form (RFC 8785)';
}

function canonicalText(value: unknown): string | null {
  try {
    return canonicalize(value) ?? null;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // Lone surrogates are the only other thing that parsed JSON can hold and canonical JSON cannot.
    return null;
  }
}

/** `number`: there is one that a record may not hold. `unordered`: the keys of some object are not in code-unit order. */
function inspect(value: unknown): 'ordered' | 'unordered' | 'number' {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'ordered' : 'number';
  if (typeof value !== 'object' || value === null) return 'ordered';
  if (Array.isArray(value)) return inspectAll(value);
  const keys = Object.keys(value);
  let ordered = true;
  for (let at = 1; at < keys.length; at += 1) ordered &&= (keys[at - 1] ?? '') < (keys[at] ?? '');
  const members = inspectAll(Object.values(value));
  return members === 'ordered' && !ordered ? 'unordered' : members;
}

function inspectAll(values: readonly unknown[]): 'ordered' | 'unordered' | 'number' {
  let ordered = true;
  for (const value of values) {
    const found = inspect(value);
    if (found === 'number') return found;
    ordered &&= found === 'ordered';
  }
  return ordered ? 'ordered' : 'unordered';
}
