/**
 * The way to one host: sessions, over connections that they share.
 *
 * Invariants:
 * - Where the operator's ssh_config shares connections, that is how it is done; else by control sockets of ours, in a folder that
 *   only this user can read, and at most `sessionsMost` sessions on each.
 * - At most `unauthenticatedMost` connections to one server, or over one bastion, have not been let in yet.
 * - A session that is given out has answered. Of one that has not, nothing was asked.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../host/host.ts';
import { Unreachable } from '../target.ts';
import { FarSession, type Hello, SessionOver } from './far-session.ts';
import { Gate } from './gate.ts';
import { backOffMs, failureOf } from './out-of-reach.ts';
import { readConfig, type SshConfig } from './ssh-config.ts';

/** sshd lets ten in by default; some are left for the operator. */
const sessionsMost = 8;
const unauthenticatedMost = 8;

/** How long a session may take to answer once it is begun, above what ssh itself gives a connection. */
const helloMs = 30_000;

/** A session that nobody uses is kept for this long. */
const idleMs = 20_000;

/** What all roads of a run have in common. */
export interface RoadWorld {
  readonly clock: Clock;
  readonly env: NodeJS.ProcessEnv;
  /** Folder of the control sockets and of what ssh says. Made when the first road is taken. */
  readonly folder: () => string;
  readonly gates: Map<string, Gate>;
}

/** A connection that sessions share. */
interface Link {
  readonly path: string;
  sessions: number;
  most: number;
  opening: Promise<void> | null;
}

/** A session to use, and who is at its end. It is `give`n back when it may be used again. */
export interface Taken {
  readonly session: FarSession;
  readonly hello: Hello;
  give(): void;
}

interface Kept extends Taken {
  readonly timer: () => void;
}

export class Road {
  readonly #world: RoadWorld;
  readonly #host: string;
  readonly #number: number;
  readonly #links: Link[] = [];
  readonly #idle: Kept[] = [];
  readonly #open = new Set<FarSession>();
  #config: Promise<SshConfig> | null = null;
  #made = 0;
  #closed = false;
  /** `SHA256:…` of the key that the server showed last; null: it was not us to whom it was shown. */
  hostKey: string | null = null;

  constructor(world: RoadWorld, host: string, number: number) {
    this.#world = world;
    this.#host = host;
    this.#number = number;
  }

  /**
   * A session that has answered; tried again, longer each time, as long as that may help. Rejects with `Unreachable`, and then nothing
   * was asked of the host. `patienceMs`: at most so long.
   */
  async take(signal: AbortSignal | null, patienceMs = Number.POSITIVE_INFINITY): Promise<Taken> {
    const since = this.#world.clock.steady();
    for (let tries = 1; ; tries += 1) {
      const kept = this.#kept();
      if (kept !== null) return kept;
      if (isAborted(signal)) throw new Unreachable(`${this.#host}: interrupted before it answered`, 'down');
      try {
        return await this.#try(signal);
      } catch (error) {
        if (!(error instanceof SessionOver)) throw error;
        const failure = failureOf(error.said);
        const left = Math.min(failure.patienceMs, patienceMs) - (this.#world.clock.steady() - since);
        if (left <= 0 || isAborted(signal) || this.#closed)
          throw new Unreachable(`${this.#host}: ${error.message}`, failure.kind, { cause: error });
        await this.#world.clock.sleep(
          Math.min(left, backOffMs(tries, randomInt(1000) / 1000, 5000)),
          signal ?? undefined,
        );
      }
    }
  }

  /** The words of an `ssh` to the host over a connection of ours that is there, for something else than a session. `more`: options. */
  async words(more: readonly string[] = []): Promise<readonly string[]> {
    const config = await this.#configured();
    const link = this.#links.find(({ opening }) => opening === null);
    return ['ssh', ...config.options, ...(link === undefined ? [] : shared(link)), ...more, '--', this.#host];
  }

  /** Ends all sessions and connections of ours. What runs there runs on. */
  async close(end: (words: readonly string[]) => Promise<void>): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#idle) timer();
    for (const session of this.#open) session.close();
    await Promise.all(
      this.#links.map(({ path }) => end(['ssh', '-o', `ControlPath=${path}`, '-O', 'exit', '--', this.#host])),
    );
  }

  #configured(): Promise<SshConfig> {
    this.#config ??= readConfig(this.#host, this.#world.env);
    return this.#config;
  }

  #kept(): Taken | null {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      kept.timer();
      if (!kept.session.isOver) return kept;
    }
    return null;
  }

  async #try(signal: AbortSignal | null): Promise<Taken> {
    const config = await this.#configured();
    if (config.shares) return this.#gate(config).within(() => this.#begin(config, null, signal));
    const free = this.#links.find((link) => link.sessions < link.most);
    if (free === undefined) return this.#overNew(config, signal);
    free.sessions += 1;
    if (free.opening !== null) await free.opening;
    // The one who opened it has failed, and took it away.
    if (!this.#links.includes(free)) return this.#try(signal);
    return this.#over(config, free, signal);
  }

  async #over(config: SshConfig, link: Link, signal: AbortSignal | null): Promise<Taken> {
    try {
      return await this.#begin(config, link, signal);
    } catch (error) {
      link.sessions -= 1;
      // Its server allows fewer.
      if (error instanceof SessionOver && /session (open refused|request failed)/i.test(error.said))
        link.most = Math.max(1, Math.min(link.most, link.sessions));
      throw error;
    }
  }

  async #overNew(config: SshConfig, signal: AbortSignal | null): Promise<Taken> {
    this.#made += 1;
    const path = join(this.#world.folder(), `${this.#number}-${this.#made}`);
    const link: Link = { path, sessions: 1, most: sessionsMost, opening: null };
    let opened: () => void = () => undefined;
    link.opening = new Promise((resolve) => {
      opened = resolve;
    });
    this.#links.push(link);
    try {
      return await this.#gate(config).within(() => this.#begin(config, link, signal));
    } catch (error) {
      this.#links.splice(this.#links.indexOf(link), 1);
      throw error;
    } finally {
      link.opening = null;
      opened();
    }
  }

  #gate({ gate }: SshConfig): Gate {
    const found = this.#world.gates.get(gate) ?? new Gate(unauthenticatedMost);
    this.#world.gates.set(gate, found);
    return found;
  }

  async #begin({ options }: SshConfig, link: Link | null, signal: AbortSignal | null): Promise<Taken> {
    const { env, clock } = this.#world;
    const log = link === null ? null : `${link.path}.log`;
    const telling = log === null ? [] : ['-v', '-E', log, ...(link === null ? [] : shared(link))];
    const words = ['ssh', ...options, ...telling, '--', this.#host];
    const session = new FarSession(words, env, clock.now, () => (log === null ? '' : readLog(log)));
    this.#open.add(session);
    session.onOver = () => {
      this.#open.delete(session);
      if (link !== null && given) link.sessions -= 1;
    };
    let given = false;
    const answered = new AbortController();
    const late = 'nothing answered: what its login shell begins there does not come to an end';
    void clock.sleep(helloMs, answered.signal).then(() => {
      if (!answered.signal.aborted) session.close(late);
    });
    const stop = (): void => session.close('interrupted');
    signal?.addEventListener('abort', stop, { once: true });
    try {
      const hello = await session.hello();
      if (log !== null) this.hostKey = hostKeyIn(readLog(log)) ?? this.hostKey;
      given = true;
      return { session, hello, give: () => this.#keep({ session, hello, give: () => undefined }) };
    } finally {
      answered.abort();
      signal?.removeEventListener('abort', stop);
    }
  }

  #keep({ session, hello }: Taken): void {
    if (session.isOver || this.#closed) {
      session.close();
      return;
    }
    const timer = setTimeout(() => {
      this.#idle.splice(this.#idle.indexOf(kept), 1);
      session.close();
    }, idleMs);
    timer.unref();
    const kept: Kept = {
      session,
      hello,
      give: () => this.#keep(kept),
      timer: () => clearTimeout(timer),
    };
    this.#idle.push(kept);
  }
}

function shared({ path }: Link): readonly string[] {
  return ['-o', 'ControlMaster=auto', '-o', `ControlPath=${path}`, '-o', 'ControlPersist=60'];
}

function readLog(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function hostKeyIn(log: string): string | null {
  return [...log.matchAll(/Server host key: \S+ (SHA256:\S+)/g)].at(-1)?.[1] ?? null;
}

function isAborted(signal: AbortSignal | null): boolean {
  return signal?.aborted === true;
}
