/**
 * The sha256 of a file while it grows, so that a command's large output is hashed and on its way to the disk when the
 * command ends, instead of being read all over again.
 *
 * Invariants: one fixed buffer whatever the size; nothing is read twice; a file that is not there yet is waited for.
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Digest, GrowingDigest } from './host.ts';

const CHUNK_BYTES = 1024 * 1024;
const LOOK_EVERY_MS = 25;
/** The writing out is started this often, so that little is left to wait for at the end. */
const SYNC_EVERY_BYTES = 64 * 1024 * 1024;

/** Begins to follow `path`. */
export function followDigest(path: string): GrowingDigest {
  return new Follower(path);
}

class Follower implements GrowingDigest {
  readonly #path: string;
  readonly #hash: Hash = createHash('sha256');
  readonly #done: Promise<void>;
  #bytes = 0;
  #unsynced = 0;
  #syncing = false;
  #ending = false;
  #stopped = false;
  #wake: () => void = () => {};

  constructor(path: string) {
    this.#path = path;
    this.#done = this.#follow();
    // Whoever finishes is told; one who only stops does not care.
    this.#done.catch(() => {});
  }

  async finish(): Promise<Digest> {
    this.#ending = true;
    this.#wake();
    await this.#done;
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  stop(): void {
    this.#stopped = true;
    this.#ending = true;
    this.#wake();
  }

  async #follow(): Promise<void> {
    const file = await this.#opened();
    if (file === null) return;
    try {
      const buffer = new Uint8Array(CHUNK_BYTES);
      while (!this.#stopped) {
        // What is written before the end is asked for must be seen, so the flag is read before the file.
        const last = this.#ending;
        const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#bytes);
        if (bytesRead > 0) this.#take(file, buffer.subarray(0, bytesRead));
        else if (last) return;
        else await this.#pause();
      }
    } finally {
      while (this.#syncing) await this.#pause();
      await file.close();
    }
  }

  async #opened(): Promise<FileHandle | null> {
    for (;;) {
      const last = this.#ending;
      try {
        return await open(this.#path, 'r');
      } catch (error) {
        const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (!missing || last) throw error;
        await this.#pause();
      }
    }
  }

  #take(file: FileHandle, bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    this.#unsynced += bytes.length;
    if (this.#unsynced < SYNC_EVERY_BYTES || this.#syncing) return;
    this.#unsynced = 0;
    this.#syncing = true;
    // Only to have it begun: what counts is the sync after the end, which tells of errors.
    file
      .datasync()
      .catch(() => {})
      .finally(() => {
        this.#syncing = false;
        this.#wake();
      });
  }

  #pause(): Promise<void> {
    return new Promise((wake) => {
      const timer = setTimeout(wake, LOOK_EVERY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        wake();
      };
    });
  }
}
