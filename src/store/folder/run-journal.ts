/**
 * The open journal of one run: append, inbox, close. Its caller holds the run's lock already.
 *
 * Invariants:
 * - What `append` returns is what a later read returns: each record is verified as the bytes that are about to be written.
 * - Appends are in the order of the calls and never overlap.
 * - After one failed write nothing is ever written again by this object: what is on disk is then unknown, and only a new
 *   look at the file can tell.
 */
import { join } from 'node:path';
import { type AppendFile, type Host, HostError } from '../../host/host.ts';
import { type Head, JournalError } from '../../journal/journal.ts';
import { after, encodeRecord, LINE_BYTES_MAX, type Place, verifyLine } from '../../journal/record.ts';
import { createSeal, type Seal } from '../../journal/seal.ts';
import type { EventDraft, RunEvent } from '../../run/event.ts';
import type { Journal } from '../journals.ts';
import type { InboxMessage, RefusedMessage } from '../store.ts';
import { worldly } from './guard.ts';
import { clearHolder } from './holder.ts';
import { readInbox, removeMessage } from './inbox.ts';
import type { Lock } from './lock.ts';

/** Records as bytes, with the events that they are and the place after them. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly events: readonly RunEvent[];
  readonly place: Place;
}

/**
 * The lines that record `drafts` after `place`, at `now` (epoch ms) or at the last record's instant if the clock went back.
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

export interface RunJournalParts {
  readonly host: Host;
  readonly lock: Lock;
  readonly file: AppendFile;
  /** Absolute folder of the run. */
  readonly folder: string;
  readonly events: readonly RunEvent[];
  readonly place: Place;
  /** Values that no record may hold. */
  readonly secrets?: Iterable<string>;
}

export class RunJournal implements Journal {
  readonly id: string;
  readonly workspace: string;
  readonly events: readonly RunEvent[];
  readonly #host: Host;
  readonly #lock: Lock;
  readonly #file: AppendFile;
  #place: Place;
  #status: 'open' | 'broken' | 'closed' = 'open';
  #queue: Promise<unknown> = Promise.resolve();
  readonly #secrets: Set<string>;
  #seal: Seal;
  readonly #refused = new Map<string, RefusedMessage>();

  constructor({ host, lock, file, folder, events, place, secrets = [] }: RunJournalParts) {
    this.id = place.run;
    this.workspace = folder;
    this.events = events;
    this.#host = host;
    this.#lock = lock;
    this.#file = file;
    this.#place = place;
    this.#secrets = new Set(secrets);
    this.#seal = createSeal([...this.#secrets]);
  }

  get head(): Head {
    return { seq: this.#place.seq, sha256: this.#place.sha256 };
  }

  get refused(): readonly RefusedMessage[] {
    return [...this.#refused.values()];
  }

  keepOut(secrets: Iterable<string>): void {
    const before = this.#secrets.size;
    for (const secret of secrets) this.#secrets.add(secret);
    if (this.#secrets.size > before) this.#seal = createSeal([...this.#secrets]);
  }

  seal(drafts: readonly EventDraft[]): readonly EventDraft[] {
    return drafts.map(this.#seal);
  }

  append(drafts: readonly EventDraft[]): Promise<readonly RunEvent[]> {
    const written = this.#queue.then(() => this.#write(drafts));
    // The queue goes on after a failure so that each later caller is told by its own promise.
    this.#queue = written.catch(() => undefined);
    return written;
  }

  async #write(drafts: readonly EventDraft[]): Promise<readonly RunEvent[]> {
    if (this.#status === 'closed') throw new Error(`the journal of ${this.id} is closed`);
    if (this.#status === 'broken') throw this.#broken('an earlier write failed');
    const encoded = encodeAll(this.seal(drafts), this.#place, this.#host.clock.now());
    if (encoded.events.length === 0) return [];
    try {
      await this.#file.append(encoded.bytes);
    } catch (error) {
      this.#status = 'broken';
      throw this.#broken(error instanceof HostError ? error.message : String(error), error);
    }
    this.#place = encoded.place;
    return encoded.events;
  }

  #broken(reason: string, cause?: unknown): JournalError {
    return new JournalError(
      'broken',
      `run ${this.id}: the journal can no longer be written: ${reason}. Nothing after record ${this.#place.seq} is certain to be ` +
        `recorded. Remove the cause, then: gonogo resume ${this.id}`,
      cause,
    );
  }

  async inbox(): Promise<readonly InboxMessage[]> {
    try {
      const { messages, refused } = await readInbox(this.#host, this.workspace);
      for (const one of refused) this.#refused.set(one.name, one);
      return messages;
    } catch (error) {
      throw worldly(error);
    }
  }

  async settleInbox(id: string): Promise<void> {
    try {
      await removeMessage(this.#host, this.workspace, id);
    } catch (error) {
      throw worldly(error);
    }
  }

  async close(): Promise<void> {
    await this.#queue;
    if (this.#status === 'closed') return;
    this.#status = 'closed';
    try {
      await this.#file.close();
    } finally {
      await clearHolder(this.#host, this.workspace);
      this.#lock.release();
    }
  }
}

/** Absolute path of the journal in a run's folder. */
export function journalPath(folder: string): string {
  return join(folder, 'journal.jsonl');
}
