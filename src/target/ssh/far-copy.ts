/**
 * What an attempt on another machine printed, as it is kept here: one file a stream in the attempt's own folder, so that whoever looks
 * reads it here, also when that machine is gone.
 *
 * Invariants: a file only grows, byte for byte as it came, and is hashed as it grows. What arrives for another offset than its end
 * is not taken.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { outputNames } from '../local/output.ts';
import type { Stream } from '../target.ts';

const readBytes = 1024 * 1024;

export class Copy {
  #fd: number;
  #hash: Hash;
  #bytes = 0;

  /** `path`: a file that is there, or is made. */
  constructor(path: string) {
    this.#fd = openSync(path, 'a+', 0o600);
    this.#hash = createHash('sha256');
    const buffer = Buffer.alloc(Math.min(readBytes, fstatSync(this.#fd).size));
    if (buffer.length === 0) return;
    for (;;) {
      const length = readSync(this.#fd, buffer, 0, buffer.length, this.#bytes);
      if (length === 0) return;
      this.#hash.update(buffer.subarray(0, length));
      this.#bytes += length;
    }
  }

  /** How many bytes there are. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes `chunk`, whose first byte is at `at`. Throws where that is not the end, and what the disk throws. */
  take(at: number, chunk: Uint8Array): void {
    if (at !== this.#bytes) throw new Error(`output came for offset ${at} instead of ${this.#bytes}`);
    for (let written = 0; written < chunk.length; ) written += writeSync(this.#fd, chunk, written);
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
  }

  /** Begins anew, with nothing. */
  drop(): void {
    ftruncateSync(this.#fd, 0);
    this.#hash = createHash('sha256');
    this.#bytes = 0;
  }

  /** The sha256 of what is there, in lower-case hexadecimal digits. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  sync(): void {
    fsyncSync(this.#fd);
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}

/** Both streams of one attempt. That there is an own one for errors shows at the latest when some come. */
export class Copies {
  readonly output: Copy;
  readonly #errorsPath: string;
  #errors: Copy | null;

  /** `folder`: of the attempt, which is there. `split`: the streams are certainly apart. */
  constructor(folder: string, split: boolean) {
    this.output = new Copy(join(folder, outputNames.output));
    this.#errorsPath = join(folder, outputNames.errors);
    this.#errors = split || existsSync(this.#errorsPath) ? new Copy(this.#errorsPath) : null;
  }

  /** Null: what it prints is one stream, as far as is known. */
  get errors(): Copy | null {
    return this.#errors;
  }

  take(stream: Stream, at: number, chunk: Uint8Array): void {
    if (stream === 'output') this.output.take(at, chunk);
    else this.split().take(at, chunk);
  }

  /** The copy of its errors, which are apart. */
  split(): Copy {
    this.#errors ??= new Copy(this.#errorsPath);
    return this.#errors;
  }

  drop(): void {
    this.output.drop();
    this.#errors?.drop();
  }

  /** Whether they are what these sums say; null: nobody could make one, or the stream is empty. */
  isSame([output, errors]: readonly [string | null, string | null]): boolean {
    const same = (copy: Copy | null, sum: string | null): boolean => sum === null || copy?.digest() === sum;
    return same(this.output, output) && same(this.#errors, errors);
  }

  sync(): void {
    this.output.sync();
    this.#errors?.sync();
  }

  close(): void {
    this.output.close();
    this.#errors?.close();
  }
}
