/**
 * `gonogo store init|check|migrate`: the tables of a store, made and brought up to date by whoever may.
 *
 * Invariants: each is done whole or not at all, and doing it again does nothing more; nothing that is not gonogo's is touched.
 */
import pg from 'pg';
import type { Host } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import { type Address, readAddress } from './address.ts';
import { type Ask, Connection, Lost } from './connection.ts';
import { closing, grants, migrations, schemaVersion } from './schema.ts';

/** What was done, or found, one line each. `ok` false: it serves for no run, or not safely. */
export interface SetUp {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

export interface Making {
  /** Gets what a driver needs; absent: nobody but the owner. */
  readonly role?: string | undefined;
  /** Evidence above so many bytes stays on the machine that made it; absent: as it is, else `maxEvidenceBytes`. */
  readonly maxEvidence?: number | undefined;
}

/** More in one file stays on the machine that made it. */
export const maxEvidenceBytes = 256 * 1024 * 1024;

/** Makes the schema where there is none, and grants `role` what a driver needs. Throws `JournalError`. */
export function init(host: Host, state: string, { role, maxEvidence }: Making): Promise<SetUp> {
  return asOwner(host, state, async (ask, { name }) => {
    const lines: string[] = [];
    const before = await versionOf(ask, name);
    await ask('begin');
    if (before === null) await ask('create schema gonogo');
    if (before === null) lines.push(`made the schema gonogo in ${name} (version ${schemaVersion})`);
    else assertCurrent(before, name);
    if (before === null) await migrateFrom(ask, 0, host.ids.short(12));
    if (maxEvidence !== undefined) {
      await ask('update gonogo.meta set max_evidence = $1', [maxEvidence]);
      lines.push(`evidence above ${maxEvidence} bytes a file stays on the machine that made it`);
    }
    if (role !== undefined) {
      await assertRole(ask, role);
      for (const grant of grants(pg.escapeIdentifier(role))) await ask(grant);
      lines.push(`${role} may drive and read runs, and neither change nor remove a record`);
    }
    await ask('commit');
    return { ok: true, lines: lines.length === 0 ? [`the schema gonogo in ${name} is there already`] : lines };
  });
}

/** Brings an older schema up to date. Throws `JournalError` where there is none, or a newer one. */
export function migrate(host: Host, state: string): Promise<SetUp> {
  return asOwner(host, state, async (ask, { name }) => {
    const before = await versionOf(ask, name);
    if (before === null)
      throw new JournalError('unusable', `${name} holds no runs of gonogo yet; hint: gonogo store init`);
    if (before >= schemaVersion) assertCurrent(before, name);
    if (before === schemaVersion) return { ok: true, lines: [`${name} is up to date (version ${before})`] };
    await ask('begin');
    await migrateFrom(ask, before, '');
    await ask('commit');
    return { ok: true, lines: [`${name} was brought from version ${before} to ${schemaVersion}`] };
  });
}

/** What a driver who comes by this address finds. Throws `JournalError` where it cannot be asked. */
export function check(host: Host, state: string): Promise<SetUp> {
  return withPrimary(host, state, async (ask, { name, user }) => {
    const version = await versionOf(ask, name);
    if (version === null)
      throw new JournalError(
        'unusable',
        `${name} holds no runs of gonogo yet; make its tables with: gonogo store init`,
      );
    assertCurrent(version, name);
    const [facts] = await ask(`select current_setting('server_version') as server, current_setting('fsync') as fsync,
      has_table_privilege('gonogo.event', 'select') as reads,
      has_function_privilege('gonogo.append(text, int, bigint, text, bytea[], text, text, text[], bigint[], bytea[])', 'execute') as drives,
      has_table_privilege('gonogo.event', 'update') or has_table_privilege('gonogo.event', 'delete') as changes,
      (select count(*)::int from gonogo.run) as runs, (select max_evidence::text from gonogo.meta) as max_evidence,
      coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as tls`);
    const yes = (key: string): boolean => facts?.[key] === true;
    const lines = [
      `${name}: PostgreSQL ${String(facts?.['server'])}, ${yes('tls') ? 'with' : 'without'} TLS, schema version ${version}, ${String(facts?.['runs'])} runs`,
      `${user} may ${yes('reads') ? 'read' : 'not read'} and ${yes('drives') ? 'drive' : 'not drive'} runs`,
      `evidence above ${String(facts?.['max_evidence'])} bytes a file stays on the machine that made it`,
    ];
    if (yes('changes'))
      lines.push(
        `${user} may also change and remove records: drive with a role of its own, made by gonogo store init --role NAME`,
      );
    const synced = facts?.['fsync'] === 'on';
    if (!synced) lines.push('the server runs with fsync = off: what it says is recorded can be lost with it');
    return { ok: yes('reads') && yes('drives') && synced, lines };
  });
}

/** As `withPrimary`, of what only whoever owns the database, or its tables, may do. */
async function asOwner(host: Host, state: string, work: Parameters<typeof withPrimary>[2]): Promise<SetUp> {
  try {
    return await withPrimary(host, state, work);
  } catch (error) {
    const cause = error instanceof JournalError ? error.cause : null;
    if (!(cause instanceof Error && 'code' in cause && cause.code === '42501')) throw error;
    const { user, name } = readAddress(state, host);
    throw new JournalError(
      'unusable',
      `${user} may not do this in ${name}: ${cause.message}; tables are made and migrated by the owner of the database`,
      error,
    );
  }
}

async function withPrimary(
  host: Host,
  state: string,
  work: (ask: Ask, address: Address) => Promise<SetUp>,
): Promise<SetUp> {
  const address = readAddress(state, host);
  const connection = new Connection(host, address, 'primary');
  try {
    return await connection.alone((ask) => work(ask, address));
  } catch (error) {
    throw error instanceof Lost ? new JournalError('unusable', error.message, error) : error;
  } finally {
    await connection.close();
  }
}

/** Null: there is no schema of the name. */
async function versionOf(ask: Ask, name: string): Promise<number | null> {
  const [there] = await ask(
    `select to_regnamespace('gonogo') is not null as schema, to_regclass('gonogo.meta') is not null as meta`,
  );
  if (there?.['schema'] !== true) return null;
  if (there['meta'] !== true)
    throw new JournalError('unusable', `${name} has a schema gonogo that is not gonogo's; name another database`);
  const [meta] = await ask('select version from gonogo.meta');
  const version = meta?.['version'];
  if (typeof version !== 'number')
    throw new JournalError('unusable', `${name} has a schema gonogo that is not gonogo's; name another database`);
  return version;
}

function assertCurrent(version: number, name: string): void {
  if (version > schemaVersion)
    throw new JournalError('newer', `the tables in ${name} are of a newer gonogo (version ${version}); update gonogo`);
  if (version < schemaVersion)
    throw new JournalError(
      'unusable',
      `the tables in ${name} are of an older gonogo (version ${version}); hint: gonogo store migrate`,
    );
}

async function migrateFrom(ask: Ask, version: number, id: string): Promise<void> {
  for (const [index, statements] of migrations.entries()) if (index >= version) await ask(statements);
  await ask(closing);
  await grantAnew(ask);
  if (version === 0)
    await ask('insert into gonogo.meta (version, id, max_evidence) values ($1, $2, $3)', [
      schemaVersion,
      id,
      maxEvidenceBytes,
    ]);
  else await ask('update gonogo.meta set version = $1', [schemaVersion]);
}

/** Whoever drove before drives on: what is new is granted to whoever may append. */
async function grantAnew(ask: Ask): Promise<void> {
  const roles = await ask(`select distinct r.rolname as role from pg_proc as f, aclexplode(f.proacl) as g
    join pg_roles as r on r.oid = g.grantee
    where f.pronamespace = 'gonogo'::regnamespace and f.proname = 'append' and g.grantee <> f.proowner`);
  for (const { role } of roles) for (const grant of grants(pg.escapeIdentifier(String(role)))) await ask(grant);
}

async function assertRole(ask: Ask, role: string): Promise<void> {
  const [found] = await ask('select 1 as one from pg_roles where rolname = $1', [role]);
  if (found === undefined)
    throw new JournalError(
      'unusable',
      `there is no role ${role}; the database's owner makes it with: createuser ${role}`,
    );
}
