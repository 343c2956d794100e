/**
 * The machines of one run: this one, and those that its document names as hosts.
 *
 * Invariants:
 * - Asking for a host touches nothing: what cannot be reached says so when something is to happen there.
 * - The name is the operator's, as it stands in their ssh_config. It is data, also where it looks like an option.
 */
import type { HostIdentity, Target } from './target.ts';

/** Another machine on which steps happen. */
export interface HostTarget extends Target {
  /** Who it is now. Rejects with `Unreachable`. */
  identify(signal: AbortSignal): Promise<HostIdentity>;
}

/** The machines of one run beside this one, by name. The same name gives the same machine as long as it is not closed. */
export interface Hosts {
  host(name: string): HostTarget;
  /** Lets every connection go. What runs there runs on. */
  close(): Promise<void>;
}
