/**
 * A growing log file, seen by lines: its newest lines from a buffer, any others by a sparse index.
 *
 * Invariants:
 * - Memory is bounded whatever the file's size: a tail of at most `tailBytesMax` bytes and at most `checkpointsMax` numbers.
 * - A line that is shown is at most `lineBytesMax` bytes long, counted after its carriage returns; of one that is overwritten
 *   again and again the last `overwrittenBytesMax` bytes are looked at.
 * - Only what is asked for is read; `poll` reads a bounded amount and says whether anything changed.
 *
 * Lines are as a terminal would leave them after their carriage returns; whoever shows them sanitises.
 */
import { decode } from '../diagnostics/sanitise.ts';
import { afterReturns, withoutScriptPath } from '../diagnostics/terminal-line.ts';
import type { ByteSource } from './byte-source.ts';

export const tailBytesMax = 1024 * 1024;
const chunkBytes = 1024 * 1024;
const chunksPerPoll = 8;
const lineBytesMax = 4096;
const overwrittenBytesMax = 64 * 1024;
const carriageReturn = 13;
const checkpointsMax = 65_536;
const newline = 10;

export class OutputLog {
  readonly path: string;
  readonly #source: ByteSource;
  #tail: Uint8Array = new Uint8Array();
  /** Offset in the file of the tail's first byte. */
  #tailStart = 0;
  #size = 0;
  #indexed = 0;
  #newlines = 0;
  #lastByte = newline;
  #stride = 64 * 1024;
  /** Newlines before offset `index × stride`. */
  #checkpoints: number[] = [0];

  constructor(source: ByteSource, path: string) {
    this.#source = source;
    this.path = path;
  }

  /** Bytes of the file, as far as known. */
  get bytes(): number {
    return this.#size;
  }

  /** Lines that were counted so far; an unfinished last one counts. */
  get lines(): number {
    return this.#newlines + (this.#lastByte === newline ? 0 : 1);
  }

  /** Lines that were counted so far and are finished. */
  get wholeLines(): number {
    return this.#newlines;
  }

  /** False while earlier output is still being counted. */
  get counted(): boolean {
    return this.#indexed >= this.#size;
  }

  /** Reads what was appended since, at most some megabytes. True when anything is new. */
  async poll(): Promise<boolean> {
    let grew = false;
    for (let round = 0; round < chunksPerPoll; round += 1) {
      const chunk = await this.#source.readRange(this.path, this.#indexed, chunkBytes);
      if (chunk.length === 0) return grew;
      grew = true;
      this.#index(chunk);
      if (chunk.length < chunkBytes) return true;
    }
    const { bytes, size } = await this.#source.readTail(this.path, tailBytesMax);
    this.#tail = bytes;
    this.#tailStart = size - bytes.length;
    this.#size = size;
    return true;
  }

  /** The last `count` lines, from memory. */
  tail(count: number): readonly string[] {
    const lines: string[] = [];
    let end = this.#tail.length;
    if (end > 0 && this.#tail[end - 1] === newline) end -= 1;
    while (lines.length < count && end >= 0 && this.#tail.length > 0) {
      const before = end === 0 ? -1 : this.#tail.lastIndexOf(newline, end - 1);
      if (before < 0 && this.#tailStart > 0 && lines.length > 0) break;
      lines.push(textOf(this.#tail.subarray(before + 1, end)));
      if (before < 0) break;
      end = before;
    }
    return lines.reverse();
  }

  /** Lines `first` … `first + count` (0-based), fewer at the end. */
  async window(first: number, count: number): Promise<readonly string[]> {
    const lines: string[] = [];
    let at = await this.#offsetOf(first);
    for (let line = first; lines.length < count && at < this.#indexed; ) {
      const bytes = await this.#source.readRange(this.path, at, Math.min(chunkBytes, count * lineBytesMax));
      if (bytes.length === 0) break;
      const { found, used } = splitWhole(bytes, count - lines.length);
      if (found.length > 0) {
        lines.push(...found);
        line += found.length;
        at += used;
        continue;
      }
      const next = line >= this.#newlines ? this.#indexed : await this.#offsetOf(line + 1);
      lines.push(await this.#longLine(bytes, at, next));
      line += 1;
      at = next;
    }
    return lines;
  }

  /** A line that is longer than was read of it: its start, or its end where it is overwritten again and again. */
  async #longLine(start: Uint8Array, at: number, next: number): Promise<string> {
    if (next - at <= start.length) return textOf(start);
    const from = Math.max(at, next - overwrittenBytesMax);
    const end = await this.#source.readRange(this.path, from, next - from);
    const line = end.at(-1) === newline ? end.subarray(0, -1) : end;
    return line.includes(carriageReturn) ? textOf(line) : textOf(start);
  }

  #index(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const boundary = this.#checkpoints.length * this.#stride;
      const end = Math.min(chunk.length, at + boundary - this.#indexed);
      this.#newlines += newlinesIn(chunk, at, end);
      this.#indexed += end - at;
      at = end;
      if (this.#indexed === boundary) this.#checkpoint();
    }
    this.#lastByte = chunk[chunk.length - 1] ?? this.#lastByte;
    this.#size = Math.max(this.#size, this.#indexed);
    const joined = new Uint8Array(Math.min(tailBytesMax, this.#tail.length + chunk.length));
    const kept = joined.length - Math.min(chunk.length, joined.length);
    joined.set(this.#tail.subarray(this.#tail.length - kept), 0);
    joined.set(chunk.subarray(chunk.length - (joined.length - kept)), kept);
    this.#tail = joined;
    this.#tailStart = this.#indexed - joined.length;
  }

  #checkpoint(): void {
    this.#checkpoints.push(this.#newlines);
    if (this.#checkpoints.length <= checkpointsMax) return;
    this.#checkpoints = this.#checkpoints.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  /** Offset of the first byte of line `line`; the end of what was counted when there is no such line. */
  async #offsetOf(line: number): Promise<number> {
    if (line <= 0) return 0;
    if (line > this.#newlines) return this.#indexed;
    let place = lastBelow(this.#checkpoints, line);
    let seen = this.#checkpoints[place] ?? 0;
    for (; place < this.#checkpoints.length; place += 1) {
      const bytes = await this.#source.readRange(this.path, place * this.#stride, this.#stride);
      for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) {
        seen += 1;
        if (seen === line) return place * this.#stride + at + 1;
      }
    }
    return this.#indexed;
  }
}

/** Whole lines at the start of `bytes`, at most `count`, and how many bytes they take. */
function splitWhole(bytes: Uint8Array, count: number): { readonly found: readonly string[]; readonly used: number } {
  const found: string[] = [];
  let used = 0;
  while (found.length < count) {
    const end = bytes.indexOf(newline, used);
    if (end < 0) break;
    found.push(textOf(bytes.subarray(used, end)));
    used = end + 1;
  }
  return { found, used };
}

function textOf(line: Uint8Array): string {
  if (line.length <= lineBytesMax && !line.includes(carriageReturn)) return withoutScriptPath(decode(line));
  const end = line.subarray(-overwrittenBytesMax);
  if (!end.includes(carriageReturn)) return decode(line.subarray(0, lineBytesMax));
  const returned = end.indexOf(carriageReturn);
  // What stands before the first return of a part is half of something that was overwritten.
  const whole = end.length < line.length ? end.subarray(returned + 1) : end;
  return afterReturns(decode(whole)).slice(0, lineBytesMax);
}

function newlinesIn(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(newline, start); at >= 0 && at < end; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
}

/** Index of the last number that is less than `line`. `numbers` is ascending and starts with 0; `line` ≥ 1. */
function lastBelow(numbers: readonly number[], line: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] ?? 0) < line) low = middle;
    else high = middle - 1;
  }
  return low;
}
