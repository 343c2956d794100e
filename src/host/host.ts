/**
 * What this process itself stands on, behind one interface: clock, ids, disk, machine. The real one is `real-host.ts`; the
 * simulated one in the tests implements the same interface, so nothing outside `host/` reads a clock, an
 * environment, randomness or this process's disk. Where steps run is a target (`target/`), also when it is this machine.
 *
 * Invariants:
 * - Every failure of a file operation is a `HostError` with a closed code and the path.
 * - What a method calls durable has been fsynced, its folder too, before the promise resolves.
 */

export type HostErrorCode =
  | 'not-found'
  | 'exists'
  | 'denied'
  | 'no-space'
  | 'read-only'
  | 'is-directory'
  | 'not-directory'
  | 'too-large'
  | 'link'
  | 'io';

export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: HostErrorCode;
  readonly path: string;
  constructor(code: HostErrorCode, path: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.path = path;
  }
}

/** How far the clock may be off the time that has passed before it counts as set: less is drift, slewing, and a busy machine. */
export const clockSetMinMs = 2000;

export interface Clock {
  /** Milliseconds since the Unix epoch, an integer. Whoever may set the machine's clock sets it: no wait is measured by it. */
  now(): number;
  /** Milliseconds that have passed since some moment, by clocks that nobody sets; what the machine slept counts. Never goes back. */
  steady(): number;
  /** Milliseconds of `steady` for which the machine was asleep, as far as the system tells. */
  asleep(): number;
  /** Resolves after `ms`, or at once when `signal` aborts (never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** `length` characters of `[a-z2-7]`, unguessable. */
  short(length: number): string;
}

export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly bytes: number;
  readonly mode: number;
  readonly uid: number;
  readonly modifiedMs: number;
  /** Epoch ms, with a fraction, when its bytes or facts changed last: the system keeps it, and no program sets it to what it likes. */
  readonly changedMs: number;
  /** The same for two looks exactly when they found the same file or folder, whatever its name was. */
  readonly identity: string;
  /** How many names it has; 0: it was removed. */
  readonly links: number;
}

/** An append-only file open for writing. After any rejected call only `close` may be called. */
export interface AppendFile {
  readonly bytes: number;
  /** Of the very file that is open, wherever its name is now. */
  facts(): Promise<FileFacts>;
  /** All that is in it. */
  read(): Promise<Uint8Array>;
  /** Writes all of `bytes` at the end and `fdatasync`s; resolves with what the file was right after the write. */
  append(bytes: Uint8Array): Promise<FileFacts>;
  close(): Promise<void>;
}

/** How long a file is and the sha256 (lower-case hex) of its bytes. */
export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/** The digest of a file that is being written. */
export interface GrowingDigest {
  /** The digest of all that is in the file by now. Rejects when the file cannot be read. */
  finish(): Promise<Digest>;
  /** Lets go of the file; there is no digest then. */
  stop(): void;
}

/** Looks at files, which change nothing. Rejects with `HostError`. */
export interface FileLooks {
  /** Whole file; `too-large` above `bytesMax`. Follows no symbolic link when `noFollow`. */
  read(path: string, options?: { bytesMax?: number; noFollow?: boolean }): Promise<Uint8Array>;
  /** At most `length` bytes from `start`; shorter at the end of the file. */
  readRange(path: string, start: number, length: number): Promise<Uint8Array>;
  /**
   * The first `length` bytes, read before it returns: for very many small files, of which each would otherwise cost three turns.
   * Throws `HostError`. Absent: `readRange` serves.
   */
  readAtOnce?(path: string, length: number): Uint8Array;
  /** `facts`, known before it returns: for very many files, as `readAtOnce`. Throws `HostError`. Absent: `facts` serves. */
  factsAtOnce?(path: string): FileFacts | null;
  /** lstat; null when there is nothing. */
  facts(path: string): Promise<FileFacts | null>;
  /** Where `path` really is, once every symbolic link in it is followed; null when it leads to nothing, or in a circle. */
  realPath(path: string): Promise<string | null>;
  /** Names in a folder, code-unit order; `too-large` above `namesMax`. */
  list(path: string, namesMax?: number): Promise<readonly string[]>;
}

/** `facts`, without a turn for it where the files can do without. Throws `HostError`. */
export async function factsNow(files: FileLooks, path: string): Promise<FileFacts | null> {
  return files.factsAtOnce === undefined ? files.facts(path) : files.factsAtOnce(path);
}

export interface Files extends FileLooks {
  /** Makes one folder, mode 0700; `exists` when it is there. Durable. */
  makeFolder(path: string): Promise<void>;
  /** Makes a folder and its parents where missing; not durable. */
  ensureFolder(path: string): Promise<void>;
  /** O_EXCL, mode 0600 unless given; content and folder durable. */
  create(path: string, bytes: Uint8Array, mode?: number): Promise<void>;
  /** As `create`, and the name never stands for less than all of it, whenever the process dies. */
  publish(path: string, bytes: Uint8Array, mode?: number): Promise<void>;
  /** Temporary file, fsync, rename over, fsync of the folder. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Moves within one file system; both folders durable. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  removeTree(path: string): Promise<void>;
  /** fsync of a file or a folder. */
  sync(path: string): Promise<void>;
  /** Cuts the file to `bytes` and fsyncs. */
  truncate(path: string, bytes: number): Promise<void>;
  openAppend(path: string): Promise<AppendFile>;
  /** The length and sha256 (lower-case hex) of the first `bytes` bytes (default: all there are now). */
  digest(path: string, bytes?: number): Promise<Digest>;
  /** Begins to hash a file that grows, or that will be there soon. */
  follow(path: string): GrowingDigest;
  /** Magic-number name of the file system that holds `path`: `ext`, `nfs`, `cifs`, `tmpfs`, … or `unknown`. */
  fileSystem(path: string): Promise<string>;
}

export interface Machine {
  /** Changes with every boot; `/proc/sys/kernel/random/boot_id` on Linux. */
  readonly bootId: string;
  readonly hostname: string;
  readonly user: string;
  readonly uid: number;
  readonly pid: number;
  readonly cwd: string;
  /** The environment of this process. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Host {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly files: Files;
  readonly machine: Machine;
}
