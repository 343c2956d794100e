/**
 * The open journal of one run: what is sealed and encoded here is appended by the run's lease, wherever that keeps it.
 *
 * Invariants:
 * - What `append` returns is what a later read returns: each record is verified as the bytes that are about to be written.
 * - Appends are in the order of the calls and never overlap.
 * - After one append that is not certain nothing is ever written again by this object: what the store holds is then unknown,
 *   and only a new look at it can tell.
 */
import type { Clock } from '../host/host.ts';
import { encodeAll } from '../journal/encode.ts';
import { type Head, JournalError } from '../journal/journal.ts';
import type { Place } from '../journal/record.ts';
import { RunClock } from '../journal/run-clock.ts';
import { createSeal, type Seal } from '../journal/seal.ts';
import { draft } from '../run/draft.ts';
import { type EventDraft, type Evidence, evidenceOf, type RunEvent } from '../run/event.ts';
import type { Journal } from './journals.ts';
import type { Running } from './running.ts';
import type { EvidenceReader, InboxMessage, Lease, PinnedDocument, RefusedMessage } from './store.ts';

export interface RunJournalParts {
  readonly clock: Clock;
  readonly lease: Lease;
  readonly events: readonly RunEvent[];
  readonly place: Place;
  /** By how much the machine's clock is known to have been behind at `place`, ms. */
  readonly behindMs: number;
  /** Values that no record may hold. */
  readonly secrets: Iterable<string>;
  /** What runs after `place`. */
  readonly running: Running;
}

export class RunJournal implements Journal {
  readonly id: string;
  readonly events: readonly RunEvent[];
  readonly #clock: RunClock;
  readonly #lease: Lease;
  #place: Place;
  #status: 'open' | 'broken' | 'closed' = 'open';
  #queue: Promise<unknown> = Promise.resolve();
  readonly #refused = new Map<string, RefusedMessage>();
  readonly #secrets: Set<string>;
  readonly #running: Running;
  #seal: Seal;

  constructor({ clock, lease, events, place, behindMs, secrets, running }: RunJournalParts) {
    this.id = place.run;
    this.events = events;
    this.#clock = new RunClock(clock, place.at, behindMs);
    this.#lease = lease;
    this.#place = place;
    this.#secrets = new Set(secrets);
    this.#running = running;
    this.#seal = createSeal([...this.#secrets]);
  }

  get head(): Head {
    return { seq: this.#place.seq, sha256: this.#place.sha256 };
  }

  get workspace(): string {
    return this.#lease.workspace;
  }

  get refused(): readonly RefusedMessage[] {
    return [...this.#refused.values()];
  }

  now(): number {
    return this.#clock.now();
  }

  jump(): EventDraft | null {
    const jump = this.#clock.jump();
    return jump === null ? null : draft('clock.jumped', jump);
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
    const { bytes, events, place } = encodeAll(this.seal(drafts), this.#place, this.#clock.now());
    if (events.length === 0) return [];
    const { seq, sha256 } = place;
    for (const event of events) this.#running.take(event);
    const beside = { evidence: events.flatMap(evidenceOf), running: this.#running.folders() };
    const appended = await this.#lease.append({ after: this.head, bytes, head: { seq, sha256 }, beside });
    if (appended.kind === 'refused' || appended.kind === 'unknown') {
      this.#status = 'broken';
      if (appended.kind === 'refused' && appended.takenOver === true) throw this.#takenOver(appended.reason);
      throw this.#broken(appended.reason, appended.cause);
    }
    this.#place = place;
    return events;
  }

  #broken(reason: string, cause?: unknown): JournalError {
    return new JournalError(
      'broken',
      `run ${this.id}: the journal can no longer be written: ${reason}. Nothing after record ${this.#place.seq} is certain to be ` +
        `recorded. Remove the cause, then: gonogo resume ${this.id}`,
      cause,
    );
  }

  #takenOver(by: string): JournalError {
    return new JournalError(
      'taken-over',
      `run ${this.id} was ${by}. What this process did up to record ${this.#place.seq} is recorded; it does nothing more. ` +
        `Follow the run with: gonogo watch ${this.id}`,
    );
  }

  pin(documents: readonly PinnedDocument[]): Promise<void> {
    return this.#lease.pin(documents);
  }

  keep(path: string, bytes: Uint8Array): Promise<Evidence> {
    return this.#lease.keep(path, bytes);
  }

  get evidence(): EvidenceReader {
    return this.#lease.evidence;
  }

  readonly discard = (path: string): Promise<void> => this.#lease.discard(path);

  async inbox(): Promise<readonly InboxMessage[]> {
    const { messages, refused } = await this.#lease.inbox();
    for (const one of refused) this.#refused.set(one.name, one);
    return messages;
  }

  settleInbox(id: string): Promise<void> {
    return this.#lease.settleInbox(id);
  }

  hurry(): void {
    this.#lease.hurry();
  }

  async close(): Promise<void> {
    await this.#queue;
    if (this.#status === 'closed') return;
    this.#status = 'closed';
    await this.#lease.release();
  }
}

/** By how much the machine's clock may be behind the run's time after `event` at most, as records tell; `before`: the same before it. */
export function behindAfter(before: number, event: RunEvent): number {
  const isSet = event.type === 'clock.jumped' && event.data.cause === 'set';
  return isSet ? Math.max(0, before - event.data.byMs) : before;
}
