/**
 * A simulated host: virtual clock, a disk whose unsynced bytes can be lost or torn, commands that outlive the process, and
 * other processes that send notes. Everything resolves in microtasks, so a run takes no real time and one number decides
 * where the world stops.
 *
 * Faults: `kill` ends the process at a boundary, the machine goes on; `power` also ends every command, loses what was not
 * synced, and changes the boot id; mishaps befall a process that goes on. A boundary stands before, inside and after every operation that changes something.
 *
 * Invariant: what outlives the process is data, so that a world can be copied at any boundary and go on twice.
 */
import { dirname } from 'node:path';
import { type Command, type Conduct, digestOf, type End, logs, SimulatedMachine } from '../../src/drill/machine.ts';
import { type AppendFile, type FileFacts, type Files, type Host, HostError } from '../../src/host/host.ts';
import type { Locks } from '../../src/store/folder/lock.ts';
import { type Beginning, type CommandSpec, type Stream, type Target, Unreachable } from '../../src/target/target.ts';
import type { Hosts } from '../../src/target/targets.ts';

export type Fault = 'kill' | 'power';

/**
 * What befalls the world while the process lives. `unlock`: the lock file is removed; `replaced`: the journal is, by a copy;
 * `vanished`: the folder of the newest attempt is removed; `supervisor`: the next one or two die before they claim; `filter`: some of
 * the output of what ends next is lost; `jump`: somebody sets the machine's clock, by up to a year, forward or back.
 */
export const mishaps = ['unlock', 'replaced', 'vanished', 'supervisor', 'filter', 'jump'] as const;
export type Mishap = (typeof mishaps)[number];

function isMishap(fault: Fault | Mishap): fault is Mishap {
  return fault !== 'kill' && fault !== 'power';
}

/** What a simulated script does. `effect` is written to the world once when it runs to its end; `holds`: exit 0 only when that effect is there. */
export interface Script extends Conduct {
  readonly effect?: string;
  readonly holds?: string;
  /** Exit statuses of successive completed runs; the last one repeats. */
  readonly exits?: readonly number[];
  readonly output?: string;
  /** As it ends, another process puts a note with this text into the run's inbox. */
  readonly sends?: string;
}

/** What one process has: itself, and the machine as the target of a run. */
export interface Life {
  readonly host: Host;
  readonly locks: Locks;
  /** `folder`: the run's. */
  readonly here: (folder: string) => Target;
  /** Other machines, which are one with this: what they are asked is lost now and then, and what they answer comes late. */
  readonly hosts: (folder: string) => Hosts;
}

/** A point where the process can die. */
export interface Boundary {
  readonly at: number;
  /** In how many ways it can: an operation that dies inside may be done to more than one degree. */
  readonly ways: number;
  /** The world as it is when the process dies here in that way, from 0. */
  dead(fault: Fault, way: number): World;
}

/** Small, fast, seeded (mulberry32). */
export class Dice {
  /** All that the next numbers depend on. */
  state: number;
  constructor(seed: number) {
    this.state = seed >>> 0;
  }
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
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
  readonly data: Uint8Array;
  /** The content that survives a power loss; null: the file is then gone. */
  readonly synced: Uint8Array | null;
  /** Its name in its folder survives a power loss. */
  readonly named: boolean;
  /** Stays while the file is written to and moved; whatever takes its name has another. */
  readonly identity: number;
  /** When its content changed last. */
  readonly changed: number;
}

/** What of an operation is done in the world where the process dies inside it. */
type Partly = (world: World) => void;

const none = new Uint8Array();

export class World extends SimulatedMachine<Script> {
  readonly dice: Dice;
  /** Effects in the order in which they happened, with the attempt folder that caused them. */
  readonly effects: { readonly name: string; readonly folder: string }[] = [];
  /** Ids of the messages that other processes put into the inbox. */
  readonly sent: string[] = [];
  /** Number of the last record that an append acknowledged. */
  acknowledged = 0;
  boundaries = 0;
  crashAt = Number.POSITIVE_INFINITY;
  fault: Fault | Mishap = 'kill';
  /** Called at each boundary. */
  onBoundary: ((boundary: Boundary) => void) | null = null;
  /** Called when a process dies beside others that go on. */
  readonly #onKilled = new Map<number, () => void>();
  /** Called as a command that changes something begins, with the folders of those that run already. */
  onChange: ((folder: string, running: readonly string[]) => void) | null = null;
  readonly #disk = new Map<string, Entry>();
  #identities = 0;
  readonly #completions = new Map<string, number>();
  readonly #locked = new Map<string, { readonly life: number }>();
  #ids = 0;
  /** How many supervisors die yet before they claim. */
  #failing = 0;
  /** The next command that ends loses some of its output. */
  #losing = false;

  constructor(seed: number) {
    super();
    this.dice = new Dice(seed);
    for (const path of ['/', '/desk'])
      this.#disk.set(path, { kind: 'directory', data: none, synced: none, named: true, identity: 0, changed: 0 });
  }

  /** Everything that outlives the process. */
  #copy(): World {
    const copy = new World(0);
    copy.adopt(this);
    copy.dice.state = this.dice.state;
    copy.effects.push(...this.effects);
    copy.sent.push(...this.sent);
    copy.acknowledged = this.acknowledged;
    copy.boundaries = this.boundaries;
    copy.#ids = this.#ids;
    copy.#failing = this.#failing;
    copy.#losing = this.#losing;
    for (const [path, entry] of this.#disk) copy.#disk.set(path, entry);
    for (const [text, count] of this.#completions) copy.#completions.set(text, count);
    return copy;
  }

  /** Somebody sets the machine's clock. */
  setClock(byMs: number): void {
    this.off += byMs;
  }

  /** The machine sleeps: time passes, and everything that waits goes on waiting for as long as before. */
  suspend(ms: number): void {
    this.now += ms;
    this.slept += ms;
    this.timers = this.timers.map((timer) => ({ ...timer, at: timer.at + ms }));
  }

  /** A process on this machine: a new life of gonogo. */
  boot(): Life {
    this.crashed = false;
    // What an earlier process held is free when it is dead.
    this.#locked.clear();
    this.alive.clear();
    return this.join();
  }

  /** A process beside those that live. A `kill` ends only the one that comes to the boundary: then `onKilled` is called. */
  join(onKilled: (() => void) | null = null): Life {
    this.life += 1;
    const life = this.life;
    this.alive.add(life);
    if (onKilled !== null) this.#onKilled.set(life, onKilled);
    const host = this.#host(life);
    const here = (folder: string): Target => this.#target(life, host, folder);
    return { host, locks: this.#locks(life), here, hosts: (folder) => this.#hosts(host, here(folder)) };
  }

  /** Effects of `name` that really happened. */
  count(name: string): number {
    return this.effects.filter((effect) => effect.name === name).length;
  }

  /** What a command came to in truth; null when it never did anything. */
  truth(folder: string): { effect: boolean; exit: number | null } {
    const command = this.commands.get(folder);
    const effect = this.effects.some((one) => one.folder === folder);
    return { effect, exit: command?.status === 'exited' ? command.end.exit : null };
  }

  /** A point where the world may stop. `partly` is what may be left of the operation that it stops in. */
  protected override async boundary(life: number, partly: readonly Partly[] = [() => {}]): Promise<void> {
    if (!this.alive.has(life) || this.crashed) return new Promise<void>(() => {});
    this.boundaries += 1;
    this.onBoundary?.({
      at: this.boundaries,
      ways: partly.length,
      dead: (fault, way) => {
        const copy = this.#copy();
        copy.fault = fault;
        partly[way]?.(copy);
        copy.#die();
        return copy;
      },
    });
    if (this.boundaries < this.crashAt) return;
    if (isMishap(this.fault)) {
      this.crashAt = Number.POSITIVE_INFINITY;
      return this.#befalls(this.fault);
    }
    partly[this.dice.below(partly.length)]?.(this);
    const onKilled = this.#onKilled.get(life);
    if (this.fault === 'kill' && onKilled !== undefined) this.#kill(life, onKilled);
    else this.#die();
    return new Promise<void>(() => {});
  }

  /** One process dies, and the others go on. */
  #kill(life: number, onKilled: () => void): void {
    this.crashAt = Number.POSITIVE_INFINITY;
    this.alive.delete(life);
    for (const [path, holder] of [...this.#locked]) if (holder.life === life) this.#locked.delete(path);
    onKilled();
  }

  #befalls(mishap: Mishap): void {
    if (mishap === 'supervisor') this.#failing = 1 + this.dice.below(2);
    if (mishap === 'filter') this.#losing = true;
    if (mishap === 'jump') this.setClock((this.dice.below(2) * 2 - 1) * this.dice.below(365 * 86_400_000));
    if (mishap === 'vanished') this.#vanish();
    for (const [path, entry] of [...this.#disk]) {
      if (mishap === 'unlock' && path.endsWith('/lock.db')) this.#disk.delete(path);
      if (mishap !== 'replaced' || !path.endsWith('/journal.jsonl')) continue;
      this.#identities += 1;
      this.#disk.set(path, { ...entry, identity: this.#identities });
    }
  }

  /** Somebody removes the folder of the newest attempt whose end nobody has read. */
  #vanish(): void {
    const found = [...this.commands.values()].findLast(({ counted, status }) => !counted && status !== 'void');
    if (found === undefined) return;
    this.commands.set(found.folder, { ...found, vanished: true });
    for (const path of [...this.#disk.keys()])
      if (path === found.folder || path.startsWith(`${found.folder}/`)) this.#disk.delete(path);
  }

  #die(): void {
    this.crashAt = Number.POSITIVE_INFINITY;
    this.crashed = true;
    this.#locked.clear();
    this.alive.clear();
    if (this.fault === 'power') this.#losePower();
  }

  #losePower(): void {
    this.bootNumber += 1;
    for (const [folder, command] of [...this.commands]) {
      // A running one may have done its work and not got to say so.
      if (command.status === 'running' && this.dice.chance(0.5)) this.#happen(command);
      const cut = command.status === 'spawned' || command.status === 'running';
      const unsynced = command.status === 'exited' && !command.exitSynced;
      // The supervisor syncs nothing: its status and the output before it are on the disk or not.
      if (cut || (unsynced && this.dice.chance(0.5))) this.commands.set(folder, { ...command, status: 'lost' });
      else if (unsynced) this.syncAttempt(folder);
    }
    this.timers = [];
    for (const [path, entry] of [...this.#disk]) {
      if (!entry.named || entry.synced === null) this.#disk.delete(path);
      else this.#disk.set(path, { ...entry, data: entry.synced });
    }
    // What a lost folder held is lost with it.
    for (const path of [...this.#disk.keys()]) if (!this.#disk.has(dirname(path))) this.#disk.delete(path);
  }

  #happen({ conduct, folder }: Command<Script>): void {
    if (conduct.effect !== undefined) this.effects.push({ name: conduct.effect, folder });
  }

  protected override conductOf(_folder: string, { command }: CommandSpec): Script {
    return command.kind === 'script' ? JSON.parse(command.text) : {};
  }

  protected override endOf(command: Command<Script>): End {
    const { conduct, spec } = command;
    const held = conduct.holds === undefined || this.count(conduct.holds) > 0;
    const text = spec.command.kind === 'script' ? spec.command.text : '';
    const done = conduct.effect === undefined ? (this.#completions.get(text) ?? 0) : this.count(conduct.effect);
    const exits = conduct.exits ?? [0];
    const planned = exits[Math.min(done, exits.length - 1)] ?? 0;
    this.#happen(command);
    const exit = held ? planned : 1;
    // Where the end of the run would be another for it (an item that cannot be read, the reason of a failure) nothing is lost.
    const cut =
      this.#losing && exit === 0 && (conduct.effect !== undefined || conduct.output?.startsWith('seen') === true);
    if (cut) this.#losing = false;
    return { exit, output: conduct.output ?? '', cut };
  }

  protected override stored({ folder, conduct, spec, end, vanished }: Command<Script>): void {
    if (!vanished) {
      this.#write(`${folder}/output.log`, new TextEncoder().encode(end.output));
      if (spec.splitStderr) this.#write(`${folder}/stderr.log`, none);
    }
    if (conduct.sends !== undefined) this.#send(folder, conduct.sends);
  }

  protected override claimed({ folder, conduct }: Command<Script>): void {
    if (conduct.effect !== undefined) this.onChange?.(folder, this.#changing(folder));
  }

  /** Folders of the other commands that change something and run. */
  #changing(but: string): readonly string[] {
    const running = [...this.commands.values()].filter(({ status, conduct }) => status === 'running' && conduct.effect);
    return running.map(({ folder }) => folder).filter((folder) => folder !== but);
  }

  protected override printed(folder: string, stream: Stream): Uint8Array {
    return this.#disk.get(`${folder}/${logs[stream]}`)?.data ?? none;
  }

  protected override readOnce({ spec }: Command<Script>): void {
    if (spec.command.kind !== 'script') return;
    const key = spec.command.text;
    this.#completions.set(key, (this.#completions.get(key) ?? 0) + 1);
  }

  /** A note by another process, of which one is alive as long as it takes. */
  #send(folder: string, text: string): void {
    const inbox = `${dirname(dirname(dirname(folder)))}/inbox`;
    const id = `${String(this.now).padStart(15, '0')}-000001-${this.#shortId(8)}`;
    this.sent.push(id);
    this.#put(`${inbox}/${id}.json`, new TextEncoder().encode(JSON.stringify({ kind: 'note', from: 'bo', text })));
  }

  #shortId(length: number): string {
    this.#ids += 1;
    // The alphabet of ids has no 0, 1, 8 and 9.
    return this.#ids
      .toString(28)
      .replaceAll(/[0189]/g, (digit) => 'wxyz'['0189'.indexOf(digit)] ?? '')
      .padStart(length, 'a')
      .slice(-length);
  }

  #host(life: number): Host {
    const env = { PATH: '/bin', HOME: '/root', LANG: 'C' };
    return {
      clock: this.clock(life),
      ids: { short: (length) => this.#shortId(length) },
      files: this.#files(life),
      machine: {
        bootId: this.bootId,
        hostname: 'sim',
        user: 'ada',
        uid: 0,
        pid: life,
        cwd: '/desk',
        env,
      },
    };
  }

  #target(life: number, { files }: Host, run: string): Target {
    const keep: Target['keep'] = async ({ id }, name, bytes) => {
      await files.create(`${run}/${id}/${name}`, bytes);
      return { path: `${id}/${name}`, ...(await files.digest(`${run}/${id}/${name}`)) };
    };
    return this.targetOf(life, { files, keep }, ({ id }) => `${run}/${id}`);
  }

  /** Nothing of what did not get there ever happens; what did get there happens, however late that is heard. */
  #hosts({ clock }: Host, target: Target): Hosts {
    const late = async <T>(answer: T): Promise<T> => {
      if (this.dice.chance(0.3)) await clock.sleep(this.dice.below(400));
      return answer;
    };
    const isLost = (): boolean => this.dice.chance(0.2);
    const { commands } = target;
    const away = 'the question was lost';
    return {
      host: (name) => ({
        ...target,
        identify: async () => {
          if (await late(isLost())) throw new Unreachable(away);
          return { bootId: this.bootId, machineId: name, hostname: name, hostKey: null, offsetMs: 0 };
        },
        commands: {
          ...commands,
          begin: async (attempt, spec) =>
            isLost() ? late({ kind: 'unreachable', reason: away }) : late(await commands.begin(attempt, spec)),
          wait: async (attempt, waiting, signal) => late(await commands.wait(attempt, waiting, signal)),
        },
      }),
      close: async () => {},
    };
  }

  #locks(life: number): Locks {
    return {
      acquire: (path) => {
        if (this.#locked.has(path)) return null;
        const lock = { life };
        this.#locked.set(path, lock);
        return {
          // Its folder may have been moved meanwhile.
          release: () => {
            for (const [at, one] of [...this.#locked]) if (one === lock) this.#locked.delete(at);
          },
        };
      },
    };
  }

  // --- commands ---

  protected override async begin(life: number, folder: string, spec: CommandSpec): Promise<Beginning> {
    await this.boundary(life);
    for (let at = folder; !this.#disk.has(at); at = dirname(at)) this.#makeFolder(at, true);
    await this.boundary(life);
    const begun = this.spawned(life, folder, spec);
    this.commands.set(folder, begun);
    if (this.#failing > 0) {
      this.#failing -= 1;
      this.commands.set(folder, { ...begun, status: 'unbegun' });
      return { kind: 'begun' };
    }
    if (this.dice.chance(0.5)) this.after(this.dice.below(30), { kind: 'claim', folder });
    else this.claim(folder);
    await this.boundary(life);
    return { kind: 'begun' };
  }

  // --- files ---

  /** Of a file its content, of a folder the names in it. */
  #sync(path: string): void {
    const entry = this.#disk.get(path);
    if (entry?.kind === 'file') this.#disk.set(path, { ...entry, synced: entry.data });
    if (entry?.kind !== 'directory') return;
    for (const [below, one] of this.#disk) if (dirname(below) === path) this.#disk.set(below, { ...one, named: true });
  }

  protected override syncAttempt(folder: string): void {
    for (const path of [`${folder}/output.log`, `${folder}/stderr.log`, folder]) this.#sync(path);
  }

  /** Written, and not synced. */
  #write(path: string, data: Uint8Array): void {
    this.#disk.set(path, {
      kind: 'file',
      data,
      synced: null,
      named: false,
      identity: this.#identityOf(path),
      changed: this.now,
    });
  }

  #makeFolder(path: string, named: boolean): void {
    this.#disk.set(path, {
      kind: 'directory',
      data: none,
      synced: none,
      named,
      identity: this.#identityOf(path),
      changed: this.now,
    });
  }

  #entry(path: string): Entry {
    const entry = this.#disk.get(path);
    if (entry === undefined) throw new HostError('not-found', path, `${path}: there is no such file`);
    return entry;
  }

  #put(path: string, data: Uint8Array): void {
    this.#disk.set(path, {
      kind: 'file',
      data,
      synced: data,
      named: true,
      identity: this.#identityOf(path),
      changed: this.now,
    });
  }

  #identityOf(path: string): number {
    this.#identities += 1;
    return this.#disk.get(path)?.identity ?? this.#identities;
  }

  #factsOf({ kind, data, identity, changed }: Entry): FileFacts {
    const mode = kind === 'file' ? 0o600 : 0o700;
    return {
      kind,
      bytes: data.length,
      mode,
      uid: 0,
      modifiedMs: this.now + this.off,
      changedMs: changed,
      identity: String(identity),
      links: 1,
    };
  }

  #files(life: number): Files {
    /** Before, and after, an operation that changes something at once or not at all. */
    const atomic = async (change: () => void): Promise<void> => {
      await this.boundary(life);
      change();
      await this.boundary(life);
    };
    const below = (path: string): string[] => [...this.#disk.keys()].filter((one) => one.startsWith(`${path}/`));
    return {
      read: async (path) => this.#entry(path).data.slice(),
      readRange: async (path, start, length) => this.#entry(path).data.slice(start, start + length),
      facts: async (path) => {
        const entry = this.#disk.get(path);
        return entry === undefined ? null : this.#factsOf(entry);
      },
      realPath: async (path) => (this.#disk.has(path) ? path : null),
      list: async (path) => {
        this.#entry(path);
        const names = below(path).map((one) => one.slice(path.length + 1));
        return names.filter((name) => !name.includes('/')).sort();
      },
      makeFolder: (path) =>
        atomic(() => {
          if (this.#disk.has(path)) throw new HostError('exists', path, `${path}: it is there already`);
          this.#makeFolder(path, true);
        }),
      ensureFolder: (path) =>
        atomic(() => {
          for (let at = path; !this.#disk.has(at); at = dirname(at)) this.#makeFolder(at, false);
        }),
      create: (path, bytes) =>
        atomic(() => {
          if (this.#disk.has(path)) throw new HostError('exists', path, `${path}: it is there already`);
          this.#put(path, bytes.slice());
        }),
      publish: (path, bytes) => this.#files(life).create(path, bytes),
      replace: (path, bytes) =>
        atomic(() => {
          this.#disk.delete(path);
          this.#put(path, bytes.slice());
        }),
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
        return digestOf(data.slice(0, bytes ?? data.length));
      },
      follow: (path) => ({ finish: () => this.#files(life).digest(path), stop: () => {} }),
      fileSystem: async () => 'ext',
    };
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
        const keep = (length: number): Partly => {
          const data = whole.subarray(0, before.length + length);
          return (world) => world.#put(path, data);
        };
        await this.boundary(life);
        // A torn write: any part of it may be on the disk, some of its lines whole.
        const ends = [this.dice.below(bytes.length)];
        for (let at = bytes.indexOf(10); at >= 0 && at < bytes.length - 1; at = bytes.indexOf(10, at + 1))
          ends.push(at + 1);
        await this.boundary(life, ends.map(keep));
        keep(bytes.length)(this);
        const written = this.#factsOf(entry());
        await this.boundary(life);
        return written;
      },
      facts: async () => this.#factsOf(entry()),
      read: async () => entry().data.slice(),
      close: async () => {},
    };
  }
}
