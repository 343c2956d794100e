/**
 * The run's journal as the engine sees it. Where the bytes live is hidden behind these two interfaces.
 *
 * Invariants:
 * - `append` resolves only when the events are durable; a failed write ends writing for good (`JournalError 'broken'`).
 * - One writer: `open` and `create` hold the run's lock until `close`; the kernel frees it when the process dies.
 * - A record that does not verify is never returned: recovery drops a torn tail, anything else is `corrupt`.
 */
import type { EventDraft, RunEvent } from '../run/event.ts';

export type JournalErrorCode =
  /** No such run, or the name is ambiguous (the message lists the candidates). */
  | 'not-found'
  | 'ambiguous'
  /** Another process drives it; the message names the holder. */
  | 'held'
  /** A line does not verify; the message names it. */
  | 'corrupt'
  /** Written by a newer gonogo. */
  | 'newer'
  /** A write or fsync failed: nothing more is written by this process. */
  | 'broken'
  /** The state folder is of another user, on a network file system, a link, not writable, … */
  | 'unusable';

export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly code: JournalErrorCode;
  constructor(code: JournalErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** What commits to a journal: the number of its last record and the sha256 of that line's bytes. */
export interface Head {
  readonly seq: number;
  readonly sha256: string;
}

export interface Journal {
  readonly id: string;
  /** Absolute folder of the run. */
  readonly folder: string;
  readonly head: Head;
  /** Events as they were at `open`, with `journal.recovered` last when a tail was torn. */
  readonly events: readonly RunEvent[];
  /** Appends all in one durable write and returns them with their places. `at` is taken from the clock, never earlier than the last. */
  append(drafts: readonly EventDraft[]): Promise<readonly RunEvent[]>;
  /** Messages of other processes not journaled yet, oldest first. The holder appends an event with `inbox: id`, then `settles` it. */
  inbox(): Promise<readonly InboxMessage[]>;
  settleInbox(id: string): Promise<void>;
  /** What `inbox` found to be no message so far, each once. */
  readonly refused: readonly RefusedMessage[];
  /** Releases the lock. */
  close(): Promise<void>;
}

export type InboxMessage = { readonly id: string; readonly from: string } & (
  | { readonly kind: 'note'; readonly text: string }
  | {
      readonly kind: 'approve';
      readonly step: string;
      readonly by: string;
      readonly request: { readonly seq: number; readonly sha256: string } | null;
      readonly signature: {
        readonly key: string;
        readonly principal: string;
        readonly armored: string;
        readonly signed: string;
      } | null;
    }
  | { readonly kind: 'handover'; readonly to: string; readonly note: string | null }
);

/** A file of the inbox that is no message. `kept`: where it was set aside, relative to the run's folder; null: it could not be moved. */
export interface RefusedMessage {
  readonly name: string;
  readonly reason: string;
  readonly kept: string | null;
}

/** A document to pin: `documents/SHA256.yaml`. */
export interface PinnedDocument {
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

export interface RunSummary {
  readonly run: string;
  readonly title: string;
  readonly status: string;
  readonly startedAt: number;
  /** Finished steps and all steps. */
  readonly done: number;
  readonly total: number;
  readonly kind: 'runbook' | 'checklist';
  /** Non-null: the run cannot be read, and why. */
  readonly problem: string | null;
}

export interface Journals {
  /** Prepares the folder under a temporary name, writes documents and the first events, renames it into `runs/`. */
  create(slug: string, documents: readonly PinnedDocument[], first: readonly EventDraft[]): Promise<Journal>;
  /** Takes the lock and recovers a torn tail. */
  open(id: string): Promise<Journal>;
  /** Reads without the lock and without changing anything; a torn tail is left out. */
  read(id: string): Promise<{
    readonly id: string;
    readonly folder: string;
    readonly events: readonly RunEvent[];
    readonly head: Head;
  }>;
  /** Events after `seq`, for `watch`. */
  readAfter(id: string, seq: number): Promise<readonly RunEvent[]>;
  /** A full id, a unique part of one, or `latest` → full id. */
  resolve(name: string): Promise<string>;
  /** Newest first, from the index (rebuilt where it is stale). */
  list(): Promise<readonly RunSummary[]>;
  /** Puts a message into the run's inbox, durable, and returns its id. */
  send(id: string, message: DistributiveOmit<InboxMessage, 'id'>): Promise<string>;
  /** Durations in ms of passed steps of earlier runs of the same document title, newest first, at most 50 each. */
  durations(title: string): Promise<ReadonlyMap<string, readonly number[]>>;
  /** Adds a document to an existing run (adopting). */
  pin(journal: Journal, documents: readonly PinnedDocument[]): Promise<void>;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
