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
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { type AppendFile, type Digest, type FileFacts, type Files, type Host, HostError } from '../../src/host/host.ts';
import type { Locks } from '../../src/store/folder/lock.ts';
import type {
  AttemptRef,
  CommandSpec,
  Ending,
  KeptOutput,
  OutputWindow,
  Stream,
  Target,
} from '../../src/target/target.ts';

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
export interface Script {
  readonly effect?: string;
  readonly holds?: string;
  /** Exit statuses of successive completed runs; the last one repeats. */
  readonly exits?: readonly number[];
  readonly ms?: number;
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

interface Command {
  readonly folder: string;
  readonly spec: CommandSpec;
  readonly script: Script;
  readonly boot: string;
  /** `unbegun`: its supervisor died before it claimed. */
  readonly status: 'spawned' | 'running' | 'exited' | 'void' | 'lost' | 'unbegun';
  /** The process that began it. */
  readonly life: number;
  /** Its folder is gone. */
  readonly vanished: boolean;
  /** Some of its output is. */
  readonly cut: boolean;
  readonly exit: number;
  readonly exitSynced: boolean;
  readonly counted: boolean;
}

/** `wake` belongs to the process and dies with it; what commands do next does not. */
type Due =
  | { readonly kind: 'wake'; readonly fire: () => void }
  | { readonly kind: 'claim' | 'finish'; readonly folder: string };

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly due: Due;
}

/** What of an operation is done in the world where the process dies inside it. */
type Partly = (world: World) => void;

const none = new Uint8Array();
const logs: Readonly<Record<Stream, string>> = { output: 'output.log', errors: 'stderr.log' };
/** Far more than any story takes: a run that is still not at its end waits for what never comes. */
const turnsMax = 20_000;

export class World {
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
  crashed = false;
  /** Called at each boundary. */
  onBoundary: ((boundary: Boundary) => void) | null = null;
  /** Time as it passes. */
  #now = 1_800_000_000_000;
  /** By how much the machine's clock is off it. */
  #off = 0;
  #slept = 0;
  #boot = 1;
  #life = 0;
  /** Processes that live: one, unless others joined it. */
  readonly #alive = new Set<number>();
  /** Called when a process dies beside others that go on. */
  readonly #onKilled = new Map<number, () => void>();
  /** Called as a command that changes something begins, with the folders of those that run already. */
  onChange: ((folder: string, running: readonly string[]) => void) | null = null;
  #order = 0;
  #timers: Timer[] = [];
  readonly #disk = new Map<string, Entry>();
  #identities = 0;
  readonly #commands = new Map<string, Command>();
  readonly #completions = new Map<string, number>();
  readonly #locked = new Map<string, { readonly life: number }>();
  /** Who waits for a command; the process's, so no copy has them. */
  #waiting: { readonly folder: string; readonly wake: () => void }[] = [];
  #ids = 0;
  /** How many supervisors die yet before they claim. */
  #failing = 0;
  /** The next command that ends loses some of its output. */
  #losing = false;

  constructor(seed: number) {
    this.dice = new Dice(seed);
    for (const path of ['/', '/desk'])
      this.#disk.set(path, { kind: 'directory', data: none, synced: none, named: true, identity: 0, changed: 0 });
  }

  /** Everything that outlives the process. */
  #copy(): World {
    const copy = new World(0);
    copy.dice.state = this.dice.state;
    copy.effects.push(...this.effects);
    copy.sent.push(...this.sent);
    copy.acknowledged = this.acknowledged;
    copy.boundaries = this.boundaries;
    copy.#now = this.#now;
    copy.#off = this.#off;
    copy.#slept = this.#slept;
    copy.#boot = this.#boot;
    copy.#life = this.#life;
    copy.#order = this.#order;
    copy.#ids = this.#ids;
    copy.#failing = this.#failing;
    copy.#losing = this.#losing;
    copy.#timers = this.#timers.filter(({ due }) => due.kind !== 'wake');
    for (const [path, entry] of this.#disk) copy.#disk.set(path, entry);
    for (const [folder, command] of this.#commands) copy.#commands.set(folder, command);
    for (const [text, count] of this.#completions) copy.#completions.set(text, count);
    return copy;
  }

  /** Somebody sets the machine's clock. */
  setClock(byMs: number): void {
    this.#off += byMs;
  }

  /** The machine sleeps: time passes, and everything that waits goes on waiting for as long as before. */
  suspend(ms: number): void {
    this.#now += ms;
    this.#slept += ms;
    this.#timers = this.#timers.map((timer) => ({ ...timer, at: timer.at + ms }));
  }

  /** Time as it passes, whatever the machine's clock says. Epoch ms. */
  get time(): number {
    return this.#now;
  }

  /** How many processes have driven the run by now. */
  get lives(): number {
    return this.#life;
  }

  /** A process on this machine: a new life of gonogo. */
  boot(): Life {
    this.crashed = false;
    // What an earlier process held is free when it is dead.
    this.#locked.clear();
    this.#alive.clear();
    return this.join();
  }

  /** A process beside those that live. A `kill` ends only the one that comes to the boundary: then `onKilled` is called. */
  join(onKilled: (() => void) | null = null): Life {
    this.#life += 1;
    const life = this.#life;
    this.#alive.add(life);
    if (onKilled !== null) this.#onKilled.set(life, onKilled);
    const host = this.#host(life);
    return { host, locks: this.#locks(life), here: (folder) => this.#target(life, host, folder) };
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
    for (let turn = 0; turn < turnsMax; turn += 1) {
      await new Promise((done) => setImmediate(done));
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

  /** Whether a command runs in truth, or may begin yet. */
  runs(folder: string): boolean {
    const status = this.#commands.get(folder)?.status;
    return status === 'running' || status === 'spawned';
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
    const { due } = next;
    if (due.kind === 'wake') due.fire();
    if (due.kind === 'claim') this.#claim(due.folder);
    if (due.kind === 'finish') this.#finish(due.folder);
  }

  #after(ms: number, due: Due): void {
    this.#order += 1;
    this.#timers.push({ at: this.#now + ms, order: this.#order, due });
  }

  /** A point where the world may stop. `partly` is what may be left of the operation that it stops in. */
  async #boundary(life: number, partly: readonly Partly[] = [() => {}]): Promise<void> {
    if (!this.#alive.has(life) || this.crashed) return new Promise<void>(() => {});
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
    this.#alive.delete(life);
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
    const found = [...this.#commands.values()].findLast(({ counted, status }) => !counted && status !== 'void');
    if (found === undefined) return;
    this.#commands.set(found.folder, { ...found, vanished: true });
    for (const path of [...this.#disk.keys()])
      if (path === found.folder || path.startsWith(`${found.folder}/`)) this.#disk.delete(path);
  }

  #die(): void {
    this.crashAt = Number.POSITIVE_INFINITY;
    this.crashed = true;
    this.#locked.clear();
    this.#alive.clear();
    if (this.fault === 'power') this.#losePower();
  }

  #losePower(): void {
    this.#boot += 1;
    for (const [folder, command] of [...this.#commands]) {
      // A running one may have done its work and not got to say so.
      if (command.status === 'running' && this.dice.chance(0.5)) this.#happen(command);
      const cut = command.status === 'spawned' || command.status === 'running';
      const unsynced = command.status === 'exited' && !command.exitSynced;
      // The supervisor syncs nothing: its status and the output before it are on the disk or not.
      if (cut || (unsynced && this.dice.chance(0.5))) this.#commands.set(folder, { ...command, status: 'lost' });
      else if (unsynced) this.#syncAttempt(folder);
    }
    this.#timers = [];
    for (const [path, entry] of [...this.#disk]) {
      if (!entry.named || entry.synced === null) this.#disk.delete(path);
      else this.#disk.set(path, { ...entry, data: entry.synced });
    }
    // What a lost folder held is lost with it.
    for (const path of [...this.#disk.keys()]) if (!this.#disk.has(dirname(path))) this.#disk.delete(path);
  }

  #happen({ script, folder }: Command): void {
    if (script.effect !== undefined) this.effects.push({ name: script.effect, folder });
  }

  #claim(folder: string): void {
    const command = this.#commands.get(folder);
    if (command?.status !== 'spawned') return;
    if (command.vanished) {
      // There is no place for its claim.
      this.#commands.set(folder, { ...command, status: 'lost' });
      this.#wake(folder);
      return;
    }
    this.#commands.set(folder, { ...command, status: 'running' });
    if (command.script.effect !== undefined) this.onChange?.(folder, this.#changing(folder));
    this.#after(command.script.ms ?? 1, { kind: 'finish', folder });
  }

  /** Folders of the other commands that change something and run. */
  #changing(but: string): readonly string[] {
    const running = [...this.#commands.values()].filter(({ status, script }) => status === 'running' && script.effect);
    return running.map(({ folder }) => folder).filter((folder) => folder !== but);
  }

  #finish(folder: string): void {
    const command = this.#commands.get(folder);
    if (command?.status !== 'running') return;
    const { script, spec } = command;
    const held = script.holds === undefined || this.count(script.holds) > 0;
    const text = spec.command.kind === 'script' ? spec.command.text : '';
    const done = script.effect === undefined ? (this.#completions.get(text) ?? 0) : this.count(script.effect);
    const exits = script.exits ?? [0];
    const planned = exits[Math.min(done, exits.length - 1)] ?? 0;
    this.#happen(command);
    const exit = held ? planned : 1;
    // Where the end of the run would be another for it (an item that cannot be read, the reason of a failure) nothing is lost.
    const cut =
      this.#losing && exit === 0 && (script.effect !== undefined || script.output?.startsWith('seen') === true);
    if (cut) this.#losing = false;
    this.#commands.set(folder, { ...command, exit, status: 'exited', cut });
    if (!command.vanished) {
      this.#write(`${folder}/output.log`, new TextEncoder().encode(script.output ?? ''));
      if (spec.splitStderr) this.#write(`${folder}/stderr.log`, none);
    }
    if (script.sends !== undefined) this.#send(folder, script.sends);
    this.#wake(folder);
  }

  #wake(folder: string): void {
    const told = this.#waiting.filter((one) => one.folder === folder);
    this.#waiting = this.#waiting.filter((one) => one.folder !== folder);
    for (const { wake } of told) wake();
  }

  /** A note by another process, of which one is alive as long as it takes. */
  #send(folder: string, text: string): void {
    const inbox = `${dirname(dirname(dirname(folder)))}/inbox`;
    const id = `${String(this.#now).padStart(15, '0')}-000001-${this.#shortId(8)}`;
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
      clock: {
        now: () => this.#now + this.#off,
        steady: () => this.#now,
        asleep: () => this.#slept,
        sleep: (ms, signal) =>
          new Promise((wake) => {
            const done = () => (this.#alive.has(life) ? wake() : undefined);
            if (signal?.aborted === true) return done();
            signal?.addEventListener('abort', done, { once: true });
            this.#after(ms, { kind: 'wake', fire: done });
          }),
      },
      ids: { short: (length) => this.#shortId(length) },
      files: this.#files(life),
      machine: {
        bootId: `boot-${this.#boot}`,
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
    const folderOf = ({ id }: AttemptRef): string => `${run}/${id}`;
    return {
      base: '/desk',
      files,
      network: {
        request: async () => ({ kind: 'failed', reason: 'no network here', ms: 0 }),
        connect: async () => ({ reason: 'no network here', ms: 0 }),
        inspectTls: async () => ({ kind: 'failed', reason: 'no network here', ms: 0 }),
      },
      bootId: async () => `boot-${this.#boot}`,
      now: async () => this.#now + this.#off,
      keep: async ({ id }, name, bytes) => {
        await files.create(`${run}/${id}/${name}`, bytes);
        return { path: `${id}/${name}`, ...(await files.digest(`${run}/${id}/${name}`)) };
      },
      commands: {
        begin: async (attempt, spec) => {
          await this.#start(life, folderOf(attempt), spec);
          return { kind: 'begun' };
        },
        wait: (attempt, _options, signal) => this.#wait(life, folderOf(attempt), attempt, signal),
        runs: async (attempt) => this.#known(life, folderOf(attempt), attempt).kind === 'runs-on',
        stop: async (attempt) => {
          await this.#boundary(life);
          const known = this.#known(life, folderOf(attempt), attempt);
          const processes = [{ pid: 4711, command: 'sim' }];
          return known.kind === 'runs-on' ? { kind: 'runs-on', processes } : { kind: 'ended' };
        },
        window: async (attempt, stream, start, length) => this.#window(folderOf(attempt), stream, start, length),
        follow: async function* () {},
      },
    };
  }

  #window(folder: string, stream: Stream, start: number, length: number): OutputWindow {
    const data = this.#disk.get(`${folder}/${logs[stream]}`)?.data ?? none;
    return { start, bytes: data.slice(start, start + length), total: data.length };
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

  async #start(life: number, folder: string, spec: CommandSpec): Promise<void> {
    await this.#boundary(life);
    const script: Script = spec.command.kind === 'script' ? JSON.parse(spec.command.text) : {};
    for (let at = folder; !this.#disk.has(at); at = dirname(at)) this.#makeFolder(at, true);
    await this.#boundary(life);
    const boot = `boot-${this.#boot}`;
    const begun = { folder, spec, script, boot, life, exit: 0, exitSynced: false, counted: false };
    if (this.#failing > 0) {
      this.#failing -= 1;
      this.#commands.set(folder, { ...begun, status: 'unbegun', vanished: false, cut: false });
      return;
    }
    this.#commands.set(folder, { ...begun, status: 'spawned', vanished: false, cut: false });
    if (this.dice.chance(0.5)) this.#after(this.dice.below(30), { kind: 'claim', folder });
    else this.#claim(folder);
    await this.#boundary(life);
  }

  #known(life: number, folder: string, { id }: AttemptRef): Ending {
    const command = this.#commands.get(folder);
    // Nothing was made, or it vanished: who looks cannot tell.
    if (command === undefined) return { kind: 'in-doubt', reason: 'there is no folder of it' };
    if (command.vanished) {
      // Who began it knows that its supervisor has not ended.
      if (this.runs(folder) && command.life === life) return { kind: 'runs-on' };
      return { kind: 'in-doubt', reason: 'its folder is not there as it was made' };
    }
    switch (command.status) {
      case 'exited':
        return this.#exited(command, id);
      case 'unbegun':
        return { kind: 'never-began', reason: command.life === life ? 'its supervisor died' : null };
      case 'running':
        return { kind: 'runs-on' };
      case 'void':
        return { kind: 'never-began', reason: null };
      case 'spawned':
        // Nobody has claimed it: whoever asks does, and it never runs.
        this.#commands.set(folder, { ...command, status: 'void' });
        return { kind: 'never-began', reason: null };
      case 'lost':
        return { kind: 'in-doubt', reason: 'the machine was started anew' };
    }
  }

  #exited({ folder, exit, spec, script, cut }: Command, id: string): Ending {
    const kept = (stream: Stream): KeptOutput => {
      const tail = this.#window(folder, stream, 0, Number.POSITIVE_INFINITY);
      const lost = cut ? ({ incomplete: true } as const) : {};
      return { evidence: { path: `${id}/${logs[stream]}`, ...digestOf(tail.bytes), ...lost }, tail };
    };
    const errors = spec.splitStderr ? kept('errors') : null;
    return {
      kind: 'exited',
      exit,
      timedOut: false,
      lost: cut,
      ms: script.ms ?? 1,
      output: kept('output'),
      errors,
      left: [],
    };
  }

  async #wait(life: number, folder: string, attempt: AttemptRef, signal: AbortSignal): Promise<Ending> {
    for (;;) {
      await this.#boundary(life);
      const command = this.#commands.get(folder);
      const fresh = command?.status === 'spawned' && command.boot === attempt.bootId && !command.vanished;
      const known: Ending = fresh ? { kind: 'runs-on' } : this.#known(life, folder, attempt);
      if (known.kind === 'exited' && command !== undefined) {
        this.#syncAttempt(folder);
        if (!command.counted && command.spec.command.kind === 'script') {
          const key = command.spec.command.text;
          this.#completions.set(key, (this.#completions.get(key) ?? 0) + 1);
        }
        this.#commands.set(folder, { ...command, exitSynced: true, counted: true });
        await this.#boundary(life);
        return known;
      }
      if (known.kind !== 'runs-on' || signal.aborted) return known;
      await new Promise<void>((wake) => {
        const done = () => (this.#alive.has(life) ? wake() : undefined);
        signal.addEventListener('abort', done, { once: true });
        this.#waiting.push({ folder, wake: done });
      });
    }
  }

  // --- files ---

  /** Of a file its content, of a folder the names in it. */
  #sync(path: string): void {
    const entry = this.#disk.get(path);
    if (entry?.kind === 'file') this.#disk.set(path, { ...entry, synced: entry.data });
    if (entry?.kind !== 'directory') return;
    for (const [below, one] of this.#disk) if (dirname(below) === path) this.#disk.set(below, { ...one, named: true });
  }

  #syncAttempt(folder: string): void {
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
      changed: this.#now,
    });
  }

  #makeFolder(path: string, named: boolean): void {
    this.#disk.set(path, {
      kind: 'directory',
      data: none,
      synced: none,
      named,
      identity: this.#identityOf(path),
      changed: this.#now,
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
      changed: this.#now,
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
      modifiedMs: this.#now + this.#off,
      changedMs: changed,
      identity: String(identity),
      links: 1,
    };
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
        await this.#boundary(life);
        // A torn write: any part of it may be on the disk, some of its lines whole.
        const ends = [this.dice.below(bytes.length)];
        for (let at = bytes.indexOf(10); at >= 0 && at < bytes.length - 1; at = bytes.indexOf(10, at + 1))
          ends.push(at + 1);
        await this.#boundary(life, ends.map(keep));
        keep(bytes.length)(this);
        const written = this.#factsOf(entry());
        await this.#boundary(life);
        return written;
      },
      facts: async () => this.#factsOf(entry()),
      read: async () => entry().data.slice(),
      close: async () => {},
    };
  }
}

function digestOf(bytes: Uint8Array): Digest {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
