/**
 * The attempt protocol in folders of this machine: what one is told, and what is known about one afterwards.
 */
import type { RunningProcess } from '../../run/event.ts';
import type { CommandSpec, Held } from '../target.ts';

/** One try at a command. `folder` is absolute and does not exist yet; its parent may not either. */
export interface AttemptSpec extends Omit<CommandSpec, 'env'> {
  readonly folder: string;
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What is known about an attempt from its folder.
 * `exit` is 0–255 as the shell gives it (128 + n after signal n); `timedOut` when the supervisor's timeout ended it. `lost`: the masking filter ended before it had
 * written everything. `never-ran`:
 * why a supervisor of this process ended before it began the command; absent where there was none.
 */
export type AttemptKnown =
  | { readonly kind: 'exited'; readonly exit: number; readonly timedOut: boolean; readonly lost?: true }
  | { readonly kind: 'alive' }
  | { readonly kind: 'never-ran'; readonly reason?: string }
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
  /** Whether it runs now; null where its folder does not tell. Changes nothing: an attempt that nobody claimed stays so. */
  runs(folder: string): Promise<boolean | null>;
  /**
   * Resolves when the attempt is no longer alive, or with `alive` when `signal` aborts. Output, exit and
   * folder are durable when it resolves with `exited`. `held`: see `Waiting`.
   */
  wait(folder: string, startedBootId: string, signal: AbortSignal, held?: (held: Held) => void): Promise<AttemptKnown>;
  /**
   * TERM to everything of the attempt, KILL after `graceMs`. Resolves when nothing of it runs any more, or with `alive` when
   * that did not help.
   */
  stop(folder: string, startedBootId: string, graceMs: number): Promise<AttemptKnown>;
  /** What of the attempt runs now, without what supervises it. */
  running(folder: string): Promise<readonly RunningProcess[]>;
  /** What a command that has ended left running. */
  left(folder: string): Promise<readonly RunningProcess[]>;
}
