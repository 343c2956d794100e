/**
 * The world behind one interface: clock, ids, files, processes, network, machine. The real one is `real-host.ts`; the
 * simulated one in the tests implements the same interface, so nothing outside `host/` reads a clock, an
 * environment, randomness or a disk.
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

export interface Clock {
  /** Milliseconds since the Unix epoch, an integer. */
  now(): number;
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
}

/** An append-only file open for writing. After any rejected call only `close` may be called. */
export interface AppendFile {
  readonly bytes: number;
  /** Writes all of `bytes` at the end and `fdatasync`s. */
  append(bytes: Uint8Array): Promise<void>;
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

export interface Files {
  /** Whole file; `too-large` above `bytesMax`. Follows no symbolic link when `noFollow`. */
  read(path: string, options?: { bytesMax?: number; noFollow?: boolean }): Promise<Uint8Array>;
  /** At most `length` bytes from `start`; shorter at the end of the file. */
  readRange(path: string, start: number, length: number): Promise<Uint8Array>;
  /**
   * The first `length` bytes, read before it returns: for very many small files, of which each would otherwise cost three turns.
   * Throws `HostError`. Absent: `readRange` serves.
   */
  readAtOnce?(path: string, length: number): Uint8Array;
  /** lstat; null when there is nothing. */
  facts(path: string): Promise<FileFacts | null>;
  /** Names in a folder, code-unit order. */
  list(path: string): Promise<readonly string[]>;
  /** Makes one folder, mode 0700; `exists` when it is there. Durable. */
  makeFolder(path: string): Promise<void>;
  /** Makes a folder and its parents where missing; not durable. */
  ensureFolder(path: string): Promise<void>;
  /** O_EXCL, mode 0600 unless given; content and folder durable. */
  create(path: string, bytes: Uint8Array, mode?: number): Promise<void>;
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

export type Command =
  | { readonly kind: 'script'; readonly text: string; readonly shell: readonly string[] }
  | { readonly kind: 'argv'; readonly argv: readonly string[] };

/** One try at a command under the attempt protocol. `folder` is absolute and does not exist yet; its parent may not either. */
export interface AttemptSpec {
  readonly folder: string;
  readonly command: Command;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutMs: number | null;
  /** True: standard output to `output.log`, standard error to `stderr.log`; false: both to `output.log`, in true order. */
  readonly splitStderr: boolean;
  /** Values the masking filter removes from the output before any byte is on disk; empty: no filter. */
  readonly secrets: readonly string[];
  /** True: the command gets the terminal as its stdin, stdout and stderr. */
  readonly tty: boolean;
}

/**
 * What is known about an attempt from its folder.
 * `exit` is 0–255 as the shell gives it (128 + n after signal n); `timedOut` when the supervisor's timeout ended it.
 */
export type AttemptKnown =
  | { readonly kind: 'exited'; readonly exit: number; readonly timedOut: boolean }
  | { readonly kind: 'alive' }
  | { readonly kind: 'never-ran' }
  | { readonly kind: 'in-doubt'; readonly reason: string };

/** The attempt protocol: a few lines of POSIX sh that outlive us. */
export interface Attempts {
  /**
   * Makes folder and script durable, then spawns the supervisor in a session of its own and returns at once. Rejects with
   * `HostError` when nothing was spawned (then the folder is voided, so it never runs).
   */
  start(spec: AttemptSpec): Promise<void>;
  /** Reads what is known. May claim an unclaimed attempt of the same boot, which then is `never-ran` for good. */
  inspect(folder: string, startedBootId: string): Promise<AttemptKnown>;
  /**
   * Resolves when the attempt is no longer alive, or with `alive` when `signal` aborts. Output, exit and
   * folder are durable when it resolves with `exited`.
   */
  wait(folder: string, startedBootId: string, signal: AbortSignal): Promise<AttemptKnown>;
  /** TERM to the group, KILL after `graceMs`. Resolves when nothing of the attempt runs or nothing could be signalled. */
  stop(folder: string, startedBootId: string, graceMs: number): Promise<AttemptKnown>;
}

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  /** Bytes of the body that are read at most. */
  readonly bodyBytesMax: number;
  /** PEM of extra authorities, or null. */
  readonly ca: string | null;
  /** Whether a wrong certificate is an error. */
  readonly verifyTls: boolean;
}
/** `failed`: no response; `reason` is one line in plain words. */
export type HttpResult =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
      readonly truncated: boolean;
      readonly ms: number;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly ms: number };

/**
 * What a TLS handshake showed. `untrusted`: why the certificate is not to be trusted for this host, in plain words, or
 * null. `subject` and `issuer`: `CN=…, O=…`.
 */
export type TlsResult =
  | {
      readonly kind: 'certificate';
      readonly validToMs: number;
      readonly subject: string;
      readonly issuer: string;
      readonly untrusted: string | null;
      readonly ms: number;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly ms: number };

export interface Network {
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpResult>;
  connect(
    host: string,
    port: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<{ ms: number } | { reason: string; ms: number }>;
  /** One handshake. `ca`: PEM of extra authorities, or null. A certificate that is not trusted is no failure here. */
  inspectTls(
    host: string,
    port: number,
    options: { readonly timeoutMs: number; readonly ca: string | null },
    signal: AbortSignal,
  ): Promise<TlsResult>;
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
  readonly attempts: Attempts;
  readonly network: Network;
  readonly machine: Machine;
}
