/**
 * Where the steps of one run happen: commands, what they print, looks at files, the network, the boot and the clock. This
 * machine is one (`local/`); another machine is another implementation, and nothing outside `target/` knows which it is.
 *
 * Invariants:
 * - Every path that is given or comes back is a path of the target. Only evidence has paths of the run.
 * - An attempt is named by an opaque id that is on record before anything of it begins, and is never begun twice.
 * - "Never began" is said only with proof that nothing of the attempt ran and nothing will. Whatever else is not known is in
 *   doubt, also when the target cannot be reached any more.
 * - What is reported as ended is durable: its exit, its output, and the evidence of it within the run.
 */
import * as z from 'zod';
import type { FileLooks } from '../host/host.ts';
import type { Evidence, RunningProcess } from '../run/event.ts';
import type { Network } from './network.ts';

const attemptId = z.string().min(1).brand<'AttemptId'>();

/** Names an attempt within its run, as its event recorded it. Only its target reads anything in it. */
export type AttemptId = z.infer<typeof attemptId>;

/** The id that an event recorded. Throws for the empty text. */
export function toAttemptId(recorded: string): AttemptId {
  return attemptId.parse(recorded);
}

/** An attempt as it was recorded before it began. */
export interface AttemptRef {
  readonly id: AttemptId;
  /** The target's boot id then, not necessarily the present one. */
  readonly bootId: string;
}

/** `script`: a text, run as a file by the words of `shell`. `argv`: a program and its arguments, without a shell. */
export type Command =
  | { readonly kind: 'script'; readonly text: string; readonly shell: readonly string[] }
  | { readonly kind: 'argv'; readonly argv: readonly string[] };

/** A child's environment: the target's own without `without`, and `set` on top of it. */
export interface ChildEnvironment {
  readonly without: readonly string[];
  readonly set: Readonly<Record<string, string>>;
}

/**
 * Who a machine is. `hostKey`: `SHA256:…` of the key that its ssh server showed; null where none was. `machineId` null: it has
 * none. `offsetMs`: by how much its clock is ahead of ours.
 */
export interface HostIdentity {
  readonly bootId: string;
  readonly machineId: string | null;
  readonly hostname: string;
  readonly hostKey: string | null;
  readonly offsetMs: number;
}

/** Runs `use` while the terminal is nobody else's, and resolves as it does. */
export type LendTerminal = <T>(use: () => Promise<T>) => Promise<T>;

/** One try at a command. */
export interface CommandSpec {
  readonly command: Command;
  readonly env: ChildEnvironment;
  readonly cwd: string;
  /** The target enforces it, with nobody attached too. */
  readonly timeoutMs: number | null;
  /** True: standard output and standard error apart; false: both as `output`, in true order. */
  readonly splitStderr: boolean;
  /** Values that are removed from the output before any byte of it is stored anywhere. */
  readonly secrets: readonly string[];
  /** True: the command gets the terminal as its stdin, stdout and stderr; what it shows is kept where the target can record it. */
  readonly tty: boolean;
  /** How the terminal is got from whoever has it, where not all of `begin` and `wait` has it. */
  readonly lend?: LendTerminal;
  /** True: it is a probe, which is ended when the process that begins it ends, however that ends. */
  readonly tethered?: boolean;
  /** True: where its program is not there it is refused; else it begins, and ends with 127 as a shell says it. */
  readonly refusesAbsent?: boolean;
  /** Who the machine must be: `begin` refuses as `drifted`, with nothing begun, when it is another. */
  readonly expects?: ExpectedHost;
  /** The account that the command runs as, by `sudo -n`; what supervises it stays who it is. */
  readonly become?: string;
}

/** What a machine is told by: its machine id, and `SHA256:…` of the key that its ssh server showed; null: it has none. */
export interface ExpectedHost {
  readonly machineId: string | null;
  readonly hostKey: string | null;
}

/** Why an attempt is in doubt whose folder is there: only an attempt makes it, and only after its start was recorded. */
export const thereAlready =
  'its folder was there before it began, so it may have run already: the journal has lost what was recorded of it, or is an older copy';

/**
 * What came of the wish to begin. But for `begun` and `in-doubt` nothing began and nothing of this attempt ever will; `reason` is
 * one line. `in-doubt`: something is there already of an attempt that the records do not know, so it may have run.
 * `refused`: it cannot be begun as it stands; `not-started`: the target had not what it takes this time (a full disk, no
 * process left); `unreachable`: the target was not there to be asked, and it is settled that nothing of the attempt is there (a
 * begin whose answer was lost is asked again with the same id, so that the claim decides; what cannot be settled is `in-doubt`);
 * `drifted`: the machine is not the expected one, but `identity`, which is another in what `reason` says.
 */
export type Beginning =
  | { readonly kind: 'begun' }
  | { readonly kind: 'in-doubt'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'not-started'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string; readonly why?: OutOfReach }
  | { readonly kind: 'drifted'; readonly reason: string; readonly identity: HostIdentity };

/** `output`: what it printed, or its standard output where that is kept apart; `errors`: its standard error then. */
export type Stream = 'output' | 'errors';

/** A part of a stream: `bytes` from offset `start`; `total`: how many there are by now. */
export interface OutputWindow {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly total: number;
}

/** What an attempt left of one stream: all of it as evidence (null: it is gone), and its end. */
export interface KeptOutput {
  readonly evidence: Evidence | null;
  readonly tail: OutputWindow;
}

/**
 * What is known about an attempt. `exit`: 0–255 as a shell gives it (128 + n after signal n); `timedOut`: the target ended it
 * when its time was up; `lost`: some of what it printed could not be kept, and its evidence says so; `ms`: from its begin to its end by the target's clock; `errors`: null where they are not apart.
 * `never-began`: why what was to begin it ended before it did; null where nobody tried to the end.
 */
export type Ending =
  | {
      readonly kind: 'exited';
      readonly exit: number;
      readonly timedOut: boolean;
      readonly lost: boolean;
      readonly ms: number;
      readonly output: KeptOutput;
      readonly errors: KeptOutput | null;
      /** What a command that ended by itself left running. */
      readonly left: readonly RunningProcess[];
    }
  | { readonly kind: 'runs-on' }
  | { readonly kind: 'never-began'; readonly reason: string | null }
  | { readonly kind: 'in-doubt'; readonly reason: string };

/** `ended`: nothing of it runs any more. `runs-on`: it could not be ended; `processes`: what can be seen of it, by name. */
export type Stopped =
  | { readonly kind: 'ended' }
  | { readonly kind: 'runs-on'; readonly processes: readonly RunningProcess[] };

/**
 * Why an attempt goes on that should not, and what of it can be seen: its time is up and it cannot be ended, or what supervises
 * it has ended while it runs.
 */
export interface Held {
  readonly cause: 'timeout' | 'supervisor';
  readonly processes: readonly RunningProcess[];
}

/** The way to a target is cut since `lostSince` (epoch ms), for `reason` (one line). */
export interface LostLink {
  readonly lostSince: number;
  readonly reason: string;
}

/**
 * `tailBytesMax`: how much of the end of each stream is read. `held`: told once when the attempt goes on that should not. `link`: told
 * when the way to the target is cut while it waits, which it goes on to do, and with null when it is there again.
 */
export interface Waiting {
  readonly tailBytesMax: number;
  readonly held?: (held: Held) => void;
  readonly link?: (lost: LostLink | null) => void;
}

/** Commands under the attempt protocol: they outlive whoever began them. */
export interface Commands {
  /** Begins the attempt; resolves as soon as it is certain that it has begun or that it never will. */
  begin(attempt: AttemptRef, spec: CommandSpec): Promise<Beginning>;
  /**
   * Resolves when the command has ended, whoever began it; of one that was stopped or whose time was up, when nothing of it
   * runs any more; or with `runs-on` when `signal` aborts:
   * with a signal that has aborted it only looks. An attempt that nobody has begun is made one that never will be.
   */
  wait(attempt: AttemptRef, options: Waiting, signal: AbortSignal): Promise<Ending>;
  /** Whether it runs now; null where that cannot be told. Looking changes nothing, so anybody may who does not drive the run. */
  runs(attempt: AttemptRef): Promise<boolean | null>;
  /** TERM to all of it, KILL after `graceMs`. */
  stop(attempt: AttemptRef, graceMs: number): Promise<Stopped>;
  /** At most `length` bytes of what it has printed by now, from `start`. Empty where there is nothing yet. */
  window(attempt: AttemptRef, stream: Stream, start: number, length: number): Promise<OutputWindow>;
  /** What it prints, from `start` on and as it arrives, until `signal` aborts. */
  follow(attempt: AttemptRef, stream: Stream, start: number, signal: AbortSignal): AsyncIterable<OutputWindow>;
}

/**
 * `down`: nothing answers; `refused`: it takes no connection now; `host-key`: its key is not known, or another than the known one;
 * `auth`: it lets us not in; `unfit`: it is there, and has not what the attempt protocol takes (no `sh`, no disk that keeps a file,
 * a state folder on a network or memory file system, an init that ends what outlives its session).
 */
export type OutOfReach = 'down' | 'refused' | 'host-key' | 'auth' | 'unfit';

/** The target was not there to be asked, so nothing happened there. The message says why, on one line. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly kind: OutOfReach;

  constructor(message: string, kind: OutOfReach = 'down', options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The steps of one run happen here. What cannot reach it rejects with `Unreachable` unless its result can say so. */
export interface Target {
  /** Where a document's relative paths begin and commands run, unless they say otherwise. Absolute. */
  readonly base: string;
  readonly commands: Commands;
  /** Rejects with `HostError` where a disk refuses. */
  readonly files: FileLooks;
  readonly network: Network;
  /** Changes with every boot of the target. */
  bootId(): Promise<string>;
  /** Milliseconds since the Unix epoch by the target's clock, an integer. */
  now(): Promise<number>;
  /** Keeps `bytes` as evidence of an attempt that is no command, under a plain file name. Durable. */
  keep(attempt: AttemptRef, name: string, bytes: Uint8Array): Promise<Evidence>;
}
