/**
 * The bytes that the steps of a run wrote, by the paths that its events name: `steps/007-migrate/1/output.log`.
 *
 * Invariants: what is there never changes, it only grows; a path that does not exist (yet) is empty. Where the bytes lie is
 * the business of whoever makes one: a store for what has ended, a target for what still runs.
 */
export interface ByteSource {
  /** The last `bytesMax` bytes at most, and the whole size. */
  readTail(path: string, bytesMax: number): Promise<{ readonly bytes: Uint8Array; readonly size: number }>;
  /** At most `length` bytes from `start`; shorter at the end. */
  readRange(path: string, start: number, length: number): Promise<Uint8Array>;
  /** The machine that keeps all of it, where here is only its beginning; null: what is here is all. Absent: it always is. */
  elsewhere?(path: string): Promise<string | null>;
}
