/**
 * The journals of all runs as events, over whatever store holds their bytes.
 *
 * Invariants:
 * - `append` resolves only when the events are durable; a failed write ends writing for good (`JournalError 'broken'`).
 * - One writer: `open` and `create` hold the run's lease until `close`; it is free again when the process dies.
 * - A record that does not verify is never returned: recovery drops a torn tail, anything else is `corrupt`.
 */
import type { Head } from '../journal/journal.ts';
import type { EventDraft, Evidence, RunEvent } from '../run/event.ts';
import type { TargetName } from '../run/holding.ts';
import type { Claiming, ClaimOutcome } from '../run/trace.ts';
import type {
  Apart,
  DistributiveOmit,
  Driver,
  EvidenceReader,
  InboxMessage,
  Lease,
  Lines,
  PinnedDocument,
  RefusedMessage,
  RunSummary,
  TakeOver,
  Wanted,
  Watcher,
} from './store.ts';

/** The journal of a run that this process drives. */
export interface Journal {
  readonly id: string;
  readonly head: Head;
  /** Events that making or opening it appended: the first ones of a new run, `journal.recovered` where a tail was torn. */
  readonly events: readonly RunEvent[];
  /**
   * The absolute folder of this machine that is the run's: steps that run here make their attempts' folders in it, by the paths
   * that events name. For what runs here and for nothing else; whoever reads evidence asks the store.
   */
  readonly workspace: string;
  /** The run's time, epoch ms: what the next records are dated by. It goes on evenly whatever becomes of the machine's clock. */
  now(): number;
  /** What became of the machine's clock since the last call, one thing at a time: the very next record. null: nothing more. */
  jump(): EventDraft | null;
  /** From now on no record holds one of `secrets`, which are added to those that were named before. */
  keepOut(secrets: Iterable<string>): void;
  /** `drafts` as they will be recorded. Throws `JournalError 'unfit'` when one cannot be. */
  seal(drafts: readonly EventDraft[]): readonly EventDraft[];
  /** Appends all in one durable write, sealed, and returns them with their places. `at` is taken from the clock, never earlier than the last. */
  append(drafts: readonly EventDraft[]): Promise<readonly RunEvent[]>;
  /** Adds documents to the run (adopting). */
  pin(documents: readonly PinnedDocument[]): Promise<void>;
  /** Keeps evidence under a path that is new. Durable. Rejects with `HostError`: `exists` when it is not new. */
  keep(path: string, bytes: Uint8Array): Promise<Evidence>;
  /** What backs the claims of the run. */
  readonly evidence: EvidenceReader;
  /** Removes a deposit that is not taken. */
  discard(path: string): Promise<void>;
  /** Messages of other processes not journaled yet, oldest first. The holder appends an event with `inbox: id`, then `settles` it. */
  inbox(): Promise<readonly InboxMessage[]>;
  settleInbox(id: string): Promise<void>;
  /** What `inbox` found to be no message so far, each once. */
  readonly refused: readonly RefusedMessage[];
  /** As `Lease.hurry`. */
  hurry(): void;
  /** Lets the run go. */
  close(): Promise<void>;
}

/** A run as it is, read without driving it. */
export interface StoredRun {
  readonly id: string;
  readonly events: readonly RunEvent[];
  readonly head: Head;
}

/** What a journal came to when it was read through. `goodBytes`: length of its lines; `tornBytes` follow them. */
export interface Replayed {
  readonly head: Head;
  readonly goodBytes: number;
  readonly tornBytes: number;
}

/** All runs of a store. */
export interface Journals {
  /** Makes a run with its documents and first events: all of it is there, or none. `secrets`: as for `Journal.keepOut`. */
  create(
    slug: string,
    documents: readonly PinnedDocument[],
    first: readonly EventDraft[],
    secrets?: Iterable<string>,
  ): Promise<Journal>;
  /** Puts a run that was made elsewhere here, with its lines as they are. null: there is a run of that id. What it rests on is kept next. */
  put(id: string, documents: readonly PinnedDocument[], lines: Lines): Promise<Lease | null>;
  /** Takes the lease (`over`: as for `Store.take`) and recovers a torn tail. `take` is called with every event so far, in order, those of the opening last. */
  open(id: string, take?: (event: RunEvent) => void, over?: TakeOver): Promise<Journal>;
  /** As `Store.apart`. */
  apart(runs?: readonly string[]): Promise<ReadonlyMap<string, Apart>>;
  /** As `Store.driver`. */
  driver(id: string): Promise<Driver | null>;
  /**
   * Calls `take` with every event of a run, in order, without the lease and without changing anything; a torn tail is left out. No
   * event is kept, so that a journal of any length is read in little memory. What `take` throws ends it.
   */
  replay(id: string, take: (event: RunEvent) => void): Promise<Replayed>;
  /** All events of a run at once: for runs that are known to be short, and reports, which are about every event. */
  read(id: string): Promise<StoredRun>;
  /** Events after `seq`, for whoever follows a run. */
  readAfter(id: string, seq: number): Promise<readonly RunEvent[]>;
  /** The bytes of the journal in chunks, as they are: nothing is verified, and a torn tail is part of them. */
  records(id: string): AsyncIterable<Uint8Array>;
  /** What backs the claims of a run. */
  evidence(id: string): EvidenceReader;
  /** The bytes of a document that was pinned under `sha256`, unverified; null when it is not there. */
  document(id: string, sha256: string): Promise<Uint8Array | null>;
  /** The folder of this machine that is the run's, as `Journal.workspace`; reports are written into it unless told otherwise. */
  workspace(id: string): string;
  /** A full id, a unique part of one, or `latest` → full id. */
  resolve(name: string): Promise<string>;
  /** The runs that are wanted, newest first, from the index (rebuilt where it is stale). */
  list(wanted?: Wanted): Promise<readonly RunSummary[]>;
  /** As `Store.wait`. */
  wait(id: string, signal: AbortSignal): Promise<void>;
  /** As `Store.watch`. */
  watch(id: string, name: string, signal: AbortSignal): Promise<void>;
  /** As `Store.watchers`. */
  watchers(id: string): Promise<readonly Watcher[] | null>;
  /**
   * Looks at the other runs on the claim's target, in their journals, and calls `became` with what the claim comes to while no other run,
   * in any process, can claim it: what is appended there is appended before anybody looks again.
   */
  claim(claim: Claiming, became: (outcome: ClaimOutcome) => Promise<void>): Promise<void>;
  /** The run has let its target go: it need not be asked about it any more. */
  forgetClaim(run: string, target: TargetName): Promise<void>;
  /** Keeps a file (its plain name) in the run for a message that names it. Durable. Throws `JournalError`, `HostError`. */
  deposit(id: string, name: string, bytes: Uint8Array): Promise<Evidence>;
  /** Puts a message into the run's inbox, durable, and returns its id. */
  send(id: string, message: DistributiveOmit<InboxMessage, 'id'>): Promise<string>;
  /** As in `Store`. */
  assertRemovable(): Promise<void>;
  /** As `Store.remove`, of what `replayed` was read of. */
  remove(id: string, replayed: Pick<Replayed, 'head' | 'goodBytes'>): Promise<boolean>;
  /** Durations in ms of passed steps of earlier runs of the same document title, newest first, at most 50 each. */
  durations(title: string): Promise<ReadonlyMap<string, readonly number[]>>;
}
