/**
 * Several machines on one store: for gonogo each is what lies in its own work folder, so here each is a folder of its own.
 *
 * Invariants: nothing here sleeps for a guessed time; every wait is for a condition and has a bound; nothing outlives a test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import * as z from 'zod';
import { createRealHost } from '../../src/host/real-host.ts';
import { init } from '../../src/store/postgres/setup.ts';
import { bin, type Ended, type Running } from '../resume/gonogo.ts';
import type { Server } from './server.ts';

export const host = await createRealHost();

export class Machine {
  /** Where its commands run, and its runbooks lie. */
  readonly folder: string;
  readonly name: string;
  /** Address of the store, as this machine names it. */
  state: string;
  /** What its processes are started under: a namespace of the network. */
  under: readonly string[] = [];
  readonly #children: ChildProcess[] = [];

  constructor(root: string, name: string, state: string) {
    this.folder = join(root, name);
    this.name = name;
    this.state = state;
    mkdirSync(this.folder, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): string {
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** Lines of a file that commands append to; none before it exists. */
  lines(name: string): readonly string[] {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), 'utf8').split('\n').slice(0, -1) : [];
  }

  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    const own = {
      XDG_STATE_HOME: this.path('own'),
      XDG_CONFIG_HOME: this.path('config'),
      GONOGO_STATE: this.state,
      MACHINE: this.name,
    };
    const [program = process.execPath, ...words] = [...this.under, process.execPath, bin, ...args];
    const child = spawn(program, words, {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: '1', ...own, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text) => {
      stdout += String(text);
    });
    child.stderr.on('data', (text) => {
      stderr += String(text);
    });
    const ended = new Promise<Ended>((done) => {
      child.on('close', (code, signal) => done({ code: signal ?? code ?? -1, stdout, stderr }));
    });
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    return { child, ended, stdout: () => stdout, stderr: () => stderr, kill };
  }

  gonogo(...args: readonly string[]): Promise<Ended> {
    return this.start(args).ended;
  }

  /** As `gonogo`, of what must end with 0: what it printed. */
  async says(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.gonogo(...args);
    expect([args.join(' '), code, stderr]).toEqual([args.join(' '), 0, stderr]);
    return stdout;
  }

  end(): void {
    for (const child of this.#children) {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
    }
  }
}

export interface Shared {
  readonly database: string;
  readonly state: string;
  readonly machines: readonly [Machine, Machine];
}

/** Two machines on a new store, driving as `driver`, which may not change what is recorded. */
export async function twoMachines(server: Server): Promise<Shared> {
  const owner = await server.database();
  const database = new URL(owner).pathname.slice(1);
  const roles = await server.sql(database, `select 1 from pg_roles where rolname = 'driver'`);
  if (roles.length === 0) await server.sql(database, 'create role driver login');
  await init(host, owner, { role: 'driver' });
  const state = server.address(database, 'driver');
  const root = mkdtempSync(join(tmpdir(), 'gonogo-shared-'));
  const machines = [new Machine(root, 'one', state), new Machine(root, 'two', state)] as const;
  onTestFinished(() => {
    for (const machine of machines) machine.end();
    rmSync(root, { recursive: true, force: true });
  });
  return { database, state, machines };
}

/** The run that the store has newest, as `machine` sees it. */
export async function runOf(machine: Machine): Promise<string> {
  const runs = z.array(z.looseObject({ run: z.string() })).parse(JSON.parse(await machine.says('list', '--json')));
  return runs[0]?.run ?? '';
}

/** The run's journal as its lines are in the database. */
export async function linesOf(server: Server, database: string, run: string): Promise<Uint8Array> {
  const rows = await server.sql(database, `select line from gonogo.event where run = '${run}' order by seq`);
  return Buffer.concat(
    rows.map(({ line }) => Buffer.concat([line instanceof Uint8Array ? line : Buffer.of(), Buffer.of(10)])),
  );
}

/** Resolves when `holds` does; fails naming `what` after a bound. */
export async function soon(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const until = host.clock.steady() + 40_000;
  while (!(await holds())) {
    if (host.clock.steady() > until) throw new Error(`never: ${what}`);
    await host.clock.sleep(20);
  }
}
