/**
 * PostgreSQL, Redis and nginx of Debian on 127.0.0.1, in a folder of their own and without privileges: where the tests run as root, the
 * servers and gonogo run as `nobody`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { postgresPrograms } from './programs.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const isRoot = process.getuid?.() === 0;
const nobody = 65534;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Load {
  readonly requests: number;
  readonly failed: number;
  readonly placed: number;
  readonly reasons: Readonly<Record<string, number>>;
}

export class Stack {
  readonly folder = mkdtempSync(join(tmpdir(), 'gonogo-stack-'));
  readonly env: Record<string, string>;
  readonly ports: {
    readonly postgres: number;
    readonly redis: number;
    readonly nginx: number;
    readonly service: number;
  };
  readonly #programs: string;
  readonly #node: string;

  private constructor(ports: Stack['ports']) {
    const programs = postgresPrograms();
    if (programs === null) throw new Error('the server of PostgreSQL is not installed');
    this.#programs = programs;
    this.ports = ports;
    for (const name of ['home', 'bin', 'gonogo']) mkdirSync(this.path(name));
    // `nobody` may not be able to look into the checkout.
    for (const name of ['dist', 'runbooks', 'checklists', 'package.json'])
      cpSync(join(repository, name), this.path(`gonogo/${name}`), { recursive: true });
    this.#node = isRoot ? this.path('bin/node') : process.execPath;
    if (isRoot) cpSync(process.execPath, this.#node);
    this.env = {
      PATH: `${this.path('bin')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: this.path('home'),
      LANG: 'C.UTF-8',
      GONOGO_STATE: this.path('state'),
    };
  }

  /** A stack whose servers are up, with the empty databases of `names`. */
  static async start(names: readonly string[]): Promise<Stack> {
    const [postgres = 0, redis = 0, nginx = 0, service = 0] = await freePorts(4);
    const stack = new Stack({ postgres, redis, nginx, service });
    try {
      stack.give();
      stack.must(
        join(stack.#programs, 'initdb'),
        '-D',
        stack.path('postgres'),
        '-U',
        'shop',
        '-A',
        'trust',
        '-E',
        'UTF8',
      );
      stack.startPostgres();
      for (const name of names) stack.sql('postgres', `CREATE DATABASE ${name}`);
      await stack.startRedis();
    } catch (error) {
      stack.dispose();
      throw error;
    }
    return stack;
  }

  dispose(): void {
    for (const pidFile of globSync(['*.pid', '*/run/*.pid'], { cwd: this.folder })) this.#end(this.path(pidFile));
    spawnSync(...this.#as(join(this.#programs, 'pg_ctl'), '-D', this.path('postgres'), '-m', 'immediate', 'stop'));
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    this.give(path);
    return path;
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Hands what the test wrote to whom the servers run as. */
  give(path = this.folder): void {
    if (isRoot) spawnSync('chown', ['-R', `${nobody}:${nobody}`, path]);
  }

  address(database: string): string {
    return `postgresql://shop@127.0.0.1:${this.ports.postgres}/${database}`;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.nginx}`;
  }

  startPostgres(): void {
    const options = `-p ${this.ports.postgres} -h 127.0.0.1 -k ${this.folder}`;
    this.must(
      join(this.#programs, 'pg_ctl'),
      '-D',
      this.path('postgres'),
      '-l',
      this.path('postgres.log'),
      '-w',
      '-o',
      options,
      'start',
    );
  }

  stopPostgres(): void {
    this.must(join(this.#programs, 'pg_ctl'), '-D', this.path('postgres'), '-m', 'fast', '-w', 'stop');
  }

  async startRedis(): Promise<void> {
    const words = [
      '--port',
      String(this.ports.redis),
      '--bind',
      '127.0.0.1',
      '--dir',
      this.folder,
      '--daemonize',
      'yes',
    ];
    this.must(
      'redis-server',
      ...words,
      '--save',
      '',
      '--pidfile',
      this.path('redis.pid'),
      '--logfile',
      this.path('redis.log'),
    );
    await this.until(
      'Redis answers',
      () => this.run('redis-cli', '-p', String(this.ports.redis), 'ping').stdout === 'PONG\n',
    );
  }

  async restartRedis(): Promise<void> {
    this.run('redis-cli', '-p', String(this.ports.redis), 'shutdown', 'nosave');
    await this.startRedis();
  }

  /** What `statement` prints in `database`, without the last line break. */
  sql(database: string, statement: string): string {
    return this.must('psql', this.address(database), '-X', '-Atc', statement).trim();
  }

  /** Runs a program as whom the servers run, in `cwd` or the folder. */
  run(command: string, ...words: readonly string[]): Ended {
    const [program, all, options] = this.#as(command, ...words);
    const { status, stdout, stderr } = spawnSync(program, all, { ...options, encoding: 'utf8' });
    return { code: status, stdout, stderr };
  }

  must(command: string, ...words: readonly string[]): string {
    const { code, stdout, stderr } = this.run(command, ...words);
    if (code !== 0) throw new Error(`${command} ${words.join(' ')}: exit ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Starts a program as whom the servers run. */
  spawn(command: string, words: readonly string[], cwd = this.folder): ChildProcess {
    const [program, all, options] = this.#as(command, ...words);
    return spawn(program, all, { ...options, cwd });
  }

  /** `gonogo` with `words` in the folder `cwd`. */
  gonogo(cwd: string, ...words: readonly string[]): Promise<Ended> {
    return endOf(this.started(cwd, ...words));
  }

  started(cwd: string, ...words: readonly string[]): ChildProcess {
    return this.spawn(this.#node, [this.path('gonogo/dist/gonogo.cjs'), ...words], cwd);
  }

  /** Asks the service constantly, from a process of its own, until `end` is called, which says what came of it. */
  load(): { end(): Promise<Load> } {
    this.give(cpInto(this.path('bin/load.mjs')));
    const asking = this.spawn(this.#node, [this.path('bin/load.mjs'), this.url]);
    const ended = endOf(asking);
    return {
      async end() {
        asking.kill('SIGTERM');
        const { stdout, stderr } = await ended;
        if (stdout === '') throw new Error(`the load said nothing: ${stderr}`);
        return JSON.parse(stdout);
      },
    };
  }

  /** Resolves once `holds` does. */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error(`not within a minute: ${what}`);
      await delay(50);
    }
  }

  #as(command: string, ...words: readonly string[]): [string, string[], { cwd: string; env: Record<string, string> }] {
    const options = { cwd: this.folder, env: this.env };
    if (!isRoot) return [command, [...words], options];
    return ['setpriv', [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--', command, ...words], options];
  }

  #end(pidFile: string): void {
    try {
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGTERM');
    } catch {
      // It did not come up, or is gone.
    }
  }
}

function cpInto(path: string): string {
  cpSync(fileURLToPath(new URL('load.mjs', import.meta.url)), path);
  return path;
}

/** How `child` ends, with all that it printed. */
export async function endOf(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (piece) => {
    stdout += String(piece);
  });
  child.stderr?.on('data', (piece) => {
    stderr += String(piece);
  });
  child.stdin?.end();
  const [code] = await once(child, 'close');
  return { code: typeof code === 'number' ? code : null, stdout, stderr };
}

/** Ports of 127.0.0.1 that nobody listens on. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  const ports: number[] = [];
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) ports.push(address.port);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}
