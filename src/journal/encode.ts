/** Events → the lines that record them. Pure but for hashing: the same drafts at the same place give the same bytes in every store. */
import type { EventDraft, RunEvent } from '../run/event.ts';
import { JournalError } from './journal.ts';
import { after, encodeRecord, LINE_BYTES_MAX, type Place, verifyLine } from './record.ts';

/** Records as bytes, with the events that they are and the place after them. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly events: readonly RunEvent[];
  readonly place: Place;
}

/**
 * The lines that record `drafts` (sealed) after `place`, at `now` (epoch ms) or at the last record's instant if the clock went back.
 * Throws `JournalError 'unfit'` when a record is too long, and a plain `Error` for a draft that could not be read back: a bug
 * of the caller, found before anything is written.
 */
export function encodeAll(drafts: readonly EventDraft[], place: Place, now: number): Encoded {
  const chunks: Uint8Array[] = [];
  const events: RunEvent[] = [];
  let last = place;
  for (const draft of drafts) {
    const text = encodeRecord(draft, last, Math.max(now, last.at));
    const line = Buffer.from(text, 'utf8');
    if (line.length > LINE_BYTES_MAX) throw tooLong(draft, line.length);
    const verified = verifyLine(line, text, last);
    if (verified.kind !== 'event') throw new Error(`the event ${draft.type} cannot be recorded: ${verified.reason}`);
    chunks.push(line, Buffer.of(10));
    events.push(verified.event);
    last = after(last, verified.event);
  }
  return { bytes: Buffer.concat(chunks), events, place: last };
}

function tooLong({ type }: EventDraft, bytes: number): JournalError {
  return new JournalError(
    'unfit',
    `the record ${type} would be ${bytes} bytes long, and ${LINE_BYTES_MAX} is the most; shorten the document`,
  );
}
