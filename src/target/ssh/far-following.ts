/**
 * One attempt that is followed over one session: the answer's frames become copies of the output here, and what is known of it.
 */
import type { RunningProcess } from '../../run/event.ts';
import type { Held } from '../target.ts';
import type { Copies } from './far-copy.ts';
import type { FarSession } from './far-session.ts';

/** What the far end said last of an attempt. `sums`: the sha256 of each stream there, null where it has no tool for it. */
export type Report =
  | {
      readonly kind: 'exited';
      readonly exit: number;
      readonly timedOut: boolean;
      readonly lost: boolean;
      readonly ms: number | null;
      readonly sums: readonly [string | null, string | null];
      readonly left: readonly RunningProcess[];
    }
  | { readonly kind: 'alive'; readonly processes: readonly RunningProcess[] }
  | { readonly kind: 'never'; readonly code: number | null }
  /** `reason` null: somebody else made its folder. */
  | { readonly kind: 'doubt'; readonly reason: string | null }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused' | 'not-started' | 'unfit'; readonly reason: string };

export interface Followed {
  /** Resolves when it is certain that it has begun (`begun`), or with what else there is to say. Rejects with `SessionOver`. */
  readonly first: Promise<'begun' | Report>;
  /** Rejects with `SessionOver`. */
  readonly last: Promise<Report>;
  /** From now on `held` is told, once, when it goes on though it should not; at once, when that is known already. */
  listen(held: (held: Held) => void): void;
}

/** Asks `text` of the far end. `copies` null: what comes is not kept. `ready`: told of its folder there when it waits for its terminal. */
export function followOver(
  session: FarSession,
  text: string,
  copies: Copies | null,
  ready: (folder: string) => void = () => undefined,
): Followed {
  const answer = new Answer(copies, ready);
  const first = new Promise<'begun' | Report>((resolve) => {
    answer.onBegun = () => resolve('begun');
  });
  const last = session.ask(text, answer).then(() => answer.report);
  const either = Promise.race([first, last]);
  // Whoever waits for the one need not wait for the other.
  for (const promise of [either, last]) promise.catch(() => undefined);
  return { first: either, last, listen: (held) => answer.listen(held) };
}

class Answer {
  readonly #copies: Copies | null;
  readonly #ready: (folder: string) => void;
  #listener: ((held: Held) => void) | null = null;
  #held: Held | null = null;
  #processes: RunningProcess[] = [];
  #cause: Held['cause'] | null = null;
  readonly #times: number[] = [];
  report: Report = { kind: 'unknown' };
  onBegun: () => void = () => undefined;

  constructor(copies: Copies | null, ready: (folder: string) => void) {
    this.#copies = copies;
    this.#ready = ready;
  }

  listen(held: (held: Held) => void): void {
    this.#listener = held;
    this.#tell();
  }

  #tell(): void {
    if (this.#listener === null || this.#held === null) return;
    this.#listener(this.#held);
    this.#held = null;
  }

  bytes(word: string, at: number, chunk: Uint8Array): void {
    this.#copies?.take(word === 'O' ? 'output' : 'errors', at, chunk);
  }

  line(word: string, rest: string): void {
    switch (word) {
      case 'B':
        this.onBegun();
        return;
      case 'Y':
        this.#ready(rest);
        return;
      case 'G':
        this.#cause = rest === 'timeout' ? 'timeout' : 'supervisor';
        return;
      case 'L':
        this.#processes.push(processIn(rest));
        return;
      case 'K':
        if (this.#cause !== null) this.#held = { cause: this.#cause, processes: this.#processes };
        this.#tell();
        this.#cause = null;
        this.#processes = [];
        return;
      case 'T':
        this.#times.push(timeIn(rest));
        return;
      default:
        this.report = this.#reported(word, rest) ?? this.report;
    }
  }

  #reported(word: string, rest: string): Report | null {
    switch (word) {
      case 'S':
        return this.#exited(rest);
      case 'A':
        return { kind: 'alive', processes: this.#processes };
      case 'V':
        return { kind: 'never', code: rest === '' ? null : Number(rest) };
      case 'X':
        return { kind: 'doubt', reason: rest === '' ? null : rest };
      case 'R':
        return { kind: 'refused', reason: rest };
      case 'N':
        return { kind: 'not-started', reason: rest };
      case 'U':
        return { kind: 'unfit', reason: rest };
      default:
        return null;
    }
  }

  #exited(rest: string): Report {
    const [exit = '', timed, lost, first = '-', split, second = '-'] = rest.split(' ');
    if (split === 'split') this.#copies?.split();
    const [from, to] = this.#times;
    const ms = from === undefined || to === undefined ? Number.NaN : to - from;
    return {
      kind: 'exited',
      exit: Number.parseInt(exit, 10),
      timedOut: timed === 'timeout',
      lost: lost === 'lost',
      ms: Number.isNaN(ms) ? null : Math.max(0, Math.round(ms)),
      sums: [sumIn(first), sumIn(second)],
      left: this.#processes,
    };
  }
}

function processIn(rest: string): RunningProcess {
  const space = rest.indexOf(' ');
  return { pid: Number.parseInt(rest, 10), command: space < 0 ? '?' : rest.slice(space + 1).trim() };
}

/** `2026-11-28 12:29:37.784725126 +0000`, as `stat` writes it. */
function timeIn(text: string): number {
  const [day, time = '', zone = '+0000'] = text.split(' ');
  return Date.parse(`${day}T${time.slice(0, 12)}${zone.slice(0, 3)}:${zone.slice(3)}`);
}

function sumIn(word: string): string | null {
  return /^[0-9a-f]{64}$/.test(word) ? word : null;
}
