/**
 * The machines of one run: this one, and those that its document names as hosts.
 *
 * Invariants:
 * - Asking for a host touches nothing: what cannot be reached says so when something is to happen there.
 * - The name is the operator's, as it stands in their ssh_config. It is data, also where it looks like an option.
 */
import type { AttemptId, HostIdentity, Target } from './target.ts';

/** Another machine on which steps happen. */
export interface HostTarget extends Target {
  /** Who it is now. Rejects with `Unreachable`. */
  identify(signal: AbortSignal): Promise<HostIdentity>;
}

/** What an attempt printed, as the run keeps it; null: that stream is none, or nothing came of it. */
export interface SettledAttempt {
  readonly id: AttemptId;
  readonly output: SettledStream | null;
  readonly errors: SettledStream | null;
}

/** `sha256`: of the first `bytes` bytes, in lower-case hexadecimal digits. */
export interface SettledStream {
  readonly bytes: number;
  readonly sha256: string;
}

/** The machines of one run beside this one, by name. The same name gives the same machine as long as it is not closed. */
export interface Hosts {
  host(name: string): HostTarget;
  /**
   * Takes away what the run has at a host of probes, and of those `attempts` that have ended there, of which nothing runs, and whose output there is
   * what the run keeps. Resolves with why something of the run stays there, on one line; null: nothing does. Rejects with
   * `Unreachable`. Absent: a run leaves nothing there.
   */
  clear?(name: string, attempts: readonly SettledAttempt[], signal: AbortSignal): Promise<string | null>;
  /** Lets every connection go. What runs there runs on. */
  close(): Promise<void>;
}
