/**
 * What a running step prints, as lines for the prompts: as it comes, with a sign of life where nothing comes.
 *
 * Invariants: nothing that was printed is taken back; a flood is told by its end and by how much was left out; every line is sanitised.
 */
import { visibleKeepingColour, visibleLine } from '../diagnostics/sanitise.ts';
import type { ByteSource } from '../feed/byte-source.ts';
import { OutputLog } from '../feed/output-log.ts';
import { attemptOf } from '../feed/step-output.ts';
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';
import { withoutColour } from './present/cells.ts';
import { elapsed } from './present/format.ts';

const lookEveryMs = 250;
const lifeEveryMs = 15_000;
/** What is read between the steps is over in a moment, or somebody wants to know what is waited for. */
const probeLifeEveryMs = 2_000;
/** More new lines than this at once are told by the last of them. */
const linesAtOnceMax = 60;

/** One line of output as the prompts print it. */
export function outputText(line: string): string {
  return `  | ${withoutColour(visibleKeepingColour(line))}`;
}

export interface Running {
  state(): RunState;
  /** What runs, in words, and since when; `step`: whose command it is, null where it is no step's. Null: nothing does. */
  running(): { readonly step: string | null; readonly words: string; readonly since: number } | null;
  now(): number;
  say(line: string): void;
}

/** Follows whatever runs. */
export class PlainOutput {
  readonly #source: ByteSource;
  readonly #running: Running;
  #log: OutputLog | null = null;
  #told = 0;
  #lastAt: number;
  #busy = false;
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(source: ByteSource, running: Running) {
    this.#source = source;
    this.#running = running;
    this.#lastAt = running.now();
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), lookEveryMs);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Tells what is new, or that something still runs. What cannot be read is not told: `gonogo logs` says why. */
  async look(): Promise<void> {
    const running = this.#running.running();
    if (this.#busy) return;
    this.#busy = true;
    try {
      const told = await this.#hear(running?.step ?? null).catch(() => false);
      if (told || running === null) this.#lastAt = this.#running.now();
      else if (this.#running.now() - this.#lastAt >= (running.step === null ? probeLifeEveryMs : lifeEveryMs))
        this.#tellLife(running);
    } finally {
      this.#busy = false;
    }
  }

  /** What `step`, or what was heard last, has printed since; true: something, or it shows itself. */
  async #hear(step: string | null): Promise<boolean> {
    const state = this.#running.state();
    const attempt = step === null ? null : attemptOf(state, step);
    // What has the terminal shows itself, and no sign of life comes between what is typed there.
    const shows = step !== null && outlineOf(state.runbook).places.get(step)?.step.tty === true;
    const path = attempt === null || shows ? null : `${attempt.folder}/output.log`;
    const isOver = this.#log !== null && this.#log.path !== path;
    const rest = isOver && (await this.#tellNew(true));
    if (path !== null && this.#log?.path !== path) {
      this.#log = new OutputLog(this.#source, path);
      this.#told = 0;
    }
    return shows || (path !== null && (await this.#tellNew(false))) || rest;
  }

  /** `isOver`: a last line without an end is one too. */
  async #tellNew(isOver: boolean): Promise<boolean> {
    const log = this.#log;
    if (log === null) return false;
    await log.poll();
    const fresh = (isOver ? log.lines : log.wholeLines) - this.#told;
    if (fresh <= 0) return false;
    const left = Math.max(0, fresh - linesAtOnceMax);
    if (left > 0) this.#running.say(`  | (${left} lines are not shown here; gonogo logs shows all)`);
    for (const line of await log.window(this.#told + left, fresh - left)) this.#running.say(outputText(line));
    this.#told += fresh;
    return true;
  }

  #tellLife({ words, since }: { readonly words: string; readonly since: number }): void {
    const now = this.#running.now();
    this.#running.say(`${visibleLine(words)}, ${elapsed(now - since)}`);
    this.#lastAt = now;
  }
}
