/**
 * What this machine has recorded in a run, kept here too: by it a database that went back to an earlier moment is found out and mended.
 *
 * Invariants:
 * - It holds only lines that the store said it has, from the first one on, without a gap; it may lack the last of them.
 * - Nobody waits for it, and what it cannot be written for costs the copy and never the run.
 * - What comes of it is put back as the bytes that it is; nothing in it is believed unverified.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type AppendFile, type Host, HostError } from '../../host/host.ts';
import { type Head, JournalError } from '../../journal/journal.ts';
import { LINE_BYTES_MAX } from '../../journal/record.ts';
import { pinDocuments } from '../folder/lease.ts';
import { documentPath, journalPath } from '../folder/run-folder.ts';
import type { PinnedDocument, Position } from '../store.ts';

const FOLDER = 'copy';
const tailBytes = 64 * 1024;
const chunkBytes = 1024 * 1024;
const newline = 10;

/** Where the lines of a copy end. */
export type CopyHead = Head & Position;

export class Copy {
  readonly #host: Host;
  readonly #workspace: string;
  readonly #folder: string;
  /** Number of the last line that is written or about to be; null: nobody has looked. */
  #seq: number | null = null;
  #pending: Uint8Array[] = [];
  #file: AppendFile | null = null;
  #writing: Promise<void> | null = null;
  #broken = false;

  /** `workspace`: absolute folder of the run on this machine. */
  constructor(host: Host, workspace: string) {
    this.#host = host;
    this.#workspace = workspace;
    this.#folder = join(workspace, FOLDER);
  }

  /** Where its last whole line ends; null: there is none, or it is no copy. */
  async head(): Promise<CopyHead | null> {
    const { files } = this.#host;
    try {
      const size = (await files.facts(journalPath(this.#folder)))?.bytes ?? 0;
      for (let length = tailBytes; size > 0; length *= 4) {
        const start = Math.max(0, size - length);
        const tail = Buffer.from(await files.readRange(journalPath(this.#folder), start, size - start));
        const end = tail.lastIndexOf(newline);
        const from = end < 1 ? -1 : tail.lastIndexOf(newline, end - 1);
        if (end >= 0 && (from >= 0 || start === 0)) return headOf(tail.subarray(from + 1, end), start + end + 1);
        if (start === 0 || length > 2 * LINE_BYTES_MAX) return null;
      }
      return null;
    } catch (error) {
      if (error instanceof HostError) return null;
      throw error;
    }
  }

  /** Its lines up to the last whole one, with their newlines, in chunks of any size. */
  async *chunks({ bytes }: CopyHead): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes; ) {
      const chunk = await this.#host.files.readRange(journalPath(this.#folder), at, Math.min(chunkBytes, bytes - at));
      if (chunk.length === 0) return;
      yield chunk;
      at += chunk.length;
    }
  }

  /** The documents that were pinned from here. */
  async documents(): Promise<readonly PinnedDocument[]> {
    const { files } = this.#host;
    const found: PinnedDocument[] = [];
    for (const name of await files.list(join(this.#folder, 'documents')).catch(none)) {
      if (!/^[0-9a-f]{64}\.yaml$/.test(name)) continue;
      const bytes = await files.read(documentPath(this.#folder, name.replace(/\.yaml$/, '')), { noFollow: true });
      found.push({ sha256: createHash('sha256').update(bytes).digest('hex'), bytes });
    }
    return found;
  }

  /** Keeps documents that the store has. */
  async pin(documents: readonly PinnedDocument[]): Promise<void> {
    try {
      await this.#host.files.ensureFolder(join(this.#folder, 'documents'));
      await pinDocuments(this.#host, this.#folder, documents);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }

  /** Adds lines that the store has after record `after`; they are durable soon. What is here already is passed over. */
  append(after: number, seq: number, bytes: Uint8Array): void {
    if (this.#broken || this.#seq === null || seq <= this.#seq) return;
    if (after !== this.#seq) {
      this.#broken = true;
      return;
    }
    this.#seq = seq;
    this.#pending.push(bytes);
    this.#writing ??= this.#write();
  }

  /** Makes it end where the store's lines do: `records` gives those after a place. */
  async catchUp(end: Head, records: (after: Position) => AsyncIterable<Uint8Array>): Promise<void> {
    const known = (await this.head()) ?? { seq: 0, bytes: 0 };
    try {
      await this.#open(known.bytes);
      this.#seq = known.seq;
      if (known.seq >= end.seq) return;
      for await (const chunk of records(known)) await this.#file?.append(chunk);
      this.#seq = end.seq;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#broken = true;
    }
  }

  async #open(bytes: number): Promise<void> {
    const { files } = this.#host;
    const path = journalPath(this.#folder);
    await this.close();
    await files.ensureFolder(this.#folder);
    const size = (await files.facts(path))?.bytes ?? null;
    if (size === null) await files.create(path, new Uint8Array());
    // A line that a death cut off.
    else if (size > bytes) await files.truncate(path, bytes);
    this.#file = await files.openAppend(path);
  }

  /** As long as lines come; those that came while others were written go together. */
  async #write(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const bytes = Buffer.concat(this.#pending);
        this.#pending = [];
        await this.#file?.append(bytes);
      }
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#broken = true;
    } finally {
      this.#writing = null;
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(none);
  }

  /** Puts it away as it is, under another name, so that a new one can be begun. */
  async setAside(): Promise<void> {
    const { files, ids } = this.#host;
    await files.rename(this.#folder, join(this.#workspace, `branch-${ids.short(8)}`));
  }
}

function headOf(line: Uint8Array, bytes: number): CopyHead | null {
  try {
    const record: unknown = JSON.parse(new TextDecoder().decode(line));
    const seq = typeof record === 'object' && record !== null && 'seq' in record ? record.seq : null;
    if (typeof seq !== 'number') return null;
    return { seq, bytes, sha256: createHash('sha256').update(line).digest('hex') };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function none(error: unknown): readonly string[] {
  if (error instanceof HostError || error instanceof JournalError) return [];
  throw error;
}
