/**
 * Where runs live: the lines of their journals, what backs their claims, their documents, their inboxes, who drives them. A folder
 * is one (`folder/`); whatever else can keep the promises below is another.
 *
 * Invariants:
 * - A store keeps bytes. It never makes, changes or judges a line: encoding, sealing and verification are above it, so a journal
 *   is the same in every store.
 * - Lines are appended whole, in order, after the head that the caller names, or not at all. What cannot be told apart from both is
 *   `unknown`, never a guess.
 * - Evidence and documents are named as events name them; how and where their bytes are kept is the store's own. No path of a
 *   file system is in it but one, `workspace`.
 * - What is read may grow while it is read, and never shrinks.
 * - Every failure of the world leaves as a `JournalError` with the way out, unless it is said otherwise.
 */
import type { Head } from '../journal/journal.ts';
import type { Evidence } from '../run/event.ts';
import type { TargetName } from '../run/holding.ts';
import type { Trace } from '../run/trace.ts';

/** A place between two lines: how many lines are before it, and how many bytes with their newlines. */
export interface Position {
  readonly seq: number;
  readonly bytes: number;
}

/** Whole lines, each with its newline, and the head that they lead to. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly head: Head;
}

/**
 * What became of an append. `appended`: durable now. `already`: the very same lines stand there, from an earlier try. `refused`: the
 * store holds something else, or another drives the run (`takenOver`): nothing was written, and nothing will be by this lease. `unknown`: they
 * may be there or not; `repeat`: asking again with the same lines can settle it.
 */
export type Appended =
  | { readonly kind: 'appended' | 'already' }
  | { readonly kind: 'refused'; readonly reason: string; readonly cause?: unknown; readonly takenOver?: true }
  | { readonly kind: 'unknown'; readonly reason: string; readonly cause?: unknown; readonly repeat: boolean };

/** What lines say of what lies beside them. */
export interface Beside {
  /** What they name: it is durable in the store before they are. */
  readonly evidence: readonly Evidence[];
  /** Folders of the attempts that run once they are there: what is written in them is for others to see before it has ended. */
  readonly running: readonly string[];
}

/** Bytes after the last whole line, set aside under the name `kept`. */
export interface KeptTail {
  readonly bytes: number;
  readonly kept: string;
}

/** The right to drive one run. At most one lease of a run can append; who died holds none. */
export interface Lease {
  readonly run: string;
  /** Which lease of the run this is, where one can be taken over from another; an append with an older one is refused. */
  readonly epoch: number;
  /** The absolute folder of this machine that is the run's, for steps that run here. */
  readonly workspace: string;
  /** Appends `lines` if the head of the store is `after` and the lease is the newest. Never rejects for what the world does. */
  append(lines: Lines & { readonly after: Head; readonly beside?: Beside }): Promise<Appended>;
  /** Whoever drives is leaving: from now on a store that is away is waited for no longer than a moment. */
  hurry(): void;
  /**
   * Sets aside what lies after `end`, the end of the lines that verified: a write that a crash cut off. Resolves with everything
   * that was ever set aside but what `told` names, oldest first.
   */
  recover(end: Head & Position, told: ReadonlySet<string>): Promise<readonly KeptTail[]>;
  /** Adds documents; one that is there already is left as it is. */
  pin(documents: readonly PinnedDocument[]): Promise<void>;
  /** Keeps evidence under a path that is new. Durable. Rejects with `HostError`: `exists` when it is not new. */
  keep(path: string, bytes: Uint8Array): Promise<Evidence>;
  /** What backs the claims of the run. */
  readonly evidence: EvidenceReader;
  /** Removes a deposit that is not taken; one that is gone already is fine. */
  discard(path: string): Promise<void>;
  /** What the inbox holds, oldest first, and what was set aside by this call because it is no message. */
  inbox(): Promise<{ readonly messages: readonly InboxMessage[]; readonly refused: readonly RefusedMessage[] }>;
  /** Removes a message; one that is gone already is fine. */
  settleInbox(id: string): Promise<void>;
  /** Lets the run go; more than once does nothing more. */
  release(): Promise<void>;
}

/** Who takes a run over, and which lease of it: whoever came between was not decided about. */
export interface TakeOver {
  readonly by: string;
  readonly lease: number;
}

/**
 * Records of a run that are not among its own, because the store went back to an earlier moment: `lacking` are those that this machine has
 * and that whoever takes the run here puts back; a branch is what somebody had recorded before the run was gone on with from that moment.
 */
export interface Apart {
  readonly lacking: { readonly from: number; readonly to: number } | null;
  readonly branches: readonly Branch[];
}

/** The records `after + 1` to `to`, as they were on `hostname`. `kept` ISO 8601; null: on this machine alone. */
export interface Branch {
  readonly after: number;
  readonly to: number;
  readonly hostname: string;
  readonly kept: string | null;
}

/** Who drives a run. `since` and `seen` (its last sign) are for people, ISO 8601: nothing is decided by them. */
export interface Driver {
  /** `Lease.epoch` of what they hold. */
  readonly lease: number;
  readonly name: string;
  readonly hostname: string;
  readonly since: string;
  readonly seen: string;
  /** It drove from this very place, where a dead driver needs no taking over. */
  readonly here: boolean;
}

/** Which runs a list is to show. Absent: whatever it is. All that is given has to fit. */
export interface Wanted {
  readonly run?: string | undefined;
  readonly operator?: string | undefined;
  /** Any of them. */
  readonly titles?: readonly string[] | undefined;
  /** It waits for somebody. */
  readonly waiting?: true | undefined;
  /** It has not ended. */
  readonly open?: true | undefined;
  /** Held or read, by its name alone. */
  readonly target?: string | undefined;
  /** Any of them held or read. */
  readonly targets?: readonly TargetName[] | undefined;
  /** Epoch ms: begun then or later. */
  readonly since?: number | undefined;
  /** Only what comes after this one in the order of lists, newest first: the last of the page before. */
  readonly after?: Pick<RunSummary, 'run' | 'startedAt'> | undefined;
  /** So many at most. */
  readonly most?: number | undefined;
}

/** Who watches a run now. `since`: ISO 8601, for people. */
export interface Watcher {
  readonly name: string;
  readonly hostname: string;
  readonly since: string;
}

export interface Store {
  /** How a person calls it in a message: a folder, an address. */
  readonly name: string;
  /** Makes run `run` with its documents and first lines: all of it, or nothing. null: the id is taken; try another. */
  create(run: string, documents: readonly PinnedDocument[], lines: Lines): Promise<Lease | null>;
  /**
   * Takes the lease of a run, at once or not at all: `held` names who has it. `over`: also from a driver elsewhere, whose next append
   * is refused then; where a driver that is dead holds nothing anyway, nobody can be taken over from.
   */
  take(run: string, over?: TakeOver): Promise<Lease>;
  /** Who drives a run, as far as the store knows; null: nobody, or the store cannot tell. */
  driver(run: string): Promise<Driver | null>;
  /** Of `runs` those that are apart; absent: of all that were driven from here and are not in the store at all. */
  apart(runs?: readonly string[]): Promise<ReadonlyMap<string, Apart>>;
  /** The lines after `after`, in chunks of any size. What follows the last newline is no line. */
  records(run: string, after: Position): AsyncIterable<Uint8Array>;
  evidence(run: string): EvidenceReader;
  /** The bytes of a document that was pinned under `sha256`, unverified; null when it is not there. */
  document(run: string, sha256: string): Promise<Uint8Array | null>;
  /** As `Lease.workspace`. */
  workspace(run: string): string;
  /** Keeps a file (its plain name) in the run, under a path of its own below `attached/`, for a message that names it. Durable. */
  deposit(run: string, name: string, bytes: Uint8Array): Promise<Evidence>;
  /** Puts a message into the run's inbox, durable, and returns its id. */
  send(run: string, message: DistributiveOmit<InboxMessage, 'id'>): Promise<string>;
  /**
   * Runs `work` while nobody else, in any process, claims `target` (an opaque name, lower-case hex), and resolves when it has. `claimants`: the
   * other runs that claimed it and were not forgotten since; with `work` begun, `run` is one of them for good, whoever dies. What `work`
   * resolves with are those that are to be kept; `run` null claims nothing, and only forgets. A claim proves nothing: what a run came
   * to, its lines tell. Rejects as `work` does, and with `held` where another claim takes longer than any should.
   */
  claim(
    target: string,
    run: string | null,
    work: (claimants: readonly string[]) => Promise<readonly string[]>,
  ): Promise<void>;
  /** Asserts that whoever asks may remove runs. Throws `JournalError` `unusable`, which says who may. */
  assertRemovable(): Promise<void>;
  /**
   * Removes a run with all that is kept of it, if its lines still end at `end`; false: they do not, or the run is gone. Rejects with `held`
   * where a process of this machine drives it.
   */
  remove(run: string, end: Head & Position): Promise<boolean>;
  /** Resolves when the run may have grown, when `signal` aborts, and after a moment in any case: whoever follows it looks then. */
  wait(run: string, signal: AbortSignal): Promise<void>;
  /** Lets others see that `name` watches the run, until `signal` aborts; where nobody can see that it does nothing. Never rejects. */
  watch(run: string, name: string, signal: AbortSignal): Promise<void>;
  /** Who watches the run now, but this process; nothing is decided by it. null: the store cannot tell. */
  watchers(run: string): Promise<readonly Watcher[] | null>;
  /** The ids of the runs that contain `part` (absent: of all), in code-unit order. */
  ids(part?: string): Promise<readonly string[]>;
  /**
   * What lists show of the runs that are wanted, newest first. `read` is called for a run that changed since it was read last, or that the store
   * remembers nothing of; it never rejects for what is in a run.
   */
  digests(read: (run: string) => Promise<Digest>, wanted?: Wanted): Promise<readonly Digest[]>;
}

export type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What backs the claims of one run, by the paths that its events name: `steps/007-migrate/1/output.log`. */
export interface EvidenceReader {
  /** Length in bytes now; null when there is no such evidence. What is reached by a link or lies outside the run is none. */
  size(path: string): Promise<number | null>;
  /** At most `length` bytes from `start`; shorter at its end, empty where there is none. */
  readRange(path: string, start: number, length: number): Promise<Uint8Array>;
  /** The last `bytesMax` bytes at most, and the whole size; where there is none both are empty. */
  readTail(path: string, bytesMax: number): Promise<{ readonly bytes: Uint8Array; readonly size: number }>;
  /**
   * Lower-case hex sha256 of the first n bytes, for each n of `lengths`; a length beyond the end has none. null: there is no
   * such evidence.
   */
  digests(path: string, lengths: readonly number[]): Promise<ReadonlyMap<number, string> | null>;
  /** The machine that keeps it because it is too large for the store; null: all that there is of it is here, or in the store. */
  elsewhere(path: string): Promise<string | null>;
}

/** A document to pin, by the sha256 (lower-case hex) of its bytes. */
export interface PinnedDocument {
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** A signature as its sender gives it; `principal` is for whoever judges it to say. */
interface MessageSignature {
  readonly key: string;
  readonly principal: string;
  readonly armored: string;
  readonly signed: string;
}

/** What another process asks whoever drives a run to journal. `id` orders messages by the time of sending. */
export type InboxMessage = { readonly id: string; readonly from: string } & (
  | {
      readonly kind: 'note';
      readonly text: string;
      readonly step?: string | undefined;
      /** When it happened, epoch ms, where it is told later. */
      readonly happened?: number | undefined;
      /** The record that it puts right. */
      readonly corrects?: number | undefined;
    }
  | {
      readonly kind: 'approve';
      readonly step: string;
      readonly by: string;
      readonly request: { readonly seq: number; readonly sha256: string } | null;
      readonly signature: MessageSignature | null;
    }
  | { readonly kind: 'refuse'; readonly step: string; readonly by: string; readonly reason: string }
  | {
      readonly kind: 'emergency';
      readonly step: string;
      readonly by: string;
      readonly reason: string;
      readonly signature: MessageSignature | null;
    }
  | { readonly kind: 'redo'; readonly step: string; readonly reason: string }
  | { readonly kind: 'correct'; readonly name: string; readonly value: string; readonly reason: string }
  /** `evidence`: a copy that was deposited in the run. */
  | { readonly kind: 'attach'; readonly step: string; readonly note: string | null; readonly evidence: Evidence }
  | { readonly kind: 'alongside'; readonly run: string; readonly reason: string }
  | { readonly kind: 'release'; readonly reason: string }
  /** Whoever sends it takes the run that is offered to them. */
  | { readonly kind: 'take-over'; readonly read: readonly string[] }
  | { readonly kind: 'handover'; readonly to: string; readonly note: string | null }
);

/** What the inbox held that is no message. `kept`: where it was set aside; null: it could not be moved. */
export interface RefusedMessage {
  readonly name: string;
  readonly reason: string;
  readonly kept: string | null;
}

/** `attempt` and `bootId` name it to its target. `since`: epoch ms. */
export interface BegunSummary {
  readonly step: string;
  readonly since: number;
  readonly attempt: string;
  readonly bootId: string;
}

/** A run as lists show it. Times are epoch ms. */
export interface RunSummary {
  readonly run: string;
  readonly title: string;
  readonly status: string;
  readonly startedAt: number;
  /** Steps that are over, those of them that passed, those that were skipped, and all but what was not taken. */
  readonly done: number;
  readonly passed: number;
  readonly skipped: number;
  readonly total: number;
  /** Epoch ms of its newest record. */
  readonly at: number;
  /** Id of the phase that it is in; null: none. */
  readonly phase: string | null;
  readonly operator: string;
  /** For whom or what it waits, in words. */
  readonly waiting: string | null;
  /** The step that failed last and that nobody has decided about. */
  readonly failed: string | null;
  /** Commands that were begun and whose end is not recorded: whether they still run, their target knows. */
  readonly begun: readonly BegunSummary[];
  /** Consent that a gate of it waits for. */
  readonly wanted: readonly WantedSummary[];
  /** Debts that are open. */
  readonly owed: readonly OwedSummary[];
  readonly kind: 'runbook' | 'checklist';
  /** Non-null: the run cannot be read, and why. */
  readonly problem: string | null;
  /** Non-null: a newer gonogo wrote to it, and the rest is what could be read. */
  readonly newer: string | null;
  /** What it has to do with its target; null: nothing. */
  readonly trace: Trace | null;
}

/** As `WantedApproval`. `since`: epoch ms. */
export interface WantedSummary {
  readonly step: string;
  readonly since: number;
  readonly given: number;
  readonly count: number;
  readonly from: readonly string[];
}

/** `openedAt`: epoch ms. */
export interface OwedSummary {
  readonly step: string;
  readonly text: string;
  readonly openedAt: number;
}

/** Summary of a run and the durations in ms of its passed steps. */
export interface Digest {
  readonly summary: RunSummary;
  readonly durations: Readonly<Record<string, number>>;
}
