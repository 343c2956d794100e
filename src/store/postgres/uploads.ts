/**
 * How what the steps of this machine write comes into the database: whole pieces while a step runs, the rest with the record of its end.
 *
 * Invariants:
 * - It goes over a line of its own, so a record never waits behind output.
 * - What a step writes is read, never changed; a step does not wait for any of this.
 * - A file above `maxEvidence` is not taken at all: it stays where it is, and the store is told where.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { factsNow, type Host, HostError } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import type { Evidence } from '../../run/event.ts';
import { type Line, Lost } from './connection.ts';
import { pieceBytes } from './evidence.ts';

const lookEveryMs = 500;
const wakeEveryMs = 100;
const smallBytes = 16 * 1024;
/** Of one file in one look, so that one step's flood does not keep the others from being seen. */
const piecesPerLook = 16;

interface UploadsParts {
  readonly host: Host;
  readonly run: string;
  readonly epoch: number;
  /** Absolute folder of the run on this machine. */
  readonly workspace: string;
  /** How this machine is known among all. */
  readonly place: string;
  readonly connect: () => Line;
  readonly maxEvidence: number;
}

/** What goes with the lines that name it, in three lists of one length. */
interface Rest {
  readonly paths: readonly string[];
  readonly starts: readonly number[];
  readonly pieces: readonly Buffer[];
}

export class Uploads {
  /** For what may wait: pieces, tails, the inbox. */
  readonly line: Line;
  readonly #parts: UploadsParts;
  readonly #ended = new AbortController();
  /** Path → how many bytes of it are in whole pieces. */
  readonly #whole = new Map<string, number>();
  /** Path → how many bytes of it were seen last. */
  readonly #seen = new Map<string, number>();
  /** Paths that a call to keep something has tried, and was not answered. */
  readonly #keeping = new Set<string>();
  #running: readonly string[] = [];
  #waking = false;
  #news = false;
  #following: Promise<void> | null = null;

  constructor(parts: UploadsParts) {
    this.#parts = parts;
    this.line = parts.connect();
  }

  /** From now on what is written into these folders goes up as it comes, and into no other. */
  follow(running: readonly string[]): void {
    this.#running = running;
    if (running.length > 0) this.#following ??= this.#watch();
  }

  end(): void {
    this.#ended.abort();
  }

  /** Wakes those who follow the run: nobody waits for it, and of many calls at once the first and the last do. */
  wake(): void {
    this.#news = true;
    if (this.#waking) return;
    this.#waking = true;
    const { host, run } = this.#parts;
    const { signal } = this.#ended;
    const wakes = async (): Promise<void> => {
      while (this.#news) {
        this.#news = false;
        await this.line.query('select gonogo.wake($1)', [run]).catch(passing);
        await host.clock.sleep(wakeEveryMs, signal);
      }
      this.#waking = false;
    };
    void wakes();
  }

  /** True while a command of the run has begun and not ended. */
  async anyRuns(): Promise<boolean> {
    const { host, workspace } = this.#parts;
    for (const folder of this.#running) {
      const claimed = await factsOf(host, join(workspace, folder, 'claim'));
      if (claimed && !(await factsOf(host, join(workspace, folder, 'exit')))) return true;
    }
    return false;
  }

  /** Sends the whole pieces of `evidence` that are not there yet, and resolves with what is left of each: less than a piece. */
  async rest(evidence: readonly Evidence[]): Promise<Rest> {
    const { host, workspace, maxEvidence } = this.#parts;
    const rest = { paths: [] as string[], starts: [] as number[], pieces: [] as Buffer[] };
    const stays: Pick<Evidence, 'path' | 'bytes'>[] = [];
    for (const { path, bytes } of evidence) {
      const full = join(workspace, path);
      // What is not here was kept in the store, by us or by whoever sent it.
      if ((await factsNow(host.files, full)) === null) continue;
      if (bytes > maxEvidence) {
        stays.push({ path, bytes });
        continue;
      }
      const start = await this.#wholePieces(path, full, bytes, Number.POSITIVE_INFINITY);
      rest.paths.push(path);
      rest.starts.push(start);
      rest.pieces.push(Buffer.from(await this.#read(full, start, bytes - start)));
    }
    if (stays.length > 0) await this.#tellStays(stays);
    return rest;
  }

  /** Most of what steps leave is a few lines: it takes no turn of its own. */
  async #read(full: string, start: number, length: number): Promise<Uint8Array> {
    const { files } = this.#parts.host;
    if (start > 0 || length > smallBytes || files.readAtOnce === undefined) return files.readRange(full, start, length);
    return files.readAtOnce(full, length);
  }

  /** Of a file that is named at several lengths the longest counts. */
  async #tellStays(stays: readonly Pick<Evidence, 'path' | 'bytes'>[]): Promise<void> {
    const { host, run, epoch, place } = this.#parts;
    const longest = new Map<string, number>();
    for (const { path, bytes } of stays) longest.set(path, Math.max(bytes, longest.get(path) ?? 0));
    const values = [run, epoch, [...longest.keys()], [...longest.values()], place, host.machine.hostname];
    await this.line.query('select gonogo.keep_elsewhere($1, $2, $3, $4, $5, $6)', values);
  }

  /** Keeps evidence under a new path. null: another drives the run. Rejects with `HostError` `exists`. */
  async keep(path: string, bytes: Uint8Array): Promise<Evidence | null> {
    const again = this.#keeping.has(path);
    this.#keeping.add(path);
    for (let start = 0; start === 0 || start < bytes.length; start += pieceBytes) {
      const said = await this.#put(path, start, bytes.subarray(start, start + pieceBytes), true);
      if (said === 'refused') return null;
      // What an earlier try of this very call left is its own.
      if (said === 'other' || (said === 'already' && start === 0 && !again)) {
        this.#keeping.delete(path);
        throw new HostError('exists', path, `${path} is kept already`);
      }
    }
    this.#keeping.delete(path);
    return { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  /** Sends what is whole of the first `bytes` bytes, at most `most` pieces; resolves with how many bytes are there in whole pieces. */
  async #wholePieces(path: string, full: string, bytes: number, most: number): Promise<number> {
    const { files } = this.#parts.host;
    let whole = this.#whole.get(path) ?? 0;
    for (let count = 0; whole + pieceBytes <= bytes && count < most; count += 1) {
      const piece = await files.readRange(full, whole, pieceBytes);
      if (piece.length < pieceBytes) break;
      if ((await this.#put(path, whole, piece)) === 'refused') break;
      whole += pieceBytes;
      this.#whole.set(path, whole);
    }
    return whole;
  }

  async #put(path: string, start: number, bytes: Uint8Array, anew = false): Promise<string> {
    const { run, epoch } = this.#parts;
    return putPiece(this.line, { run, epoch, path, start, bytes, anew });
  }

  async #watch(): Promise<void> {
    const { clock } = this.#parts.host;
    const { signal } = this.#ended;
    while (!signal.aborted) {
      for (const folder of this.#running) await this.#look(folder).catch(passing);
      await clock.sleep(lookEveryMs, signal);
    }
  }

  async #look(folder: string): Promise<void> {
    const { host, workspace, maxEvidence, run, epoch } = this.#parts;
    const names = await host.files.list(join(workspace, folder)).catch(nothing);
    for (const name of names.filter((one) => one.endsWith('.log'))) {
      const path = `${folder}/${name}`;
      const full = join(workspace, path);
      const bytes = (await host.files.facts(full))?.bytes ?? 0;
      const seen = this.#seen.get(path) ?? 0;
      // Of what stays here the beginning is sent, once.
      if (bytes === seen || seen > maxEvidence) continue;
      const whole = bytes > maxEvidence ? 0 : await this.#wholePieces(path, full, bytes, piecesPerLook);
      const tail = await host.files.readRange(full, whole, pieceBytes);
      // It may have ended meanwhile: then its rest went with the record, and nobody needs a tail.
      if (!this.#running.includes(folder)) return;
      await this.line.query('select gonogo.put_tail($1, $2, $3, $4, $5)', [run, epoch, path, whole, Buffer.from(tail)]);
      if (bytes > maxEvidence || whole + tail.length === bytes) this.#seen.set(path, bytes);
    }
  }
}

interface Put {
  readonly run: string;
  /** null: nobody's who drives, for what lies below `attached/`. */
  readonly epoch: number | null;
  readonly path: string;
  readonly start: number;
  readonly bytes: Uint8Array;
  /** The path must be new. */
  readonly anew: boolean;
}

/** Puts one piece: `kept`, `already` for the very same, `other` where another is there, `refused` for an epoch that has passed. */
export async function putPiece(line: Line, { run, epoch, path, start, bytes, anew }: Put): Promise<string> {
  const values = [run, epoch, path, start, Buffer.from(bytes), anew];
  const [row] = await line.query('select gonogo.put_piece($1, $2, $3, $4, $5, $6) as said', values);
  return String(row?.['said']);
}

async function factsOf({ files }: Host, path: string): Promise<boolean> {
  return (await files.facts(path)) !== null;
}

/** What watchers see late. */
function passing(error: unknown): void {
  if (!(error instanceof Lost || error instanceof HostError || error instanceof JournalError)) throw error;
}

function nothing(error: unknown): readonly string[] {
  if (error instanceof HostError) return [];
  throw error;
}
