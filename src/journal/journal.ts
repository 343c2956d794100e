/**
 * What a journal is to everybody: what commits to it, and how it is refused.
 */

export type JournalErrorCode =
  /** No such run, or the name is ambiguous (the message lists the candidates). */
  | 'not-found'
  | 'ambiguous'
  /** Another process drives it; the message names the holder. */
  | 'held'
  /** Another has taken it over from this process, by a decision that is recorded. */
  | 'taken-over'
  /** A line does not verify; the message names it. */
  | 'corrupt'
  /** Written by a newer gonogo: nothing of it can be read, or it cannot be written to. */
  | 'newer'
  /** What was to be recorded cannot be: it holds a secret where a value stands, or is too long. Nothing was written. */
  | 'unfit'
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
