/**
 * The real `Host`: this process's clock, ids, disk and machine. The only place where they are put together.
 */
import { realClock } from './clock.ts';
import { realFiles } from './files.ts';
import type { Host } from './host.ts';
import { realIds } from './ids.ts';
import { readMachine } from './machine.ts';

/** The host of this process. Throws `HostError 'not-found'` when the current folder no longer exists. */
export async function createRealHost(): Promise<Host> {
  return { clock: realClock, ids: realIds, files: realFiles, machine: readMachine() };
}
