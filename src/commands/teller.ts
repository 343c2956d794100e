/**
 * Lines on stdout in the order in which they are told, with the end of a failed step's output after its line.
 *
 * Invariant: a line that is told later is never printed earlier, however long reading the output takes.
 */
import { visible, visibleLine } from '../diagnostics/sanitise.ts';
import type { ByteSource } from '../feed/byte-source.ts';
import { lastLines } from '../feed/last-lines.ts';
import type { VisitState } from '../run/state.ts';
import type { Io } from './command.ts';

const linesShown = 10;

export class Teller {
  readonly #io: Pick<Io, 'stdout'>;
  readonly #source: ByteSource;
  #last: Promise<void> = Promise.resolve();
  #fail: (error: unknown) => void = () => {};

  /** Rejects as soon as something could not be printed; never resolves. */
  readonly broken: Promise<never>;

  constructor(io: Pick<Io, 'stdout'>, source: ByteSource) {
    this.#io = io;
    this.#source = source;
    this.broken = new Promise((_, fail) => {
      this.#fail = fail;
    });
    // Whoever waits for it is told; nobody has to.
    this.broken.catch(() => {});
  }

  /** Prints `line`, which is sanitised already. */
  readonly line = (line: string): void => {
    this.#then(async () => this.#io.stdout(`${line}\n`));
  };

  /** Prints the end of what the last attempt of `visit` printed. */
  readonly output = (visit: VisitState): void => {
    const attempt = visit.attempts.at(-1);
    if (attempt === undefined) return;
    this.#then(async () => {
      const there = (await this.#source.elsewhere?.(`${attempt.folder}/output.log`).catch(() => null)) ?? null;
      if (there !== null) {
        this.#io.stdout(`  | (its output is kept on ${visibleLine(there)}, not here)\n`);
        return;
      }
      const lines = await lastLines(this.#source, attempt, linesShown).catch(() => []);
      for (const line of lines) this.#io.stdout(`  | ${visible(withoutColour(line))}\n`);
    });
  };

  /** Resolves when all that was told is printed; rejects when something could not be. */
  done(): Promise<void> {
    // What is broken is settled before the last line is: it comes first.
    return Promise.race([this.broken, this.#last]);
  }

  #then(print: () => Promise<void>): void {
    this.#last = this.#last.then(print).catch((error: unknown) => this.#fail(error));
  }
}

function withoutColour(line: string): string {
  return line.replaceAll(/\x1b\[[0-9;]*m/g, '');
}
