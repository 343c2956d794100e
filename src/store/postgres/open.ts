/** Opens the runs of a database, once it is one that this gonogo knows. Loaded only where runs live in one. */
import type { Host } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import type { Journals } from '../journals.ts';
import { type KnownActions, openJournals } from '../stored-journals.ts';
import { readAddress } from './address.ts';
import { Connection } from './connection.ts';
import { told } from './lease.ts';
import { openWorkPlace } from './place.ts';
import { PostgresStore, type PostgresStoreParts } from './store.ts';

/** The runs of a database. `folder`: absolute, for what of them lies on this machine. `password`: as it was given; null: it was not. */
export interface SharedRuns {
  readonly journals: Journals;
  readonly name: string;
  readonly folder: string;
  readonly password: string | null;
}

/** Opens those at `address`. Throws `JournalError` for a server that cannot be asked, and tables that are not there or not ours. */
export async function openShared(
  host: Host,
  address: string,
  specs: KnownActions,
  how: Pick<PostgresStoreParts, 'waitMs' | 'trouble' | 'operator'>,
): Promise<SharedRuns> {
  const known = readAddress(address, host);
  const connection = new Connection(host, known);
  try {
    const [meta] = await told(connection.query('select id, max_evidence::float8 as most from gonogo.meta'));
    const { id, most } = meta ?? {};
    if (typeof id !== 'string' || typeof most !== 'number')
      throw new JournalError(
        'unusable',
        `the schema gonogo in ${known.name} is not one of gonogo's; name another database`,
      );
    const work = await openWorkPlace(host, id);
    const store = new PostgresStore({ host, address: known, work, maxEvidence: most, ...how });
    return {
      journals: openJournals(host, store, specs),
      name: known.name,
      folder: work.folder,
      password: known.password,
    };
  } finally {
    await connection.close();
  }
}
