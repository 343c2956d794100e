/**
 * `postgres://USER:PASSWORD@HOST:PORT/DATABASE?…` → where to connect and as whom, with what libpq takes from `PG*` variables and from
 * `.pgpass`.
 *
 * Invariants:
 * - The password is in no text that is shown: `name` has none, and no message quotes the address.
 * - What is not understood is refused, never passed over: a misspelt `sslmode` must not turn verification off.
 */
import { join } from 'node:path';
import { type Host, HostError } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';

export const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof sslModes)[number];

export interface Place {
  /** A name, an address, or the absolute folder of a socket. */
  readonly host: string;
  readonly port: number;
}

export interface Address {
  /** In their order: the first that is a primary counts. */
  readonly places: readonly Place[];
  readonly user: string;
  readonly database: string;
  /** As given; null: look into `.pgpass`. */
  readonly password: string | null;
  readonly sslMode: SslMode;
  /** Files; null: not named. `system` as root certificate: those of the system. */
  readonly rootCertificate: string | null;
  readonly certificate: string | null;
  readonly key: string | null;
  readonly connectMs: number;
  /** How a person calls it: no password. */
  readonly name: string;
}

const FORM = /^postgres(?:ql)?:\/\/(?:([^@/?]*)@)?([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i;
const connectSecondsDefault = 10;
const defaultFolder = '/var/run/postgresql';
const parameters = [
  ...['host', 'port', 'user', 'password', 'dbname', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'],
  ...['connect_timeout', 'application_name', 'target_session_attrs'],
];

/** What `text` names. Throws `JournalError 'unusable'`. */
export function readAddress(text: string, { machine }: Pick<Host, 'machine'>): Address {
  const found = FORM.exec(text);
  if (found === null) throw unusable('it is not of the form postgres://USER@HOST:PORT/DATABASE');
  const [, login = '', hosts = '', database = '', query = ''] = found;
  const given = parametersIn(query);
  const env = (name: string): string | undefined => nonEmpty(machine.env[name]);
  const colon = login.indexOf(':');
  const own = colon < 0 ? { user: login } : { user: login.slice(0, colon), password: login.slice(colon + 1) };
  const user = nonEmpty(decoded(own.user)) ?? given.get('user') ?? env('PGUSER') ?? machine.user;
  const name = nonEmpty(decoded(database)) ?? given.get('dbname') ?? env('PGDATABASE') ?? user;
  const places = placesOf(nonEmpty(hosts) ?? hostsOf(given, env), given.get('port') ?? env('PGPORT'));
  const seconds = Number(given.get('connect_timeout') ?? env('PGCONNECT_TIMEOUT') ?? connectSecondsDefault);
  if (!(seconds >= 0 && seconds <= 3600)) throw unusable('connect_timeout is a number of seconds');
  const rootCertificate = given.get('sslrootcert') ?? env('PGSSLROOTCERT') ?? null;
  return {
    places,
    user,
    database: name,
    password: nonEmpty(decoded(own.password ?? '')) ?? given.get('password') ?? env('PGPASSWORD') ?? null,
    sslMode: sslModeOf(given.get('sslmode') ?? env('PGSSLMODE'), rootCertificate),
    rootCertificate,
    certificate: given.get('sslcert') ?? env('PGSSLCERT') ?? null,
    key: given.get('sslkey') ?? env('PGSSLKEY') ?? null,
    connectMs: 1000 * (seconds === 0 ? connectSecondsDefault : Math.max(1, seconds)),
    name: `postgres://${user}@${places.map(placeName).join(',')}/${name}`,
  };
}

/** How a place is written in an address. */
export function placeName({ host, port }: Place): string {
  if (host.startsWith('/')) return `${encodeURIComponent(host)}:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function parametersIn(query: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of query.split('&').filter((one) => one !== '')) {
    const at = part.indexOf('=');
    const key = decoded(at < 0 ? part : part.slice(0, at));
    if (!parameters.includes(key)) throw unusable(`${key} is no parameter of it; there are ${parameters.join(', ')}`);
    const value = at < 0 ? '' : decoded(part.slice(at + 1));
    if (value !== '') found.set(key, value);
  }
  return found;
}

function hostsOf(given: ReadonlyMap<string, string>, env: (name: string) => string | undefined): string {
  return given.get('host') ?? env('PGHOST') ?? defaultFolder;
}

function placesOf(hosts: string, ports: string | undefined): readonly Place[] {
  const more = (ports ?? '').split(',');
  const all = hosts.startsWith('/') ? [hosts] : hosts.split(',');
  return all.map((one, index): Place => {
    const [, name = '', own] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(one) ?? [];
    if (name === '' && own === undefined) throw unusable('a host in it cannot be read');
    const host = decoded(name.replace(/^\[|\]$/g, ''));
    const port = Number(nonEmpty(own) ?? nonEmpty(more[index] ?? more[0]) ?? 5432);
    if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) throw unusable('a port is a number up to 65535');
    return { host: host === '' ? 'localhost' : host, port };
  });
}

/** As libpq: the issuers of the system vouch for names, so nothing weaker than `verify-full` goes with them. */
function sslModeOf(named: string | undefined, rootCertificate: string | null): SslMode {
  const system = rootCertificate === 'system';
  const text = named ?? (system ? 'verify-full' : 'prefer');
  const found = sslModes.find((mode) => mode === text);
  if (found === undefined) throw unusable(`sslmode is one of ${sslModes.join(', ')}`);
  if (system && found !== 'verify-full')
    throw unusable(`sslrootcert=system goes with sslmode=verify-full, not ${found}`);
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unusable('a % in it is not followed by two hex digits; write it as %25');
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function unusable(why: string): JournalError {
  return new JournalError('unusable', `the address of the store cannot be used: ${why}`);
}

const passBytesMax = 1024 * 1024;
const OTHERS = 0o077;

/** The password for `place` in `PGPASSFILE`, else `~/.pgpass`; null: none, also where others may read the file, as with libpq. */
export async function passwordFor(address: Address, place: Place, host: Host): Promise<string | null> {
  if (address.password !== null) return address.password;
  const { env } = host.machine;
  const path = nonEmpty(env['PGPASSFILE']) ?? (env['HOME'] === undefined ? null : join(env['HOME'], '.pgpass'));
  if (path === null) return null;
  try {
    const facts = await host.files.facts(path);
    if (facts?.kind === 'file' && (facts.mode & OTHERS) !== 0) return null;
    const text = new TextDecoder().decode(await host.files.read(path, { bytesMax: passBytesMax }));
    return passwordIn(text, [
      place.host.startsWith('/') ? 'localhost' : place.host,
      String(place.port),
      address.database,
      address.user,
    ]);
  } catch (error) {
    if (error instanceof HostError) return null;
    throw error;
  }
}

/** Lines `host:port:database:user:password`, `*` for any; the first that fits counts. */
function passwordIn(text: string, wanted: readonly string[]): string | null {
  for (const line of text.split(/\r?\n/)) {
    if (line === '' || line.startsWith('#')) continue;
    const fields = (line.match(/(?:\\.|[^:\\])*(?::|$)/g) ?? []).map((one) =>
      one.replace(/:$/, '').replaceAll(/\\(.)/g, '$1'),
    );
    if (wanted.every((value, index) => fields[index] === '*' || fields[index] === value)) return fields[4] ?? null;
  }
  return null;
}
