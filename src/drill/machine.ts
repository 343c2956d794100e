/**
 * A simulated machine: a clock that moves only when nothing else can, and commands that outlive the process that began them. It is
 * the target of a run, so that the engine drives it as it drives any other.
 *
 * Invariants:
 * - Nothing outside is touched: no process, no file, no network, no real clock. The same calls give the same world.
 * - What outlives the process is data (`adopt` takes it from another machine), so a world can go on twice from one point.
 * - An attempt that was begun ends once: what came of it is decided when it ends, and is read as often as anybody asks.
 */
import { createHash } from 'node:crypto';
import { type Digest, type Host, HostError } from '../host/host.ts';
import type {
  AttemptRef,
  Beginning,
  CommandSpec,
  Ending,
  KeptOutput,
  OutputWindow,
  Stream,
  Target,
} from '../target/target.ts';

/** What a simulated command does, as far as the machine knows: it takes `ms` (1 when not given). */
export interface Conduct {
  readonly ms?: number;
}

/** What a command came to. `cut`: some of its output is lost. */
export interface End {
  readonly exit: number;
  readonly output: string;
  readonly cut?: boolean;
  /** Its time was up before. */
  readonly timedOut?: boolean;
}

/** A command that was begun. */
export interface Command<C extends Conduct> {
  /** What its attempt is known by here. */
  readonly folder: string;
  readonly spec: CommandSpec;
  readonly conduct: C;
  readonly boot: string;
  /** `unbegun`: its supervisor died before it claimed. */
  readonly status: 'spawned' | 'running' | 'exited' | 'void' | 'lost' | 'unbegun';
  /** The process that began it. */
  readonly life: number;
  /** Its folder is gone. */
  readonly vanished: boolean;
  readonly end: End;
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

export const logs: Readonly<Record<Stream, string>> = { output: 'output.log', errors: 'stderr.log' };

/** Far more than a short run takes: one that is still not at its end waits for what never comes. */
const usualTurnsMax = 20_000;

const none = new Uint8Array();

/** There is nobody to be reached. */
const noNetwork: Target['network'] = {
  request: async () => ({ kind: 'failed', reason: 'no network here', ms: 0 }),
  connect: async () => ({ reason: 'no network here', ms: 0 }),
  inspectTls: async () => ({ kind: 'failed', reason: 'no network here', ms: 0 }),
};

const unended: End = { exit: 0, output: '' };

/** The simulated run waits for what never comes. */
export class NeverRests extends Error {
  override readonly name = 'NeverRests';
}

export abstract class SimulatedMachine<C extends Conduct> {
  /** The process that lives now died. */
  crashed = false;
  /** The number of the newest process. */
  protected life = 0;
  /** Processes that live. */
  protected readonly alive = new Set<number>();
  protected bootNumber = 1;
  /** Time as it passes. */
  protected now = 1_800_000_000_000;
  /** By how much the machine's clock is off it. */
  protected off = 0;
  protected slept = 0;
  protected timers: Timer[] = [];
  protected readonly commands = new Map<string, Command<C>>();
  #order = 0;
  /** Who waits for a command; the process's, so no other world has them. */
  #waiting: { readonly folder: string; readonly wake: () => void }[] = [];

  /** What the command of an attempt does. */
  protected abstract conductOf(folder: string, spec: CommandSpec): C;
  /** What a command comes to, now that it ends; its effect happens here. */
  protected abstract endOf(command: Command<C>): End;

  /** Takes all that outlives the process from `other`. */
  protected adopt(other: SimulatedMachine<C>): void {
    this.now = other.now;
    this.off = other.off;
    this.slept = other.slept;
    this.bootNumber = other.bootNumber;
    this.life = other.life;
    this.#order = other.#order;
    this.timers = other.timers.filter(({ due }) => due.kind !== 'wake');
    for (const [folder, command] of other.commands) this.commands.set(folder, command);
  }

  /** Time as it passes, whatever the machine's clock says. Epoch ms. */
  get time(): number {
    return this.now;
  }

  /** How many processes have driven the run by now. */
  get lives(): number {
    return this.life;
  }

  get bootId(): string {
    return `boot-${this.bootNumber}`;
  }

  /** Runs the virtual world until `work` settles or the process dies; undefined when it died. Rejects with `NeverRests`. */
  async until<T>(work: Promise<T>, turnsMax = usualTurnsMax): Promise<T | undefined> {
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
    throw new NeverRests('the simulated run never comes to rest');
  }

  /** Whether a command runs in truth, or may begin yet. */
  runs(folder: string): boolean {
    const status = this.commands.get(folder)?.status;
    return status === 'running' || status === 'spawned';
  }

  #advance(): void {
    const next = this.timers.reduce<Timer | null>(
      (first, timer) =>
        first === null || timer.at < first.at || (timer.at === first.at && timer.order < first.order) ? timer : first,
      null,
    );
    if (next === null) return;
    this.timers = this.timers.filter((timer) => timer !== next);
    this.now = Math.max(this.now, next.at);
    const { due } = next;
    if (due.kind === 'wake') due.fire();
    if (due.kind === 'claim') this.claim(due.folder);
    if (due.kind === 'finish') this.#finish(due.folder);
  }

  protected after(ms: number, due: Due): void {
    this.#order += 1;
    this.timers.push({ at: this.now + ms, order: this.#order, due });
  }

  // --- what a process sees ---

  protected clock(life: number): Host['clock'] {
    return {
      now: () => this.now + this.off,
      steady: () => this.now,
      asleep: () => this.slept,
      sleep: (ms, signal) =>
        new Promise((wake) => {
          // A signal outlives the many waits that it could end.
          const done = () => {
            signal?.removeEventListener('abort', done);
            if (this.alive.has(life)) wake();
          };
          if (signal?.aborted === true) return done();
          signal?.addEventListener('abort', done, { once: true });
          this.after(ms, { kind: 'wake', fire: done });
        }),
    };
  }

  /** The machine as the target of a run whose attempts it knows by `folderOf`. `life`: the process that sees it. */
  protected targetOf(
    life: number,
    { files, keep }: Pick<Target, 'files' | 'keep'>,
    folderOf: (attempt: AttemptRef) => string,
  ): Target {
    return {
      base: '/desk',
      files,
      network: noNetwork,
      bootId: async () => this.bootId,
      now: async () => this.now + this.off,
      keep,
      commands: {
        begin: (attempt, spec) => this.begin(life, folderOf(attempt), spec),
        wait: (attempt, _options, signal) => this.#wait(life, folderOf(attempt), attempt, signal),
        runs: async (attempt) => this.#known(life, folderOf(attempt), attempt).kind === 'runs-on',
        stop: async (attempt) => {
          await this.boundary(life);
          const known = this.#known(life, folderOf(attempt), attempt);
          const processes = [{ pid: 4711, command: 'sim' }];
          return known.kind === 'runs-on' ? { kind: 'runs-on', processes } : { kind: 'ended' };
        },
        window: async (attempt, stream, start, length) => this.window(folderOf(attempt), stream, start, length),
        follow: async function* () {},
      },
    };
  }

  /** A point where the process can die: who is dead goes no further. */
  protected async boundary(life: number): Promise<void> {
    if (!this.alive.has(life) || this.crashed) return new Promise<void>(() => {});
  }

  // --- commands ---

  protected async begin(life: number, folder: string, spec: CommandSpec): Promise<Beginning> {
    await this.boundary(life);
    this.commands.set(folder, this.spawned(life, folder, spec));
    this.claim(folder);
    return { kind: 'begun' };
  }

  protected spawned(life: number, folder: string, spec: CommandSpec): Command<C> {
    const conduct = this.conductOf(folder, spec);
    const begun = { folder, spec, conduct, boot: this.bootId, life, end: unended };
    return { ...begun, status: 'spawned', vanished: false, exitSynced: false, counted: false };
  }

  protected claim(folder: string): void {
    const command = this.commands.get(folder);
    if (command?.status !== 'spawned') return;
    if (command.vanished) {
      // There is no place for its claim.
      this.commands.set(folder, { ...command, status: 'lost' });
      this.#wake(folder);
      return;
    }
    const running: Command<C> = { ...command, status: 'running' };
    this.commands.set(folder, running);
    this.claimed(running);
    const { timeoutMs } = command.spec;
    const ms = command.conduct.ms ?? 1;
    this.after(timeoutMs === null ? ms : Math.min(ms, timeoutMs), { kind: 'finish', folder });
  }

  /** The command runs from now on. */
  protected claimed(_command: Command<C>): void {}

  #finish(folder: string): void {
    const command = this.commands.get(folder);
    if (command?.status !== 'running') return;
    const { timeoutMs } = command.spec;
    const timedOut = timeoutMs !== null && (command.conduct.ms ?? 1) > timeoutMs;
    const end: End = timedOut ? { exit: 143, output: '', timedOut } : this.endOf(command);
    const ended: Command<C> = { ...command, end, status: 'exited' };
    this.commands.set(folder, ended);
    this.stored(ended);
    this.#wake(folder);
  }

  /** The command has ended: what it printed is there to be read. */
  protected stored(_command: Command<C>): void {}

  /** All that an attempt has printed by now. */
  protected printed(folder: string, stream: Stream): Uint8Array {
    const command = this.commands.get(folder);
    return stream === 'errors' || command === undefined ? none : new TextEncoder().encode(command.end.output);
  }

  /** What of an attempt is on the disk stays there. */
  protected syncAttempt(_folder: string): void {}

  #wake(folder: string): void {
    const told = this.#waiting.filter((one) => one.folder === folder);
    this.#waiting = this.#waiting.filter((one) => one.folder !== folder);
    for (const { wake } of told) wake();
  }

  protected window(folder: string, stream: Stream, start: number, length: number): OutputWindow {
    const data = this.printed(folder, stream);
    return { start, bytes: data.slice(start, start + length), total: data.length };
  }

  #known(life: number, folder: string, { id }: AttemptRef): Ending {
    const command = this.commands.get(folder);
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
        this.commands.set(folder, { ...command, status: 'void' });
        return { kind: 'never-began', reason: null };
      case 'lost':
        return { kind: 'in-doubt', reason: 'the machine was started anew' };
    }
  }

  #exited({ folder, end, spec, conduct }: Command<C>, id: string): Ending {
    const lost = end.cut === true;
    const kept = (stream: Stream): KeptOutput => {
      const tail = this.window(folder, stream, 0, Number.POSITIVE_INFINITY);
      const incomplete = lost ? ({ incomplete: true } as const) : {};
      return { evidence: { path: `${id}/${logs[stream]}`, ...digestOf(tail.bytes), ...incomplete }, tail };
    };
    return {
      kind: 'exited',
      exit: end.exit,
      timedOut: end.timedOut === true,
      lost,
      ms: conduct.ms ?? 1,
      output: kept('output'),
      errors: spec.splitStderr ? kept('errors') : null,
      left: [],
    };
  }

  /** The end of a command was read by whoever drives the run, for the first time. */
  protected readOnce(_command: Command<C>): void {}

  async #wait(life: number, folder: string, attempt: AttemptRef, signal: AbortSignal): Promise<Ending> {
    for (;;) {
      await this.boundary(life);
      const command = this.commands.get(folder);
      const fresh = command?.status === 'spawned' && command.boot === attempt.bootId && !command.vanished;
      const known: Ending = fresh ? { kind: 'runs-on' } : this.#known(life, folder, attempt);
      if (known.kind === 'exited' && command !== undefined) {
        this.syncAttempt(folder);
        if (!command.counted) this.readOnce(command);
        this.commands.set(folder, { ...command, exitSynced: true, counted: true });
        await this.boundary(life);
        return known;
      }
      if (known.kind !== 'runs-on' || signal.aborted) return known;
      await new Promise<void>((wake) => {
        const done = () => {
          signal.removeEventListener('abort', done);
          if (this.alive.has(life)) wake();
        };
        signal.addEventListener('abort', done, { once: true });
        this.#waiting.push({ folder, wake: done });
      });
    }
  }
}

/** What looks at the files of a machine that has none find. */
export function noFile(path: string): never {
  throw new HostError('not-found', path, `${path}: there is no such file`);
}

export function digestOf(bytes: Uint8Array): Digest {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
