/**
 * The lines of a growing log that hold what is sought, found piece by piece.
 *
 * Invariants: a bounded piece is read at a time; memory is bounded whatever the file's size: numbers of at most `linesMax` lines
 * are kept, the others are only counted; a line counts once.
 */
import type { ByteSource } from './byte-source.ts';
import { bytesPattern, type Sought } from './sought.ts';

const chunkBytes = 1024 * 1024;
const linesMax = 100_000;
/** What is carried from the end of a piece, where a line may go on in the next one. */
const carryBytes = 64 * 1024;
const newline = 10;

export class OutputSearch {
  readonly path: string;
  readonly key: string;
  readonly #source: ByteSource;
  readonly #pattern: RegExp;
  readonly #lines: number[] = [];
  #last: Promise<unknown> = Promise.resolve();
  #total = 0;
  #offset = 0;
  /** Number of the line that `#offset` is in. */
  #line = 0;

  constructor(source: ByteSource, path: string, sought: Sought) {
    this.#source = source;
    this.path = path;
    this.key = JSON.stringify(sought);
    this.#pattern = bytesPattern(sought);
  }

  /** Lines found so far. */
  get total(): number {
    return this.#total;
  }

  /** Bytes that were looked through. */
  get searched(): number {
    return this.#offset;
  }

  /** Looks through the next piece before byte `end`; false when there is none. Who comes meanwhile waits. */
  advance(end: number): Promise<boolean> {
    const turn = this.#last.then(() => this.#advance(end));
    this.#last = turn.catch(() => false);
    return turn;
  }

  async #advance(end: number): Promise<boolean> {
    if (this.#offset >= end) return false;
    const wanted = Math.min(chunkBytes, end - this.#offset);
    const bytes = await this.#source.readRange(this.path, this.#offset, wanted);
    if (bytes.length === 0) return false;
    const last = bytes.lastIndexOf(newline);
    // Only whole lines, so that nothing is split; at the very end, and in a line longer than a piece, what there is.
    const whole = last >= 0 && this.#offset + bytes.length < end ? last + 1 : bytes.length;
    const { newlines } = this.#look(bytes.subarray(0, whole));
    const goesOn = last < 0 && whole === chunkBytes;
    this.#offset += goesOn ? whole - carryBytes : whole;
    this.#line += newlines;
    return true;
  }

  /** The line after (or before) `from`, going round at the end; null without any. Reads on as far as that takes. */
  async next(from: number, forward: boolean, end: number): Promise<number | null> {
    if (forward) {
      for (;;) {
        const found = this.#lines.find((line) => line > from);
        if (found !== undefined) return found;
        if (!(await this.advance(end))) return this.#lines[0] ?? null;
      }
    }
    const before = (): number | undefined => this.#lines.findLast((line) => line < from);
    while ((before() === undefined || this.#line < from) && (await this.advance(end)));
    return before() ?? this.#lines.at(-1) ?? null;
  }

  #look(bytes: Uint8Array): { readonly newlines: number } {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    this.#pattern.lastIndex = 0;
    let newlines = 0;
    let counted = 0;
    for (let match = this.#pattern.exec(text); match !== null; match = this.#pattern.exec(text)) {
      newlines += newlinesIn(bytes, counted, match.index);
      counted = match.index;
      this.#found(this.#line + newlines);
      const after = bytes.indexOf(newline, match.index);
      if (after < 0) break;
      this.#pattern.lastIndex = after + 1;
    }
    return { newlines: newlines + newlinesIn(bytes, counted, bytes.length) };
  }

  #found(line: number): void {
    if (this.#lines.at(-1) === line) return;
    this.#total += 1;
    if (this.#lines.length < linesMax) this.#lines.push(line);
  }
}

function newlinesIn(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(newline, start); at >= 0 && at < end; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
}
