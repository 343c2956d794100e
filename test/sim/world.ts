/**
 * A simulated host: virtual clock, a disk whose unsynced bytes can be lost or torn, commands that outlive the process.
 * Everything resolves in microtasks, so a run takes no real time and one number decides where the world stops.
 *
 * Faults: `kill` ends the process at a boundary, the machine goes on; `power` also ends every command, loses what was not
 * synced, and changes the boot id. A boundary stands before, inside and after every operation that changes something.
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import {
  type AppendFile,
  type AttemptKnown,
  type AttemptSpec,
  type Files,
  type Host,
  HostError,
} from '../../src/host/host.ts';
import type { Locks } from '../../src/journal/lock.ts';

export type Fault = 'kill' | 'power';

/** What a simulated script does. `effect` is written to the world once when it runs to its end; `holds`: exit 0 only when that effect is there. */
export interface Script {
  readonly effect?: string;
  readonly holds?: string;
  /** Exit statuses of successive completed runs; the last one repeats. */
  readonly exits?: readonly number[];
  readonly ms?: number;
  readonly output?: string;
}

/** Small, fast, seeded (mulberry32). */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
  chance(of: number): boolean {
    return this.next() < of;
  }
}

interface Entry {
  readonly kind: 'file' | 'directory';
  data: Uint8Array;
  /** What survives a power loss; null: nothing, not even the name. */
  synced: Uint8Array | null;
}

interface Command {
  readonly spec: AttemptSpec;
  readonly script: Script;
  readonly boot: string;
  status: 'spawned' | 'running' | 'exited' | 'void' | 'lost';
  exit: number;
  exitSynced: boolean;
  counted: boolean;
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

const none = new Uint8Array();

export class World {
  readonly dice: Dice;
  /** Effects in the order in which they happened, with the attempt folder that caused them. */
  readonly effects: { readonly name: string; readonly folder: string }[] = [];
  boundaries = 0;
  crashAt = Number.POSITIVE_INFINITY;
  fault: Fault = 'kill';
  crashed = false;
  #now = 1_800_000_000_000;
  #boot = 1;
  #life = 0;
  #order = 0;
  #timers: Timer[] = [];
  readonly #disk = new Map<string, Entry>();
  readonly #commands = new Map<string, Command>();
  readonly #completions = new Map<string, number>();
  readonly #locked = new Map<string, number>();
  #ids = 0;

  constructor(seed: number) {
    this.dice = new Dice(seed);
    for (const path of ['/', '/work']) this.#disk.set(path, { kind: 'directory', data: none, synced: none });
  }

  /** A process on this machine: a new life of gonogo. */
  boot(): { host: Host; locks: Locks } {
    this.crashed = false;
    this.#life += 1;
    const life = this.#life;
    return { host: this.#host(life), locks: this.#locks(life) };
  }

  /** Runs the virtual world until `work` settles or the process dies; undefined when it died. */
  async until<T>(work: Promise<T>): Promise<T | undefined> {
    let settled = false;
    let failure: unknown = null;
    let result: T | undefined;
    work.then(
      (value) => {
        settled = true;
        result = value;
      },
      (error: unknown) => {
        settled = true;
        failure = error;
      },
    );
    for (let idle = 0; idle < 100_000; idle += 1) {
      await new Promise((turn) => setImmediate(turn));
      if (this.crashed) return undefined;
      if (settled) {
        if (failure !== null) throw failure;
        return result;
      }
      this.#advance();
    }
    throw new Error('the simulated run never comes to rest');
  }

  /** Effects of `name` that really happened. */
  count(name: string): number {
    return this.effects.filter((effect) => effect.name === name).length;
  }

  /** What a command came to in truth; null when it never did anything. */
  truth(folder: string): { effect: boolean; exit: number | null } {
    const command = this.#commands.get(folder);
    const effect = this.effects.some((one) => one.folder === folder);
    return { effect, exit: command?.status === 'exited' ? command.exit : null };
  }

  #advance(): void {
    const next = this.#timers.reduce<Timer | null>(
      (first, timer) =>
        first === null || timer.at < first.at || (timer.at === first.at && timer.order < first.order) ? timer : first,
      null,
    );
    if (next === null) return;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#now = Math.max(this.#now, next.at);
    next.fire();
  }

  #after(ms: number, fire: () => void): void {
    this.#order += 1;
    this.#timers.push({ at: this.#now + ms, order: this.#order, fire });
  }

  /** A point where the world may stop. `partly` is what is left of the operation that it stops in. */
  async #boundary(life: number, partly: () => void = () => {}): Promise<void> {
    if (life !== this.#life || this.crashed) return new Promise<void>(() => {});
    this.boundaries += 1;
    if (this.boundaries < this.crashAt) return;
    partly();
    this.#die();
    return new Promise<void>(() => {});
  }

  #die(): void {
    this.crashAt = Number.POSITIVE_INFINITY;
    this.crashed = true;
    this.#locked.clear();
    if (this.fault === 'power') this.#losePower();
  }

  #losePower(): void {
    this.#boot += 1;
    for (const command of this.#commands.values()) {
      if (command.status === 'spawned') command.status = 'lost';
      if (command.status === 'running') {
        // It may have done its work and not got to say so.
        if (this.dice.chance(0.5)) this.#happen(command);
        command.status = 'lost';
      }
      if (command.status === 'exited' && !command.exitSynced && this.dice.chance(0.5)) command.status = 'lost';
    }
    for (const [path, entry] of [...this.#disk]) {
      if (entry.synced === null) this.#disk.delete(path);
      else entry.data = entry.synced;
    }
  }

  #happen(command: Command): void {
    const name = command.script.effect;
    if (name !== undefined) this.effects.push({ name, folder: command.spec.folder });
  }

  #finish(command: Command): void {
    if (command.status !== 'running') return;
    const { script, spec } = command;
    const held = script.holds === undefined || this.count(script.holds) > 0;
    const text = spec.command.kind === 'script' ? spec.command.text : '';
    const done = script.effect === undefined ? (this.#completions.get(text) ?? 0) : this.count(script.effect);
    const exits = script.exits ?? [0];
    const planned = exits[Math.min(done, exits.length - 1)] ?? 0;
    this.#happen(command);
    command.exit = held ? planned : 1;
    command.status = 'exited';
    const output = new TextEncoder().encode(script.output ?? '');
    this.#disk.set(`${spec.folder}/output.log`, { kind: 'file', data: output, synced: null });
    if (spec.splitStderr) this.#disk.set(`${spec.folder}/stderr.log`, { kind: 'file', data: none, synced: null });
  }

  #host(life: number): Host {
    const env = { PATH: '/bin', HOME: '/root', LANG: 'C' };
    return {
      clock: {
        now: () => this.#now,
        sleep: (ms, signal) =>
          new Promise((wake) => {
            const done = () => (life === this.#life ? wake() : undefined);
            if (signal?.aborted === true) return done();
            signal?.addEventListener('abort', done, { once: true });
            this.#after(ms, done);
          }),
      },
      ids: {
        short: (length) => {
          this.#ids += 1;
          return this.#ids.toString(32).replaceAll(/[01]/g, 'z').padStart(length, 'a').slice(-length);
        },
      },
      files: this.#files(life),
      attempts: {
        start: (spec) => this.#start(life, spec),
        inspect: (folder, boot) => this.#inspect(life, folder, boot),
        wait: (folder, boot, signal) => this.#wait(life, folder, boot, signal),
        stop: (folder, boot) => this.#inspect(life, folder, boot),
      },
      network: {
        request: async () => ({ kind: 'failed', reason: 'no network here', ms: 0 }),
        connect: async () => ({ reason: 'no network here', ms: 0 }),
        inspectTls: async () => ({ kind: 'failed', reason: 'no network here', ms: 0 }),
      },
      machine: {
        bootId: `boot-${this.#boot}`,
        hostname: 'sim',
        user: 'ada',
        uid: 0,
        pid: life,
        cwd: '/work',
        env,
      },
    };
  }

  #locks(life: number): Locks {
    return {
      acquire: (path) => {
        if (this.#locked.has(path)) return null;
        this.#locked.set(path, life);
        return { release: () => void (this.#locked.get(path) === life && this.#locked.delete(path)) };
      },
    };
  }

  // --- commands ---

  async #start(life: number, spec: AttemptSpec): Promise<void> {
    await this.#boundary(life);
    const script: Script = spec.command.kind === 'script' ? JSON.parse(spec.command.text) : {};
    this.#disk.set(spec.folder, { kind: 'directory', data: none, synced: none });
    await this.#boundary(life);
    const command: Command = {
      spec,
      script,
      boot: `boot-${this.#boot}`,
      status: 'spawned',
      exit: 0,
      exitSynced: false,
      counted: false,
    };
    this.#commands.set(spec.folder, command);
    const claim = () => {
      if (command.status !== 'spawned') return;
      command.status = 'running';
      this.#after(script.ms ?? 1, () => this.#finish(command));
    };
    if (this.dice.chance(0.5)) this.#after(this.dice.below(30), claim);
    else claim();
    await this.#boundary(life);
  }

  #known(folder: string, boot: string): AttemptKnown {
    const command = this.#commands.get(folder);
    const sameBoot = boot === `boot-${this.#boot}`;
    if (command === undefined) {
      return sameBoot ? { kind: 'never-ran' } : { kind: 'in-doubt', reason: 'the machine was started anew' };
    }
    switch (command.status) {
      case 'exited':
        return { kind: 'exited', exit: command.exit, timedOut: false };
      case 'running':
        return { kind: 'alive' };
      case 'void':
        return { kind: 'never-ran' };
      case 'spawned':
        // Nobody has claimed it: whoever asks does, and it never runs.
        command.status = 'void';
        return { kind: 'never-ran' };
      case 'lost':
        return { kind: 'in-doubt', reason: 'the machine was started anew' };
    }
  }

  async #inspect(life: number, folder: string, boot: string): Promise<AttemptKnown> {
    await this.#boundary(life);
    return this.#known(folder, boot);
  }

  async #wait(life: number, folder: string, boot: string, signal: AbortSignal): Promise<AttemptKnown> {
    for (;;) {
      await this.#boundary(life);
      const command = this.#commands.get(folder);
      const fresh = command?.status === 'spawned' && command.boot === boot;
      const known: AttemptKnown = fresh ? { kind: 'alive' } : this.#known(folder, boot);
      if (known.kind === 'exited' && command !== undefined) {
        command.exitSynced = true;
        this.#sync(`${folder}/output.log`);
        this.#sync(`${folder}/stderr.log`);
        if (!command.counted && command.spec.command.kind === 'script') {
          command.counted = true;
          const key = command.spec.command.text;
          this.#completions.set(key, (this.#completions.get(key) ?? 0) + 1);
        }
        await this.#boundary(life);
        return known;
      }
      if (known.kind !== 'alive' || signal.aborted) return known;
      await new Promise<void>((wake) => {
        const done = () => (life === this.#life ? wake() : undefined);
        signal.addEventListener('abort', done, { once: true });
        this.#after(1, done);
      });
    }
  }

  // --- files ---

  #sync(path: string): void {
    const entry = this.#disk.get(path);
    if (entry !== undefined) entry.synced = entry.data;
  }

  #entry(path: string): Entry {
    const entry = this.#disk.get(path);
    if (entry === undefined) throw new HostError('not-found', path, `${path}: there is no such file`);
    return entry;
  }

  #put(path: string, data: Uint8Array): void {
    this.#disk.set(path, { kind: 'file', data, synced: data });
  }

  #files(life: number): Files {
    /** Before, and after, an operation that changes something at once or not at all. */
    const atomic = async (change: () => void): Promise<void> => {
      await this.#boundary(life);
      change();
      await this.#boundary(life);
    };
    const below = (path: string): string[] => [...this.#disk.keys()].filter((one) => one.startsWith(`${path}/`));
    return {
      read: async (path) => this.#entry(path).data.slice(),
      readRange: async (path, start, length) => this.#entry(path).data.slice(start, start + length),
      facts: async (path) => {
        const entry = this.#disk.get(path);
        if (entry === undefined) return null;
        const mode = entry.kind === 'file' ? 0o600 : 0o700;
        return { kind: entry.kind, bytes: entry.data.length, mode, uid: 0, modifiedMs: this.#now };
      },
      list: async (path) => {
        this.#entry(path);
        const names = below(path).map((one) => one.slice(path.length + 1));
        return names.filter((name) => !name.includes('/')).sort();
      },
      makeFolder: (path) =>
        atomic(() => {
          if (this.#disk.has(path)) throw new HostError('exists', path, `${path}: it is there already`);
          this.#disk.set(path, { kind: 'directory', data: none, synced: none });
        }),
      ensureFolder: (path) =>
        atomic(() => {
          for (let at = path; !this.#disk.has(at); at = dirname(at)) {
            this.#disk.set(at, { kind: 'directory', data: none, synced: none });
          }
        }),
      create: (path, bytes) =>
        atomic(() => {
          if (this.#disk.has(path)) throw new HostError('exists', path, `${path}: it is there already`);
          this.#put(path, bytes.slice());
        }),
      replace: (path, bytes) => atomic(() => this.#put(path, bytes.slice())),
      rename: (from, to) =>
        atomic(() => {
          for (const path of [from, ...below(from)]) {
            const entry = this.#entry(path);
            this.#disk.delete(path);
            this.#disk.set(to + path.slice(from.length), entry);
          }
          for (const [path, holder] of [...this.#locked]) {
            if (!path.startsWith(`${from}/`)) continue;
            this.#locked.delete(path);
            this.#locked.set(to + path.slice(from.length), holder);
          }
        }),
      remove: (path) => atomic(() => void this.#disk.delete(path)),
      removeTree: (path) =>
        atomic(() => {
          for (const one of [path, ...below(path)]) this.#disk.delete(one);
        }),
      sync: async (path) => this.#sync(path),
      truncate: (path, bytes) => atomic(() => this.#put(path, this.#entry(path).data.slice(0, bytes))),
      openAppend: async (path) => {
        this.#entry(path);
        return this.#appendFile(life, path);
      },
      digest: async (path, bytes) => {
        const { data } = this.#entry(path);
        const part = data.slice(0, bytes ?? data.length);
        return { bytes: part.length, sha256: createHash('sha256').update(part).digest('hex') };
      },
      follow: (path) => ({ finish: () => this.#files(life).digest(path), stop: () => {} }),
      fileSystem: async () => 'ext',
      walk: async () => ({ files: [], complete: true }),
    } as Files;
  }

  #appendFile(life: number, path: string): AppendFile {
    const entry = () => this.#entry(path);
    return {
      get bytes() {
        return entry().data.length;
      },
      append: async (bytes) => {
        const before = this.#entry(path).data;
        const whole = Buffer.concat([before, bytes]);
        const keep = (length: number) => () => this.#put(path, whole.subarray(0, before.length + length));
        await this.#boundary(life);
        // A torn write: any part of it may be on the disk.
        await this.#boundary(life, keep(this.dice.below(bytes.length)));
        keep(bytes.length)();
        await this.#boundary(life);
      },
      close: async () => {},
    };
  }
}
