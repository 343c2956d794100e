/**
 * The bytes of a journal → its events, or a refusal that names the line. Pure but for hashing, so that it can be attacked
 * with any bytes without a disk.
 *
 * Invariants:
 * - No event is returned unless every line up to it verifies.
 * - Only a tail that no acknowledged write can have left is torn: bytes after the last newline, or zeros at the end.
 *   Everything else that does not verify is corruption.
 */
import { isUtf8 } from 'node:buffer';
import type { RunEvent } from '../run/event.ts';
import { type Head, JournalError } from './journal.ts';
import { after, beginning, type Place, verifyLine } from './record.ts';

const NEWLINE = 10;

/** `goodBytes`: length of the lines that verified; the `tornBytes` after them are a torn tail. */
export interface VerifiedJournal {
  readonly events: readonly RunEvent[];
  readonly head: Head;
  readonly goodBytes: number;
  readonly tornBytes: number;
  /** Where the next record goes. */
  readonly place: Place;
}

/**
 * The events of a whole journal; what a newer gonogo recorded after the first of them is among them as `unknown`. Throws `JournalError`: `corrupt` when a line does not verify or there is none, `newer` when a
 * newer gonogo wrote it in a way that nothing can be read of; both messages name the run and the line.
 */
export function verifyJournal(bytes: Uint8Array, run: string): VerifiedJournal {
  const verified = verifyLines(bytes, beginning(run));
  const [first] = verified.events;
  if (first?.type === 'unknown')
    throw newer(beginning(run), `(event ${first.data.named}: ${first.data.what} is not known)`);
  if (first !== undefined) return verified;
  throw new JournalError('corrupt', `run ${run}: the journal has no complete line 1, so nothing of it can be trusted`);
}

/** The events of the lines that follow `place`; there may be none. Throws as `verifyJournal`. */
export function verifyLines(bytes: Uint8Array, place: Place): VerifiedJournal {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const goodBytes = buffer.lastIndexOf(NEWLINE) + 1;
  // One look at all bytes tells whether any line needs one of its own.
  const isText = isUtf8(buffer.subarray(0, goodBytes));
  const events: RunEvent[] = [];
  let last = place;
  for (let start = 0; start < goodBytes; ) {
    const end = buffer.indexOf(NEWLINE, start);
    const line = buffer.subarray(start, end);
    if (!isText && !isUtf8(line)) throw corrupt(last, 'it is not UTF-8 text');
    const verified = verifyLine(line, line.toString('utf8'), last);
    if (verified.kind !== 'event')
      throw verified.kind === 'newer' ? newer(last, `(${verified.reason})`) : corrupt(last, verified.reason);
    events.push(verified.event);
    last = after(last, verified.event);
    start = end + 1;
  }
  const head = { seq: last.seq, sha256: last.sha256 };
  return { events, head, goodBytes, tornBytes: buffer.length - goodBytes, place: last };
}

function corrupt({ run, seq }: Place, reason: string): JournalError {
  return new JournalError(
    'corrupt',
    `run ${run}: line ${seq + 1} of the journal does not verify: ${reason}. Nothing was changed; restore journal.jsonl from a copy.`,
  );
}

function newer({ run, seq }: Place, reason: string): JournalError {
  return new JournalError(
    'newer',
    `run ${run}: line ${seq + 1} of the journal was written by a newer gonogo ${reason}. Update gonogo to open it.`,
  );
}
