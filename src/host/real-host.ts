/**
 * The real world behind `Host`: this machine's clock, ids, files, processes and network. The only place where they are
 * put together.
 */
import { createAttempts } from '../target/local/attempts.ts';
import { realNetwork } from '../target/local/network.ts';
import { realClock } from './clock.ts';
import { realFiles } from './files.ts';
import type { Host } from './host.ts';
import { realIds } from './ids.ts';
import { readMachine } from './machine.ts';

/** The host of this process. Throws `HostError 'not-found'` when the current folder no longer exists. */
export async function createRealHost(): Promise<Host> {
  const machine = readMachine();
  return {
    clock: realClock,
    ids: realIds,
    files: realFiles,
    attempts: createAttempts(realFiles, realClock, machine),
    network: realNetwork,
    machine,
  };
}
