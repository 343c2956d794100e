/** A database as a store: it keeps the same promises as a folder, and what it promises besides. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Clock } from '../../src/host/host.ts';
import { encodeAll } from '../../src/journal/encode.ts';
import { beginning } from '../../src/journal/record.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { readAddress } from '../../src/store/postgres/address.ts';
import { openWorkPlace } from '../../src/store/postgres/place.ts';
import { closing, grants, migrations, schemaVersion } from '../../src/store/postgres/schema.ts';
import { init, maxEvidenceBytes, migrate } from '../../src/store/postgres/setup.ts';
import { PostgresStore } from '../../src/store/postgres/store.ts';
import { summarise } from '../../src/store/summary.ts';
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
async function machineOn(state: string, clock = host.clock): Promise<PostgresStore> {
  const own = {
    ...host,
    clock,
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
  return { state, one, two, three, lease, next: { ...as(next), after: as(first).head } };
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
  const lease = await one.create(RUN, [], { bytes, head: { seq: place.seq, sha256: place.sha256 } });
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
  await lease?.release();
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

test('whoever follows a run is woken by what is appended, and looks in any case', async () => {
  const { state, lease, next } = await driven();
  // What is waited for longer than this never comes by itself.
  const wakes: Clock = {
    ...host.clock,
    sleep: (ms, signal) => (ms < 600 ? host.clock.sleep(ms, signal) : aborted(signal)),
  };
  const [woken, late] = [await machineOn(state, wakes), await machineOn(state)];
  await woken.driver(RUN);
  const waits = woken.wait(RUN, new AbortController().signal);
  await listens(state, 1);
  expect(await lease.append(next)).toEqual({ kind: 'appended' });
  await waits;
  await late.wait(RUN, new AbortController().signal);
  const leaving = new AbortController();
  const left = woken.wait(RUN, leaving.signal);
  leaving.abort();
  await left;
  await lease.release();
});

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((done) => {
    if (signal?.aborted === true) done();
    signal?.addEventListener('abort', () => done());
  });
}

/** Resolves when as many connections listen. */
async function listens(state: string, count: number): Promise<void> {
  const database = new URL(state).pathname.slice(1);
  const text = `select count(*)::int as count from pg_stat_activity where datname = '${database}' and query like 'listen %' and state = 'idle'`;
  while ((await server.sql(database, text))[0]?.['count'] !== count);
}

test('an older store keeps its runs and who may drive them when it is brought up to date', async () => {
  const state = await server.database();
  const database = new URL(state).pathname.slice(1);
  const [first = ''] = migrations;
  await server.sql(
    database,
    `create schema gonogo; ${first}; ${closing}; insert into gonogo.meta values (1, 'older', 1000000)`,
  );
  if ((await server.sql(database, `select from pg_roles where rolname = 'driver'`)).length === 0)
    await server.sql(database, 'create role driver login');
  for (const grant of grants('driver').filter((text) => !/wake|watch|keep_/.test(text)))
    await server.sql(database, grant);
  const begun = encodeAll([started()], beginning(RUN), 0);
  const line = Buffer.from(begun.bytes.subarray(0, -1)).toString('hex');
  await server.sql(database, `select gonogo.make('${RUN}', '{"token":"t"}', '{}', array['\\x${line}'::bytea])`);
  await server.sql(database, `select gonogo.release('${RUN}', 1)`);
  await expect((await machineOn(state)).ids()).rejects.toMatchObject({
    message: expect.stringMatching(/store migrate/),
  });
  expect((await migrate(host, state)).lines).toEqual([expect.stringMatching(/from version 1 to \d/)]);
  const store = await machineOn(server.address(database, 'driver'));
  const digests = await store.digests(async (run) => summarise(reduceAll(verifyJournal(begun.bytes, run).events, run)));
  expect(digests.map(({ summary }) => summary.run)).toEqual([RUN]);
  const lease = await store.take(RUN);
  const head = { seq: begun.place.seq, sha256: begun.place.sha256 };
  const { bytes, place } = encodeAll([note('next')], begun.place, 0);
  const lines = { bytes, head: { seq: place.seq, sha256: place.sha256 } };
  expect(await lease.append({ ...lines, after: head })).toEqual({ kind: 'appended' });
  await lease.release();
});
