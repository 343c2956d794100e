/**
 * Where this machine keeps what of shared runs has to lie on it: the folders in which its steps run, and a lock beside each, which tells
 * whether who drove a run from here is still alive.
 *
 * Invariants:
 * - The kernel frees a lock when its process dies: nothing here is told by a clock.
 * - A place is known by a name that chance gave it and by its machine, so a copied disk image is another place.
 */
import { join } from 'node:path';
import * as z from 'zod';
import { type Host, HostError } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import { checkRunFolder, isRemote, makeDurableFolders, translated } from '../folder/guard.ts';
import { type Lock, type Locks, sqliteLocks } from '../folder/lock.ts';

/** The work folder of one store on this machine. */
export interface WorkPlace {
  /** Absolute. */
  readonly folder: string;
  /** Names it among those of all machines. */
  readonly id: string;
}

/** Who drives a run, as its row says. */
export const driverSchema = z.object({
  /** Of this lease alone. */
  token: z.string(),
  place: z.string(),
  hostname: z.string(),
  user: z.string(),
  /** The name that they drive under, where they gave one. */
  name: z.string(),
  pid: z.number(),
  since: z.string(),
});
export type DriverRow = Readonly<z.infer<typeof driverSchema>>;

const ID_BYTES_MAX = 256;

/** The work folder of the store `id`, made where it is not there. Throws `JournalError 'unusable'`. */
export function openWorkPlace(host: Host, id: string): Promise<WorkPlace> {
  return translated(
    (async () => {
      const { files } = host;
      const folder = join(stateHome(host), 'gonogo', 'shared', id);
      await makeDurableFolders(files, join(folder, 'runs'));
      await checkRunFolder(host, folder);
      const fileSystem = await files.fileSystem(folder);
      if (isRemote(fileSystem)) {
        const why = `the work folder ${folder} is on a network file system (${fileSystem}), where a lock cannot be relied on`;
        throw new JournalError('unusable', `${why}; name another with XDG_STATE_HOME`);
      }
      return { folder, id: `${await ownId(host, join(folder, 'place'))}@${await machineId(host)}` };
    })(),
  );
}

/** Absolute. A relative one is to be ignored (XDG Base Directory Specification). */
export function stateHome({ machine: { env } }: Pick<Host, 'machine'>): string {
  const named = env['XDG_STATE_HOME'] ?? '';
  if (named.startsWith('/')) return named;
  const home = env['HOME'] ?? '';
  if (home.startsWith('/')) return join(home, '.local', 'state');
  throw new JournalError(
    'unusable',
    'there is no place on this machine for what the steps of a shared run leave; set XDG_STATE_HOME to a folder',
  );
}

async function ownId({ files, ids }: Host, path: string): Promise<string> {
  try {
    await files.publish(path, new TextEncoder().encode(`${ids.short(16)}\n`));
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'exists')) throw error;
  }
  return new TextDecoder().decode(await files.read(path, { bytesMax: ID_BYTES_MAX, noFollow: true })).trim();
}

async function machineId({ files }: Host): Promise<string> {
  try {
    return new TextDecoder().decode(await files.read('/etc/machine-id', { bytesMax: ID_BYTES_MAX })).trim();
  } catch (error) {
    if (error instanceof HostError) return '';
    throw error;
  }
}

interface Locking {
  readonly host: Host;
  readonly locks?: Locks | undefined;
}

/** Takes the lock of a run on this machine; null: a process of this machine drives it. */
export function lockRun({ host, locks = sqliteLocks }: Locking, workspace: string): Promise<Lock | null> {
  const { files } = host;
  return translated(
    (async () => {
      const path = join(workspace, 'lock.db');
      await makeDurableFolders(files, workspace);
      try {
        await files.create(path, new Uint8Array());
      } catch (error) {
        if (!(error instanceof HostError && error.code === 'exists')) throw error;
      }
      return locks.acquire(path);
    })(),
  );
}
