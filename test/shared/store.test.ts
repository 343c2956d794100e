/** A database as a store: it keeps the same promises as a folder, and what it promises besides. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeAll } from '../../src/journal/encode.ts';
import { beginning } from '../../src/journal/record.ts';
import { readAddress } from '../../src/store/postgres/address.ts';
import { openWorkPlace } from '../../src/store/postgres/place.ts';
import { closing, migrations, schemaVersion } from '../../src/store/postgres/schema.ts';
import { init, maxEvidenceBytes, migrate } from '../../src/store/postgres/setup.ts';
import { PostgresStore } from '../../src/store/postgres/store.ts';
import { note, started } from '../journal/drafts.ts';
import { host, temporary } from '../journal/fixture.ts';
import { keepsItsPromises } from '../store/contract.ts';
import { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await Server.begin();
});
afterAll(() => server.end());

async function fresh(): Promise<PostgresStore> {
  const state = await server.database();
  await init(host, state, {});
  return machineOn(state);
}

/** The store as another machine sees it. */
async function machineOn(state: string): Promise<PostgresStore> {
  const own = {
    ...host,
    machine: { ...host.machine, env: { ...host.machine.env, XDG_STATE_HOME: join(temporary(), 'own') } },
  };
  return new PostgresStore({
    host: own,
    address: readAddress(state, own),
    work: await openWorkPlace(own, 'store'),
    maxEvidence: maxEvidenceBytes,
    waitMs: 5000,
    trouble: () => {},
  });
}

keepsItsPromises('a PostgreSQL database', fresh);

const RUN = '20261121-0312-release-k7q2';

/** Two machines on a new store with one run, driven from the first. */
async function driven() {
  const state = await server.database();
  await init(host, state, {});
  const [one, two, three] = [await machineOn(state), await machineOn(state), await machineOn(state)];
  const first = encodeAll([started()], beginning(RUN), 0);
  const next = encodeAll([note('next')], first.place, 0);
  const as = ({ bytes, place }: typeof first) => ({ bytes, head: { seq: place.seq, sha256: place.sha256 } });
  const lease = await one.create(RUN, [], as(first));
  if (lease === null) throw new Error('the id is taken');
  return { one, two, three, lease, next: { ...as(next), after: as(first).head } };
}

test('of two who take a run over at once one drives, and whoever drove before appends nothing more', async () => {
  const { two, three, lease, next } = await driven();
  await expect(two.take(RUN)).rejects.toMatchObject({ code: 'held' });
  const now = await two.driver(RUN);
  expect(now).toMatchObject({ lease: 1, here: false });
  const takes = await Promise.allSettled([
    two.take(RUN, { by: 'bo', lease: 1 }),
    three.take(RUN, { by: 'cy', lease: 1 }),
  ]);
  const [taken] = takes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const refused = takes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(refused).toEqual([expect.objectContaining({ code: 'held' })]);
  expect(taken?.epoch).toBe(2);
  const winner = takes[0].status === 'fulfilled' ? 'bo' : 'cy';
  const late = await lease.append(next);
  expect(late).toEqual({
    kind: 'refused',
    reason: expect.stringMatching(`taken over by ${winner} on`),
    takenOver: true,
  });
  expect(await lease.append(next)).toEqual(late);
  expect(await taken?.append(next)).toEqual({ kind: 'appended' });
  await taken?.release();
  // Who decided about a lease that is over has decided about nobody who came after.
  await expect(two.take(RUN, { by: 'bo', lease: 1 })).rejects.toMatchObject({ code: 'held' });
  await (await two.take(RUN)).release();
});

test('the same lines a second time are there already, other lines are refused, and a run that is behind too', async () => {
  const { lease, next, one } = await driven();
  expect(await lease.append(next)).toEqual({ kind: 'appended' });
  expect(await lease.append(next)).toEqual({ kind: 'already' });
  await lease.release();
  const again = await one.take(RUN);
  const other = { bytes: Buffer.from('{"other":true}\n'), head: { seq: 2, sha256: 'b'.repeat(64) }, after: next.after };
  expect(await again.append(other)).toMatchObject({ kind: 'refused' });
  await again.release();
  const third = await one.take(RUN);
  const ahead = { ...other, after: { seq: 9, sha256: 'c'.repeat(64) } };
  expect(await third.append(ahead)).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/earlier moment/) });
  await third.release();
});

/** Resolves when a statement of the database waits for the lock of another. */
async function someoneWaits(database: string): Promise<void> {
  const waiting = `select 1 from pg_stat_activity where datname = '${database}' and wait_event_type = 'Lock'`;
  while ((await server.sql('postgres', waiting)).length === 0) await host.clock.sleep(5);
}

test.each([
  ['put_piece', `select gonogo.put_piece('${RUN}', 1, 'steps/001-a/1/output.log', 0, 'late', false) as said`],
  ['put_tail', `select gonogo.put_tail('${RUN}', 1, 'steps/001-a/1/output.log', 0, 'late') as said`],
  ['pin_as', `select gonogo.pin_as('${RUN}', 1, '{late}') as said`],
  ['discard', `select gonogo.discard('${RUN}', 1, 'attached/a') as said`],
  ['settle', `select gonogo.settle('${RUN}', 1, '{a}') as said`],
])('%s of a driver that is being taken over from changes nothing', async (_, late) => {
  const state = await server.database();
  const database = new URL(state).pathname.slice(1);
  await init(host, state, {});
  const one = await machineOn(state);
  const { bytes, place } = encodeAll([started()], beginning(RUN), 0);
  await one.create(RUN, [], { bytes, head: { seq: place.seq, sha256: place.sha256 } });
  await server.sql(
    database,
    `insert into gonogo.message values ('${RUN}', 'a', '{}'); select gonogo.put_piece('${RUN}', null, 'attached/a', 0, 'x', true)`,
  );
  const all = `select (select count(*)::int from gonogo.piece) as pieces, (select count(*)::int from gonogo.tail) as tails,
    (select count(*)::int from gonogo.document) as documents, (select count(*)::int from gonogo.message) as messages`;
  const before = await server.sql(database, all);
  const other = await server.session(database);
  await other.query('begin');
  await other.query(`select gonogo.take('${RUN}', 1, '{"token": "other"}')`);
  const asked = server.sql(database, late);
  await someoneWaits(database);
  await other.query('commit');
  await other.end();
  await asked;
  expect(await server.sql(database, all)).toEqual(before);
});

test('tables of the first version are brought up to date, and whoever drove before drives on and may no more than that', async () => {
  const state = await server.database();
  const database = new URL(state).pathname.slice(1);
  await server.sql(
    'postgres',
    `do $$ begin create role early login; exception when duplicate_object then null; end $$`,
  );
  await server.sql(database, `create schema gonogo; ${migrations[0]}; ${closing}`);
  await server.sql(database, `insert into gonogo.meta values (1, 'an id', 1000)`);
  await server.sql(
    database,
    `grant usage on schema gonogo to early; grant select on all tables in schema gonogo to early;
     grant execute on function gonogo.append(text, int, bigint, text, bytea[], text, text, text[], bigint[], bytea[]) to early`,
  );
  expect(await migrate(host, state)).toMatchObject({
    ok: true,
    lines: [expect.stringMatching(/from version 1 to \d/)],
  });
  const [made] = await server.sql(database, 'select version, id, max_evidence::int as most from gonogo.meta');
  expect(made).toEqual({ version: schemaVersion, id: 'an id', most: 1000 });
  const rights = (user: string) =>
    server.sql(
      database,
      `select proname from pg_proc where pronamespace = 'gonogo'::regnamespace and has_function_privilege('${user}', oid, 'execute') order by 1`,
    );
  const fresh = await server.database();
  await init(host, fresh, { role: 'early' });
  const elsewhere = await server.sql(
    new URL(fresh).pathname.slice(1),
    `select proname from pg_proc where pronamespace = 'gonogo'::regnamespace and has_function_privilege('early', oid, 'execute') order by 1`,
  );
  expect(await rights('early')).toEqual(elsewhere);
  expect(elsewhere).not.toContainEqual({ proname: 'prune' });
  expect(await rights('public')).toEqual([]);
});
