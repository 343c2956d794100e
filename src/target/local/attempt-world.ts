/** What attempts are looked at with, and what this process knows of those that are its own. */
import type { Clock, Files, Machine } from '../../host/host.ts';
import type { ProcessTable } from './process-identity.ts';
import type { Platform } from './supervisor.ts';

/** What attempts are looked at with. */
export interface World {
  readonly files: Files;
  readonly clock: Clock;
  readonly machine: Machine;
  readonly table: ProcessTable;
  readonly platform: Platform;
  /** Folders of the attempts whose supervisor is a child of this process and has not ended; aborted when it ends. */
  readonly running: Map<string, AbortSignal>;
  /** By folder, which files this process made there for the output: others in their place prove nothing. */
  readonly made: Map<string, string>;
  /** By folder, how a supervisor that was a child of this process ended, where it did not as it should. */
  readonly broken: Map<string, string>;
  /** Folders of the attempts that this process was told to end. */
  readonly stopping: Set<string>;
  /** The ending of the processes of an attempt that this process is stopping: until then it has not ended. */
  readonly ending: Map<string, Promise<void>>;
}
