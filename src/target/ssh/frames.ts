/**
 * What the far end answers, out of the bytes of its standard output: frames behind a marker.
 *
 * Invariants: what comes before the marker is nothing of ours, however it looks. Bytes that belong to a frame are given on as they
 * come and never kept. A frame that is none of ours ends the reading, and nothing after it is believed.
 */

/** Told of each frame, in order. */
export interface FrameReader {
  /** A line: its first word and the rest. Of one with bytes behind it, `bytes` is told before the line of the next. */
  line(word: string, rest: string): void;
  /** Some bytes of the frame `word` whose line said `offset`, the first of them at offset `at`. */
  bytes(word: string, at: number, chunk: Uint8Array): void;
}

/** Longer lines are none of ours. */
const lineBytesMax = 65_536;

/** Words of the frames with bytes behind them: `WORD OFFSET LENGTH`. */
const withBytes: ReadonlySet<string> = new Set(['O', 'E', 'D']);

export class Frames {
  readonly marker: string;
  readonly #marker: Buffer;
  #held: Buffer = Buffer.alloc(0);
  #found = false;
  /** The frame whose bytes are due. */
  #due: { readonly word: string; at: number; left: number } | null = null;

  constructor(marker: string) {
    this.marker = marker;
    this.#marker = Buffer.from(`\n${marker}\n`);
  }

  /** Whether the marker has come. */
  get found(): boolean {
    return this.#found;
  }

  /** Takes what has come. False: it is not what we speak. */
  push(chunk: Buffer, reader: FrameReader): boolean {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    if (!this.#found) {
      const at = rest.indexOf(this.#marker);
      if (at < 0) {
        this.#held = Buffer.from(rest.subarray(Math.max(0, rest.length - this.#marker.length + 1)));
        return true;
      }
      this.#found = true;
      rest = rest.subarray(at + this.#marker.length);
    }
    while (rest.length > 0) {
      const taken = this.#due === null ? this.#line(rest, reader) : this.#bytes(this.#due, rest, reader);
      if (taken === null) return false;
      if (taken === 0) {
        this.#held = Buffer.from(rest);
        return rest.length <= lineBytesMax;
      }
      rest = rest.subarray(taken);
    }
    return true;
  }

  #line(rest: Buffer, reader: FrameReader): number | null {
    const end = rest.indexOf(10);
    if (end < 0) return 0;
    const text = rest.toString('utf8', 0, end);
    const space = text.indexOf(' ');
    const word = space < 0 ? text : text.slice(0, space);
    const more = space < 0 ? '' : text.slice(space + 1);
    if (!/^[A-Z?]$/.test(word)) return null;
    if (withBytes.has(word)) {
      const [at, left] = more.split(' ').map(Number);
      if (at === undefined || left === undefined || !Number.isSafeInteger(at) || !Number.isSafeInteger(left))
        return null;
      if (left > 0) this.#due = { word, at, left };
    }
    reader.line(word, more);
    return end + 1;
  }

  #bytes(due: { readonly word: string; at: number; left: number }, rest: Buffer, reader: FrameReader): number {
    const chunk = rest.subarray(0, Math.min(due.left, rest.length));
    reader.bytes(due.word, due.at, chunk);
    due.at += chunk.length;
    due.left -= chunk.length;
    if (due.left === 0) this.#due = null;
    return chunk.length;
  }
}
