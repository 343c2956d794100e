/**
 * The bytes of a journal → its events, or a refusal that names the line. Pure but for hashing, so that it can be attacked
 * with any bytes without a disk.
 *
 * Invariants:
 * - No event is returned unless every line up to it verifies.
 * - Lines are verified as they come; nothing of those before is kept.
 * - Only a tail that no acknowledged write can have left is torn: bytes after the last newline, or zeros at the end.
 *   Everything else that does not verify is corruption.
 */
import { isUtf8 } from 'node:buffer';
import type { RunEvent } from '../run/event.ts';
import { type Head, JournalError } from './journal.ts';
import { after, beginning, LINE_BYTES_MAX, type Place, verifyLine } from './record.ts';

const NEWLINE = 10;
const tooLong = `it is longer than ${LINE_BYTES_MAX} bytes`;

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
  const reader = new JournalReader(beginning(run));
  const events = [...reader.take(bytes)];
  reader.end();
  const { head, goodBytes, tornBytes, place } = reader;
  return { events, head, goodBytes, tornBytes, place };
}

/**
 * Verifies the lines that follow `place` as their bytes come, in chunks of any size. Of what it was given it keeps the line that has no
 * end yet, and of that no more than a line may be long.
 */
export class JournalReader {
  #place: Place;
  #goodBytes = 0;
  /** The bytes after the last newline so far, and how many they are; of a line that is too long only the number. */
  #open: Uint8Array[] = [];
  #openBytes = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Where the next record goes. */
  get place(): Place {
    return this.#place;
  }

  get head(): Head {
    return { seq: this.#place.seq, sha256: this.#place.sha256 };
  }

  /** Length of the lines that verified. */
  get goodBytes(): number {
    return this.#goodBytes;
  }

  /** Length of what came after them. */
  get tornBytes(): number {
    return this.#openBytes;
  }

  /** The events of the lines that end in `chunk`, each as soon as it is verified. Throws as `verifyJournal`. All must be taken. */
  *take(chunk: Uint8Array): Generator<RunEvent, void> {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = buffer.lastIndexOf(NEWLINE) + 1;
    let start = 0;
    if (end > 0 && this.#openBytes > 0) {
      start = buffer.indexOf(NEWLINE) + 1;
      const first = buffer.subarray(0, start - 1);
      if (this.#openBytes + first.length > LINE_BYTES_MAX) throw corrupt(this.#place, tooLong);
      const line = Buffer.concat([...this.#open, first]);
      this.#open = [];
      this.#openBytes = 0;
      yield this.#event(line, isUtf8(line));
    }
    // One look at all bytes tells whether any line needs one of its own.
    const isText = isUtf8(buffer.subarray(start, end));
    while (start < end) {
      const until = buffer.indexOf(NEWLINE, start);
      const line = buffer.subarray(start, until);
      start = until + 1;
      yield this.#event(line, isText || isUtf8(line));
    }
    this.#keep(buffer.subarray(end));
  }

  /** Says that nothing follows. Throws `JournalError 'corrupt'` when nothing came before either. */
  end(): void {
    if (this.#place.seq === 0) {
      const none = `run ${this.#place.run}: the journal has no complete line 1, so nothing of it can be trusted; restore journal.jsonl from a copy`;
      throw new JournalError('corrupt', none);
    }
  }

  #event(line: Buffer, isText: boolean): RunEvent {
    const place = this.#place;
    if (!isText) throw corrupt(place, 'it is not UTF-8 text');
    const verified = verifyLine(line, line.toString('utf8'), place);
    if (verified.kind !== 'event')
      throw verified.kind === 'newer' ? newer(place, `(${verified.reason})`) : corrupt(place, verified.reason);
    const { event } = verified;
    if (place.seq === 0 && event.type === 'unknown') {
      throw newer(place, `(event ${event.data.named}: ${event.data.what} is not known)`);
    }
    this.#place = after(place, event);
    this.#goodBytes += line.length + 1;
    return event;
  }

  /** The chunk may be a view of a buffer that is used again. */
  #keep(tail: Uint8Array): void {
    this.#openBytes += tail.length;
    if (this.#openBytes > LINE_BYTES_MAX) this.#open = [];
    else if (tail.length > 0) this.#open.push(tail.slice());
  }
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
