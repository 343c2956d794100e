/**
 * A command that has the operator's terminal on another machine: `ssh -t` gives it one, and what supervises it runs on that.
 *
 * Invariant: whatever becomes of that `ssh`, the attempt's folder says what became of the command.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Host } from '../../host/host.ts';
import type { Beginning, LendTerminal } from '../target.ts';
import { entryWords } from './far-hand.ts';
import type { Road } from './road.ts';

/** How long what is already on its way from a terminal that is gone may take. */
const goneMs = 3_000;
/** How long the `ssh` of a command that has ended may take to end. */
const endsMs = 5_000;

/** Where the terminal goes. */
interface Way {
  readonly host: Pick<Host, 'clock'>;
  readonly road: Road;
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
}

/** This process's terminal on its way to one attempt. */
export class Terminal {
  readonly #way: Way;
  readonly #lend: LendTerminal;
  readonly #gone = Promise.withResolvers<void>();
  #child: ChildProcess | null = null;
  #opened = false;
  /** How its `ssh` ended; null: it has not. */
  #how: string | null = null;

  /** `lend`: how the terminal is got from whoever has it. */
  constructor(way: Way, lend: LendTerminal = (use) => use()) {
    this.#way = way;
    this.#lend = lend;
  }

  /** Hands it to what waits for it in `folder` over there; once. */
  open(folder: string): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#lend(() => this.#run(folder)).catch((error: unknown) => this.#ended(String(error)));
  }

  /** Calls `act` when its `ssh` has ended and `begun` has not aborted soon after. */
  whenGone(begun: AbortSignal, act: () => void): void {
    void this.#gone.promise
      .then(() => this.#way.host.clock.sleep(goneMs, begun))
      .then(() => (begun.aborted ? undefined : act()));
  }

  /** What a begin came to, in words for a command that had a terminal. */
  told(beginning: Beginning): Beginning {
    if (beginning.kind !== 'unreachable' || this.#how === null) return beginning;
    const reason = `${this.#way.name}: it had the terminal, and the command did not begin there: ${this.#how}`;
    // Who has the terminal says whether it is tried again.
    return { kind: 'refused', reason };
  }

  /** Resolves when its `ssh` has ended, which it is to do now. */
  async over(): Promise<void> {
    if (!this.#opened) return;
    const ended = new AbortController();
    const late = this.#way.host.clock.sleep(endsMs, ended.signal).then(() => this.#child?.kill('SIGTERM'));
    await this.#gone.promise;
    ended.abort();
    await late;
  }

  async #run(folder: string): Promise<void> {
    const { road, env } = this.#way;
    const [program = 'ssh', ...words] = await road.words(['-t', '-o', 'LogLevel=ERROR']);
    const child = spawn(program, [...words, entryWords(folder)], { stdio: 'inherit', env });
    this.#child = child;
    child.on('error', (error) => this.#ended(error.message));
    child.on('exit', (code, signal) =>
      this.#ended(signal === null ? `ssh ended with ${code ?? '?'}` : `ssh was ended by ${signal}`),
    );
    await this.#gone.promise;
  }

  #ended(how: string): void {
    this.#how ??= how;
    this.#child = null;
    this.#gone.resolve();
  }
}
