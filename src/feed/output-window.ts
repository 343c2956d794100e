/**
 * Keeps one window of a run's output up to date with the bytes it is in, while they grow and afterwards.
 *
 * Invariants: one read at a time; a file is followed only while something may still be written to it or the window moved;
 * what a file has grown by is shown once every `flushMs` at most, however often keys are pressed.
 */
import type { StepId } from '../runbook/document.ts';
import type { ByteSource } from './byte-source.ts';
import { OutputLog } from './output-log.ts';
import { OutputSearch } from './output-search.ts';
import type { Sought } from './sought.ts';

/** 15 times a second. */
const flushMs = 66;
/** Megabytes looked through at once for what is sought. */
const piecesPerRefresh = 8;

/** What to show: a window over one file of an attempt of `run`. `folder`: of the attempt, as events name it. */
export interface OutputWanted {
  readonly run: string;
  readonly step: StepId;
  readonly folder: string;
  readonly growing: boolean;
  readonly stream: 'output' | 'stderr';
  /** Path, as events name it, of what the attempt left beside its output, for an action that prints nothing; null: nothing. */
  readonly evidence: string | null;
  /** First line, 0-based; null: the newest. */
  readonly top: number | null;
  readonly rows: number;
  /** From the first line on there are as many lines as rows, where there are as many at all; else it may be any line. */
  readonly filled: boolean;
  /** What is looked for in it; null: nothing. */
  readonly sought: Sought | null;
}

/** The part of the output that is on screen. `lines` are raw. */
export interface OutputView {
  readonly step: StepId | null;
  readonly lines: readonly string[];
  /** Number of the first of them, 0-based; null: they are the newest. */
  readonly first: number | null;
  readonly bytes: number;
  readonly total: number;
  readonly counted: boolean;
  /** Of the file, as events name it; null: nothing is shown of one. */
  readonly path: string | null;
  /** Which file it is, as an operator calls it: `Output`, `Standard error`, or the name of the evidence. */
  readonly name: string;
  /** There is output that was kept apart, and this is not it. */
  readonly apart: boolean;
  /** More may still come. */
  readonly open: boolean;
  /** Lines that hold what is looked for, so far. `counted`: there are no more. Null: nothing is looked for. */
  readonly matches: { readonly total: number; readonly counted: boolean } | null;
}

/** Nothing to show. */
export const noOutput: OutputView = {
  step: null,
  lines: [],
  first: null,
  bytes: 0,
  total: 0,
  counted: true,
  path: null,
  name: 'Output',
  apart: false,
  open: true,
  matches: null,
};

/** Follows the window that is wanted. `view` is what is known of it. */
export class OutputWindow {
  readonly #source: (run: string) => ByteSource;
  readonly #wanted: () => OutputWanted | null;
  readonly #changed: () => void;
  #logs: Logs | null = null;
  #search: OutputSearch | null = null;
  #view: OutputView = noOutput;
  /** The window that needs no further look. */
  #seen = '';
  /** The window that was fetched last. */
  #fetched = '';
  #busy = false;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** `source`: the output of a run. `wanted` is asked at every refresh; `changed` is called when `view` is another one. */
  constructor(source: (run: string) => ByteSource, wanted: () => OutputWanted | null, changed: () => void) {
    this.#source = source;
    this.#wanted = wanted;
    this.#changed = changed;
  }

  get view(): OutputView {
    return this.#view;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.refresh(), flushMs);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Fetches the window that is wanted now at once, where it is another one; what the file has grown by comes with the next refresh. */
  async follow(): Promise<void> {
    if (JSON.stringify(this.#wanted()) !== this.#fetched) await this.refresh();
  }

  /** Reads what is new and fetches the window that is wanted now. An unreadable file shows as empty, with the reason. */
  async refresh(): Promise<void> {
    if (this.#busy) return;
    const wanted = this.#wanted();
    const key = JSON.stringify(wanted);
    if (wanted !== null && !wanted.growing && key === this.#seen) return;
    this.#busy = true;
    this.#fetched = key;
    try {
      const next = wanted === null ? noOutput : await this.#read(wanted);
      if (wanted === null || (next.counted && next.matches?.counted !== false)) this.#seen = key;
      if (!same(next, this.#view)) {
        this.#view = next;
        this.#changed();
      }
    } catch (error) {
      this.#seen = key;
      const reason = error instanceof Error ? error.message : String(error);
      this.#view = { ...noOutput, step: wanted?.step ?? null, lines: [`The output cannot be read: ${reason}`] };
      this.#changed();
    } finally {
      this.#busy = false;
    }
  }

  /** The line after (or before) `from` that holds what is looked for, going round at the end; null without one. */
  async next(from: number, forward: boolean): Promise<number | null> {
    const wanted = this.#wanted();
    if (wanted === null) return null;
    const { log } = await this.#log(wanted);
    return (await this.#searchOf(wanted, log)?.next(from, forward, log.bytes)) ?? null;
  }

  async #read(wanted: OutputWanted): Promise<OutputView> {
    const { log, name } = await this.#log(wanted);
    const newest = Math.max(0, log.lines - (wanted.filled ? wanted.rows : 1));
    const first = wanted.top === null ? null : Math.min(wanted.top, newest);
    const lines = first === null ? log.tail(wanted.rows) : await log.window(first, wanted.rows);
    const { step, growing } = wanted;
    const { bytes, lines: total, counted } = log;
    return {
      step,
      lines,
      first,
      bytes,
      total,
      counted,
      path: bytes > 0 ? log.path : null,
      name,
      apart: name === 'Output' && bytes > 0 && (await this.#hasErrors(wanted)),
      open: growing,
      matches: await this.#matches(wanted, log),
    };
  }

  /** Whether the attempt wrote to standard error, where that is kept apart. */
  async #hasErrors(wanted: OutputWanted): Promise<boolean> {
    const { stderr } = this.#logsOf(wanted);
    await stderr.poll();
    return stderr.bytes > 0;
  }

  async #matches(wanted: OutputWanted, log: OutputLog): Promise<OutputView['matches']> {
    const search = this.#searchOf(wanted, log);
    if (search === null) return null;
    for (let piece = 0; piece < piecesPerRefresh; piece += 1) if (!(await search.advance(log.bytes))) break;
    return { total: search.total, counted: search.searched >= log.bytes };
  }

  /** The search that is wanted, as far as it came; a new one when something else is looked for or elsewhere. */
  #searchOf({ run, sought }: OutputWanted, log: OutputLog): OutputSearch | null {
    if (sought === null) this.#search = null;
    else if (this.#search?.path !== log.path || this.#search.key !== JSON.stringify(sought)) {
      this.#search = new OutputSearch(this.#source(run), log.path, sought);
    }
    return this.#search;
  }

  /** The file that is wanted, polled. Standard error, then the evidence, stand in where there is nothing else. */
  async #log(wanted: OutputWanted): Promise<{ readonly log: OutputLog; readonly name: string }> {
    const { output, stderr, evidence } = this.#logsOf(wanted);
    if (wanted.stream === 'output') {
      await output.poll();
      if (output.bytes > 0) return { log: output, name: 'Output' };
    }
    await stderr.poll();
    if (stderr.bytes > 0 || wanted.stream === 'stderr') return { log: stderr, name: 'Standard error' };
    await evidence?.poll();
    const shown = evidence !== null && evidence.bytes > 0 ? evidence : null;
    return shown === null ? { log: output, name: 'Output' } : { log: shown, name: evidenceName(wanted.evidence) };
  }

  #logsOf({ run, folder, evidence }: OutputWanted): Logs {
    if (this.#logs?.run !== run || this.#logs.folder !== folder || this.#logs.path !== evidence) {
      const source = this.#source(run);
      this.#logs = {
        run,
        folder,
        path: evidence,
        output: new OutputLog(source, `${folder}/output.log`),
        stderr: new OutputLog(source, `${folder}/stderr.log`),
        evidence: evidence === null ? null : new OutputLog(source, evidence),
      };
    }
    return this.#logs;
  }
}

interface Logs {
  readonly run: string;
  readonly folder: string;
  /** Of the evidence. */
  readonly path: string | null;
  readonly output: OutputLog;
  readonly stderr: OutputLog;
  readonly evidence: OutputLog | null;
}

/** `Answer` for the body of a request, else the file's own name. */
function evidenceName(path: string | null): string {
  const name = path?.split('/').at(-1) ?? '';
  return name === 'body' ? 'Answer' : `Evidence ${name}`;
}

function same(a: OutputView, b: OutputView): boolean {
  return (
    a.step === b.step &&
    a.first === b.first &&
    a.bytes === b.bytes &&
    a.total === b.total &&
    a.counted === b.counted &&
    a.name === b.name &&
    a.path === b.path &&
    a.apart === b.apart &&
    a.open === b.open &&
    a.matches?.total === b.matches?.total &&
    a.matches?.counted === b.matches?.counted &&
    a.lines.length === b.lines.length &&
    a.lines.every((line, index) => line === b.lines[index])
  );
}
