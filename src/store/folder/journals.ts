/** Opens the runs of a state folder, once it is one that can be trusted. */
import { join, resolve } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { Journals } from '../journals.ts';
import { type KnownActions, openJournals } from '../stored-journals.ts';
import { checkRunFolder, checkStateFolder, translated } from './guard.ts';
import { type Locks, sqliteLocks } from './lock.ts';
import { FolderStore } from './store.ts';

/**
 * The runs of `stateFolder` (relative to the current folder), which need not exist yet: `create` makes it. Throws `JournalError
 * 'unusable'` when the folder is a link, another user's, or on a network. `specs`: the actions that are known
 * here; a run that uses another was written by a newer gonogo. `locks` is SQLite's unless a simulation brings its own.
 */
export async function createJournals(
  host: Host,
  stateFolder: string,
  specs: KnownActions,
  locks: Locks = sqliteLocks,
): Promise<Journals> {
  const state = resolve(host.machine.cwd, stateFolder);
  const runs = join(state, 'runs');
  await translated(checkStateFolder(host, state));
  await translated(checkRunFolder(host, runs));
  return openJournals(host, new FolderStore({ host, state, runs, locks }), specs);
}
