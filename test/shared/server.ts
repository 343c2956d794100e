/**
 * A PostgreSQL server of one test file, unprivileged, on a port of its own below 127.0.0.1, ended with its process.
 *
 * Invariants: nothing of it outlives the test file; it listens nowhere else.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const installed = '/usr/lib/postgresql';

function programs(): string {
  const versions = existsSync(installed) ? readdirSync(installed).sort((a, b) => Number(b) - Number(a)) : [];
  const [newest] = versions;
  if (newest === undefined) throw new Error('these tests need PostgreSQL: apt-get install postgresql');
  return join(installed, newest, 'bin');
}

/** Only the role `locked` needs a password. */
const access = `host all locked 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
`;

/** `initdb` and the server refuse to run as root. */
export function nobody(): { readonly uid: number; readonly gid: number } | null {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
    socket.once('error', () => done(false));
  });
}

export class Server {
  readonly folder: string;
  readonly port: number;
  #databases = 0;

  private constructor(folder: string, port: number) {
    this.folder = folder;
    this.port = port;
  }

  /** A new cluster that is up, in a new folder below `root`. */
  static async begin(root = tmpdir()): Promise<Server> {
    const folder = mkdtempSync(join(root, 'gonogo-pg-'));
    const server = new Server(folder, await freePort());
    const as = nobody();
    if (as !== null) chownSync(folder, as.uid, as.gid);
    const data = join(folder, 'data');
    server.#do('initdb', ['-D', data, '-U', 'owner', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C']);
    writeFileSync(join(data, 'pg_hba.conf'), access);
    server.#certify(data);
    server.start();
    process.once('exit', () => server.end());
    return server;
  }

  /** Its certificate, good for `localhost` and for no address; it is its own issuer. */
  get certificate(): string {
    return join(this.folder, 'data', 'server.crt');
  }

  #certify(data: string): void {
    const [key, cert] = [join(data, 'server.key'), this.certificate];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject];
    execFileSync('openssl', made, { stdio: 'ignore' });
    chmodSync(key, 0o600);
    const as = nobody();
    if (as !== null) for (const path of [key, cert]) chownSync(path, as.uid, as.gid);
  }

  /** Starts it, or starts it again, and waits until it answers. */
  start(): void {
    const settings = `-h 127.0.0.1 -p ${this.port} -k '' -c max_connections=60 -c ssl=on`;
    this.#do('pg_ctl', [
      '-D',
      join(this.folder, 'data'),
      '-l',
      join(this.folder, 'log'),
      '-o',
      settings,
      '-w',
      '-t',
      '60',
      'start',
    ]);
  }

  /** A standby of this server, which follows it until it is promoted. */
  async standby(): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'gonogo-pg-'));
    const other = new Server(folder, await freePort());
    const as = nobody();
    if (as !== null) chownSync(folder, as.uid, as.gid);
    const from = ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'owner'];
    other.#do('pg_basebackup', [...from, '-D', join(folder, 'data'), '-R', '-c', 'fast', '-X', 'stream', '--no-sync']);
    other.start();
    return other;
  }

  promote(): void {
    this.#do('pg_ctl', ['-D', join(this.folder, 'data'), '-w', 'promote']);
  }

  /** Resolves when this standby has all that `primary` has written by now. */
  async caughtUp(primary: Server): Promise<void> {
    const [now] = await primary.sql('postgres', 'select pg_current_wal_lsn()::text as at');
    for (;;) {
      const [seen] = await this.sql('postgres', `select pg_last_wal_replay_lsn() >= '${now?.['at']}'::pg_lsn as all`);
      if (seen?.['all'] === true) return;
    }
  }

  /** `immediate`: as by `kill -9` of all its processes, without a word to its clients. */
  stop(mode: 'fast' | 'immediate'): void {
    this.#do('pg_ctl', ['-D', join(this.folder, 'data'), '-m', mode, '-w', 'stop']);
  }

  /** `kill -9` of the server; its children find out and go. */
  kill(): void {
    process.kill(Number(readFileSync(join(this.folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
  }

  /** Resolves when all of its processes are gone, after `kill`. */
  async gone(): Promise<void> {
    const path = join(this.folder, 'data', 'postmaster.pid');
    const pid = Number(readFileSync(path, 'utf8').split('\n')[0]);
    while ((await answers(this.port)) || isThere(pid)) await new Promise((next) => setTimeout(next, 10));
  }

  /** Whether its processes are there. */
  isUp(): boolean {
    const path = join(programs(), 'pg_ctl');
    return spawnSync(path, ['-D', join(this.folder, 'data'), 'status'], { ...nobody(), cwd: this.folder }).status === 0;
  }

  /** A new empty database; its address, with `user`. */
  async database(user = 'owner'): Promise<string> {
    this.#databases += 1;
    const name = `db${this.#databases}`;
    await this.sql('postgres', `create database ${name}`);
    return this.address(name, user);
  }

  /** Keeps how a database is now under another name. Nobody may be connected to it. */
  async backUp(database: string): Promise<string> {
    this.#databases += 1;
    const backup = `backup${this.#databases}`;
    await this.#freed(database);
    await this.sql('postgres', `create database ${backup} template ${database}`);
    return backup;
  }

  /** Makes a database what it was when `backup` was kept; whoever is connected to it is cut off. */
  async restore(database: string, backup: string): Promise<void> {
    await this.#freed(database);
    await this.sql('postgres', `drop database ${database} with (force)`);
    await this.sql('postgres', `create database ${database} template ${backup}`);
  }

  async #freed(database: string): Promise<void> {
    await this.sql('postgres', `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`);
    const left = `select 1 from pg_stat_activity where datname = '${database}'`;
    while ((await this.sql('postgres', left)).length > 0);
  }

  address(database: string, user = 'owner', port = this.port): string {
    return `postgres://${user}@127.0.0.1:${port}/${database}`;
  }

  /** A session of its own, for what lasts longer than a statement; whoever asks ends it. */
  async session(database: string, user = 'owner'): Promise<InstanceType<typeof pg.Client>> {
    const client = new pg.Client({ host: '127.0.0.1', port: this.port, user, database, ssl: false });
    await client.connect();
    return client;
  }

  /** Rows of a statement, as the owner unless it is said otherwise. */
  async sql(database: string, text: string, user = 'owner'): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const client = await this.session(database, user);
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  #do(name: string, args: readonly string[]): void {
    const path = join(programs(), name);
    // A server that inherits a pipe keeps whoever reads it waiting.
    const done = spawnSync(path, [...args], {
      ...nobody(),
      cwd: this.folder,
      stdio: 'ignore',
      env: { PATH: process.env['PATH'] ?? '', TZ: 'UTC' },
    });
    if (done.status === 0) return;
    const log = join(this.folder, 'log');
    throw new Error(`${name} ended with ${done.status}: ${existsSync(log) ? readFileSync(log, 'utf8') : ''}`);
  }

  /** Ends it, if it is up, and removes all of it. */
  end(): void {
    try {
      this.stop('immediate');
    } catch {
      // It is down already.
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
