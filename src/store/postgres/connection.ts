/**
 * One connection to the primary of a store, made when it is needed and made anew when it was lost.
 *
 * Invariants:
 * - A statement whose answer did not come is `lost`: it may have been done or not. Nothing here repeats it but `repeated`, for
 *   statements that say the same the second time.
 * - One statement at a time. Nothing is kept in the session: a pooler may give each transaction another one. What it listens to is
 *   lost there, and with every line that is cut: whoever listens also looks.
 * - A connection that nobody waits for does not keep the process alive.
 */
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP, Socket } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import pg from 'pg';
import type { Host } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import { type Address, type Place, passwordFor, placeName } from './address.ts';
import { schemaVersion } from './schema.ts';

/** The server cannot be reached, or did not answer: what was asked may have been done. */
export class Lost extends Error {
  override readonly name = 'Lost';
}

/** Longer than any statement of ours takes on a server that is well; then the line is taken for cut. */
const answerMs = 15_000;
const againMs = { first: 50, most: 1000 } as const;

export type Row = Readonly<Record<string, unknown>>;
type Client = InstanceType<typeof pg.Client>;
/** What of it the library knows and its types do not: the most that an answer takes, ms. */
type QueryConfig = pg.QueryConfig & { query_timeout: number };

/** What a server is asked to be: `primary` alone, or also with the tables of this gonogo. */
export type Expecting = 'primary' | 'store';

/** What is asked over a connection, whatever carries it. */
export type Line = Pick<Connection, 'query' | 'alone' | 'repeated' | 'listen' | 'close'>;

export class Connection {
  readonly #host: Host;
  readonly #address: Address;
  readonly #expecting: Expecting;
  #client: Client | null = null;
  /** A primary has answered on it once: one that is a standby now fails over. */
  #served = false;
  #queue: Promise<unknown> = Promise.resolve();
  /** Until a pooler has shown that it gives each transaction another session. */
  #keepsPlans = true;
  #listening: { readonly channel: string; readonly heard: () => void } | null = null;

  constructor(host: Host, address: Address, expecting: Expecting = 'store') {
    this.#host = host;
    this.#address = address;
    this.#expecting = expecting;
  }

  /** The rows of one statement. Rejects with `Lost`, and with `JournalError` for what the server refuses. `waitMs`: for the answer. */
  query(text: string, values: readonly unknown[] = [], waitMs = answerMs): Promise<readonly Row[]> {
    return this.alone((ask) => ask(text, values, waitMs));
  }

  /** Runs `work` with the connection to itself: the statements it asks go over the same line. */
  alone<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    const result = this.#queue.then(async () => {
      const client = await this.#connected();
      streamOf(client)?.ref();
      try {
        return await work((text, values = [], waitMs = answerMs) => this.#ask(client, text, values, waitMs));
      } finally {
        streamOf(client)?.unref();
      }
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** `query` of a statement that may be repeated, until it is answered or `goesOn` says no: rejects with `Lost` then. */
  async repeated(text: string, values: readonly unknown[], goesOn: (why: Lost) => boolean): Promise<readonly Row[]> {
    for (let pauseMs: number = againMs.first; ; pauseMs = Math.min(2 * pauseMs, againMs.most)) {
      try {
        return await this.query(text, values);
      } catch (error) {
        if (!(error instanceof Lost) || !goesOn(error)) throw error;
      }
      await this.#host.clock.sleep(pauseMs);
    }
  }

  /** Calls `heard` when something is told on `channel`, as far as the line lets it through: from now on, and on every line that is made. */
  listen(channel: string, heard: () => void): void {
    this.#listening = { channel, heard };
    // A line that is made later listens by itself, and one that is cut is made anew by whoever asks next.
    if (this.#client !== null) this.query(listenTo(channel)).catch(() => undefined);
  }

  async close(): Promise<void> {
    await this.#queue;
    this.#drop();
  }

  async #ask(client: Client, text: string, values: readonly unknown[], waitMs: number): Promise<readonly Row[]> {
    const asked: QueryConfig = { text, values: [...values], query_timeout: waitMs };
    if (this.#keepsPlans && text.startsWith(often)) asked.name = nameOf(text);
    try {
      return (await client.query<Row>(asked)).rows;
    } catch (error) {
      if (asked.name !== undefined && isNoPlan(error)) {
        this.#keepsPlans = false;
        return this.#ask(client, text, values, waitMs);
      }
      throw this.#told(
        isLate(error) ? new Lost(`${this.#address.name} has not answered for ${waitMs / 1000} s`) : error,
      );
    }
  }

  #told(error: unknown): unknown {
    const told = wordsFor(error, this.#address);
    if (told instanceof Lost) this.#drop();
    return told;
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    client?.end().catch(() => undefined);
    // A line that is cut takes no farewell.
    if (client !== null) streamOf(client)?.destroy();
  }

  async #connected(): Promise<Client> {
    if (this.#client !== null) return this.#client;
    let failed: unknown;
    let lost: Lost | null = null;
    for (const place of this.#address.places) {
      for (const ssl of await waysTo(this.#address, place, this.#host)) {
        try {
          this.#client = await this.#connect(place, ssl);
          this.#served = true;
          return this.#client;
        } catch (error) {
          failed = wordsFor(error, this.#address, place);
          if (failed instanceof Lost) lost = failed;
          if (!(failed instanceof Lost || isStandby(failed) || ssl !== false)) throw failed;
        }
      }
    }
    // Where a primary is away, or was here, a standby may yet become one.
    if (isStandby(failed) && (lost !== null || this.#served))
      throw new Lost([...(lost === null ? [] : [lost.message]), failed.message].join('; '), { cause: failed });
    throw failed;
  }

  async #connect(place: Place, ssl: false | ConnectionOptions): Promise<Client> {
    const { user, database, connectMs } = this.#address;
    const password = (await passwordFor(this.#address, place, this.#host)) ?? '';
    const client = new pg.Client({
      ...place,
      user,
      database,
      password,
      ssl,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      application_name: 'gonogo',
    });
    // A line that is cut while nothing is asked is found by the next question.
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    client.on('notification', ({ channel }) => {
      if (channel === this.#listening?.channel) this.#listening.heard();
    });
    try {
      await client.connect();
      await this.#assertExpected(client, place);
      if (this.#listening !== null)
        await this.#ask(client, listenTo(this.#listening.channel), [], this.#address.connectMs);
      return client;
    } catch (error) {
      client.end().catch(() => undefined);
      streamOf(client)?.destroy();
      throw error;
    }
  }

  async #assertExpected(client: Client, place: Place): Promise<void> {
    const [server] = await this.#ask(client, 'select pg_is_in_recovery() as standby', [], this.#address.connectMs);
    if (server?.['standby'] === true) throw standby(place);
    if (this.#expecting === 'primary') return;
    const [meta] = await this.#ask(client, 'select version from gonogo.meta', [], this.#address.connectMs);
    assertVersion(meta?.['version'], this.#address.name);
  }
}

/** What begins like this is asked so often that the server keeps its plan, as far as the line lets it. */
const often = 'select gonogo.append(';

/** Of one text only, so that whoever shares a session never means another one by it. */
function nameOf(text: string): string {
  return `gonogo_${hash('sha256', text).slice(0, 16)}`;
}

/** Nothing was done: the session is another than the one that keeps the plan, or has one of that name from somebody else. */
function isNoPlan(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '26000' || error.code === '42P05');
}

function isLate(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

function listenTo(channel: string): string {
  return `listen ${pg.escapeIdentifier(channel)}`;
}

export type Ask = (text: string, values?: readonly unknown[], waitMs?: number) => Promise<readonly Row[]>;

function assertVersion(version: unknown, name: string): void {
  if (version === schemaVersion) return;
  if (typeof version !== 'number')
    throw new JournalError('unusable', `the schema gonogo in ${name} is not one of gonogo's; name another database`);
  const [which, wayOut] =
    version < schemaVersion
      ? ['an older', `gonogo store migrate --state ${name} brings it up to date`]
      : ['a newer', 'update gonogo'];
  throw new JournalError(
    version < schemaVersion ? 'unusable' : 'newer',
    `the tables in ${name} are of ${which} gonogo (version ${version}; this one knows ${schemaVersion}); ${wayOut}`,
  );
}

const standbyWords = 'is a read-only replica';

function standby(place: Place): JournalError {
  return new JournalError(
    'unusable',
    `${placeName(place)} ${standbyWords}; name the primary, or all of them: HOST1,HOST2`,
  );
}

function isStandby(error: unknown): error is JournalError {
  return error instanceof JournalError && error.message.includes(standbyWords);
}

// --- what is between us and the server ---

/** With which TLS a place is tried, one after the other. As libpq: see its "SSL Support". */
async function waysTo(
  address: Address,
  { host: name }: Place,
  host: Host,
): Promise<readonly (false | ConnectionOptions)[]> {
  const { sslMode } = address;
  if (sslMode === 'disable' || name.startsWith('/')) return [false];
  const home = host.machine.env['HOME'];
  const standard = home === undefined ? null : join(home, '.postgresql', 'root.crt');
  const root = address.rootCertificate ?? standard;
  const system = root === 'system';
  const ca = system || root === null ? null : await fileOr(root, address.rootCertificate === null);
  const own = await ownCertificate(address);
  const open: ConnectionOptions = { ...own, rejectUnauthorized: false };
  const verified: ConnectionOptions = {
    ...own,
    ...(ca === null ? {} : { ca }),
    rejectUnauthorized: true,
    checkServerIdentity: (_, certificate) =>
      sslMode === 'verify-full' ? checkServerIdentity(name, certificate) : undefined,
    ...(isIP(name) === 0 ? { servername: name } : {}),
  };
  switch (sslMode) {
    case 'allow':
      return [false, open];
    case 'prefer':
      return [open, false];
    case 'require':
      return [ca === null ? open : verified];
    case 'verify-ca':
    case 'verify-full':
      if (ca === null && !system)
        throw new JournalError(
          'unusable',
          `sslmode=${sslMode} needs a root certificate: name it with sslrootcert=FILE, or sslrootcert=system`,
        );
      return [verified];
  }
}

async function ownCertificate({ certificate, key }: Address): Promise<ConnectionOptions> {
  if (certificate === null) return {};
  return { cert: (await fileOr(certificate, false)) ?? '', key: (await fileOr(key ?? certificate, false)) ?? '' };
}

/** The file's text; null where it may lack and is not there. */
async function fileOr(path: string, mayLack: boolean): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (mayLack) return null;
    throw new JournalError('unusable', `${path} cannot be read, and the connection to the store needs it`, error);
  }
}

// --- what a failure means ---

/** Classes of SQLSTATE after which nobody knows what became of a statement, or that pass by themselves. */
const passing = /^(?:08|57P0|53300|40001|40P01|XX000)/;

function wordsFor(error: unknown, { name, database, user }: Address, place?: Place): unknown {
  if (error instanceof JournalError || error instanceof Lost || !(error instanceof Error)) return error;
  const where = place === undefined ? name : placeName(place);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const refuse = (words: string): JournalError => new JournalError('unusable', words, error);
  switch (code) {
    case '28P01':
    case '28000':
      return refuse(
        `${where} does not let ${user} in: ${error.message}; see PGPASSWORD, ~/.pgpass and the server's pg_hba.conf`,
      );
    case '3D000':
      return refuse(`there is no database ${database} at ${where}; make it with: createdb ${database}`);
    case '42501':
      return refuse(
        `${user} may not do this in ${name}: ${error.message}; the owner of its tables grants it: gonogo store init --role ${user}`,
      );
    case '3F000':
    case '42P01':
      return refuse(`${name} holds no runs of gonogo yet; make its tables with: gonogo store init --state ${name}`);
    case '42703':
    case '42883':
      return refuse(`the schema gonogo in ${name} is not one of gonogo's: ${error.message}; name another database`);
    case '25006':
      return new Lost(
        `${where} is read-only and records nothing: ${error.message}; name the primary, or let default_transaction_read_only be off there`,
        { cause: error },
      );
    case '53100':
      return new Lost(`the disk of ${where} is full: ${error.message}`, { cause: error });
    default:
      if (/certificate|self[- ]signed|CERT_|altnames/i.test(`${code} ${error.message}`))
        return refuse(
          `the certificate of ${where} is not trusted: ${error.message}; name its issuer with sslrootcert=FILE`,
        );
      if (/password must be a string|non-empty string/.test(error.message))
        return refuse(`${where} asks for a password of ${user}; see PGPASSWORD and ~/.pgpass`);
      if (/does not support SSL/.test(error.message))
        return refuse(`${where} speaks no TLS; sslmode=disable goes without it`);
      if (/^[0-9A-Z]{5}$/.test(code) && !passing.test(code))
        return refuse(`${where} refused: ${error.message} (${code})`);
      return new Lost(`${where} cannot be reached: ${error.message === '' ? code : error.message}`, { cause: error });
  }
}

function streamOf({ connection }: Client): Socket | null {
  return connection.stream instanceof Socket ? connection.stream : null;
}
