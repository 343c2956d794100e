/** What a step costs whose run lives in PostgreSQL, beside two committed inserts with the same client. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { createRealHost } from '../../src/host/real-host.ts';
import { encodeAll } from '../../src/journal/encode.ts';
import { beginning } from '../../src/journal/record.ts';
import { readAddress } from '../../src/store/postgres/address.ts';
import { openWorkPlace } from '../../src/store/postgres/place.ts';
import { init } from '../../src/store/postgres/setup.ts';
import { PostgresStore } from '../../src/store/postgres/store.ts';
import { note, started } from '../journal/drafts.ts';
import { Server } from '../shared/server.ts';
import { type Measure, median, type Reading } from './measure.ts';

const steps = 300;
const run = '20261121-0312-release-k7q2';

export const storeStep: Measure = {
  name: 'shared: recording a step in PostgreSQL',
  against: 'two committed inserts',
  // Told, not held: 1.5 is the aim.
  limit: null,
  run: async (folder) => {
    if (!existsSync('/usr/lib/postgresql')) return null;
    const server = await Server.begin();
    try {
      return await measured(server, folder);
    } finally {
      server.end();
    }
  },
};

async function measured(server: Server, folder: string): Promise<Reading> {
  const host = await createRealHost();
  const state = `${await server.database()}?sslmode=disable`;
  const own = { ...host, machine: { ...host.machine, env: { ...host.machine.env, XDG_STATE_HOME: folder } } };
  await init(own, state, {});
  const address = readAddress(state, own);
  const work = await openWorkPlace(own, 'store');
  const store = new PostgresStore({ host: own, address, work, maxEvidence: 1e9, waitMs: 1000, trouble: () => {} });
  let last = encodeAll([started()], beginning(run), 0);
  const headOf = ({ place }: typeof last) => ({ seq: place.seq, sha256: place.sha256 });
  const lease = await store.create(run, [], { bytes: last.bytes, head: headOf(last) });
  if (lease === null) throw new Error('the id is taken');
  const append = async (evidence: readonly { path: string; bytes: number; sha256: string }[]): Promise<void> => {
    const next = encodeAll([note('a record as long as one of a step '.repeat(8))], last.place, 0);
    const beside = { evidence, running: [] };
    const { kind } = await lease.append({ bytes: next.bytes, head: headOf(next), after: headOf(last), beside });
    // An answer that was long in coming is asked for anew.
    if (kind !== 'appended' && kind !== 'already') throw new Error(`an append was ${kind}`);
    last = next;
  };
  const [place] = address.places;
  const client = new pg.Client({ ...place, user: address.user, database: address.database, ssl: false });
  await client.connect();
  await client.query('create table plain (n int primary key, line bytea)');
  const line = Buffer.from('a line as long as one of a step, as it is recorded '.repeat(16));
  const [ours, plain] = [[] as number[], [] as number[]];
  for (let step = 0; step < steps; step += 1) {
    const at = `steps/${step}`;
    mkdirSync(join(lease.workspace, at), { recursive: true });
    writeFileSync(join(lease.workspace, at, 'output.log'), `line ${step}\n`);
    const first = performance.now();
    await append([]);
    await append([{ path: `${at}/output.log`, bytes: 7, sha256: '' }]);
    ours.push(performance.now() - first);
    const since = performance.now();
    for (const number of [2 * step, 2 * step + 1])
      await client.query('insert into plain values ($1, $2)', [number, line]);
    plain.push(performance.now() - since);
  }
  await client.end();
  await lease.release();
  return { value: median(ours), base: median(plain), unit: 'ms' };
}
