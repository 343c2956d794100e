/**
 * Where runs live, as everybody above sees it: a folder today. No path of a file system is in it but one, `workspace`.
 *
 * Invariants:
 * - Evidence and documents are named as events name them; how and where their bytes are kept is the store's own.
 * - What is read may grow while it is read, and never shrinks.
 */

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
}

/** A document to pin, by the sha256 (lower-case hex) of its bytes. */
export interface PinnedDocument {
  readonly sha256: string;
  readonly bytes: Uint8Array;
}

/** What another process asks whoever drives a run to journal. `id` orders messages by the time of sending. */
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
  | { readonly kind: 'refuse' | 'emergency'; readonly step: string; readonly by: string; readonly reason: string }
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
  readonly kind: 'runbook' | 'checklist';
  /** Non-null: the run cannot be read, and why. */
  readonly problem: string | null;
  /** Non-null: a newer gonogo wrote to it, and the rest is what could be read. */
  readonly newer: string | null;
}
