/**
 * What backs the claims of a run, in pieces by their sha256: what a machine's steps wrote goes up, and everybody reads it.
 *
 * Invariants:
 * - A piece is never changed. What a file grew by is more pieces; of two that begin at one place the longer counts.
 * - `tail` is what a step wrote since its last whole piece: it is for who watches, and proves nothing.
 * - On the machine where it lies whole it is read there. What is too large for the store lies there alone, which the store tells.
 * - What a step writes is looked for no more often than every `endEveryMs`, and always once new records were read: these name it.
 */
import { createHash } from 'node:crypto';
import type { Clock, Files } from '../../host/host.ts';
import { folderEvidence } from '../folder/evidence.ts';
import type { EvidenceReader } from '../store.ts';
import type { Row } from './connection.ts';

export const pieceBytes = 256 * 1024;

/** From one look at the end of what grows to the next. */
const endEveryMs = 400;
/** Of 256 KiB at most. */
const chunksKept = 8;

type Query = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

/** Where the bytes of one path are: from `start` on `length` bytes, in `sha256` or in the tail (null). */
interface Piece {
  readonly start: number;
  readonly length: number;
  readonly sha256: string | null;
}

/** What was found at the end of what grows, and when: until then nobody needs to ask again. */
export class Ends {
  readonly #clock: Pick<Clock, 'steady'>;
  readonly #known = new Map<string, { readonly end: number; readonly at: number }>();

  constructor(clock: Pick<Clock, 'steady'>) {
    this.#clock = clock;
  }

  /** True while nothing can be new at `start`, for all that a follower has to know. */
  isEnd(run: string, path: string, start: number): boolean {
    const known = this.#known.get(`${run} ${path}`);
    return known !== undefined && known.end === start && this.#clock.steady() - known.at < endEveryMs;
  }

  note(run: string, path: string, end: number): void {
    this.#known.set(`${run} ${path}`, { end, at: this.#clock.steady() });
  }

  /** After records were read: what they name is there now. */
  forget(): void {
    this.#known.clear();
  }
}

/** Where the evidence of a run is. */
export interface EvidencePlace {
  readonly query: Query;
  readonly run: string;
  readonly files: Files;
  /** Absolute folder of the run on this machine. */
  readonly workspace: string;
  /** How this machine is known among all. */
  readonly place: string;
  readonly ends: Ends;
}

/** The evidence of `run` as the database has it. */
function storedEvidence({ query, run, ends }: EvidencePlace): Omit<EvidenceReader, 'elsewhere'> {
  const piecesOf = (path: string): Promise<readonly Piece[]> => pieces(query, run, path);
  const kept = new Map<string, Uint8Array>();
  const chunk = async (sha256: string): Promise<Uint8Array> => {
    const known = kept.get(sha256);
    if (known !== undefined) return known;
    const [row] = await query('select bytes from gonogo.chunk where sha256 = $1', [sha256]);
    const bytes = bytesIn(row);
    kept.set(sha256, bytes);
    const [oldest] = kept.keys();
    if (kept.size > chunksKept && oldest !== undefined) kept.delete(oldest);
    return bytes;
  };
  const bytesOf = async (path: string, { start, length, sha256 }: Piece): Promise<Uint8Array> => {
    const tail = 'select bytes from gonogo.tail where run = $1 and path = $2 and start = $3';
    const bytes = sha256 === null ? bytesIn((await query(tail, [run, path, start]))[0]) : await chunk(sha256);
    // A tail that became a piece since is read by the next look.
    return bytes.subarray(0, length);
  };
  const readRange = async (path: string, start: number, length: number): Promise<Uint8Array> => {
    if (ends.isEnd(run, path, start)) return new Uint8Array();
    const parts: Uint8Array[] = [];
    let at = start;
    for (const piece of await piecesOf(path)) {
      if (at >= start + length) break;
      if (piece.start > at) break;
      if (piece.start + piece.length <= at) continue;
      const bytes = (await bytesOf(path, piece)).subarray(at - piece.start, start + length - piece.start);
      parts.push(bytes);
      at += bytes.length;
      if (at < Math.min(start + length, piece.start + piece.length)) break;
    }
    if (parts.length === 0) ends.note(run, path, start);
    return parts.length > 1 ? Buffer.concat(parts) : (parts[0] ?? new Uint8Array());
  };
  return {
    size: async (path) => endOf(await piecesOf(path)),
    readRange,
    readTail: async (path, bytesMax) => {
      const size = endOf(await piecesOf(path)) ?? 0;
      const start = Math.max(0, size - bytesMax);
      return { bytes: await readRange(path, start, size - start), size };
    },
    digests: async (path, lengths) => {
      const found = (await piecesOf(path)).filter(({ sha256 }) => sha256 !== null);
      if (endOf(found) === null) return null;
      return digestsOf(found, (piece) => bytesOf(path, piece), lengths);
    },
  };
}

/** What is there of a path without a gap, in order; none: no such evidence. */
async function pieces(query: Query, run: string, path: string): Promise<readonly Piece[]> {
  const rows = await query(
    `select start::float8 as start, length, sha256 from gonogo.piece where run = $1 and path = $2
     union all select start::float8, length(bytes), null from gonogo.tail where run = $1 and path = $2
     order by start, length desc`,
    [run, path],
  );
  const found: Piece[] = [];
  let end = 0;
  for (const { start, length, sha256 } of rows) {
    if (typeof start !== 'number' || typeof length !== 'number') throw new Error('a piece is not one');
    if (start > end || (start + length <= end && found.length > 0)) continue;
    found.push({ start, length, sha256: typeof sha256 === 'string' ? sha256 : null });
    end = start + length;
  }
  return found;
}

function endOf(found: readonly Piece[]): number | null {
  const last = found.at(-1);
  return last === undefined ? null : last.start + last.length;
}

async function digestsOf(
  found: readonly Piece[],
  bytesOf: (piece: Piece) => Promise<Uint8Array>,
  lengths: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const wanted = [...new Set(lengths)].sort((a, b) => a - b);
  const digests = new Map<number, string>();
  const hash = createHash('sha256');
  let at = 0;
  const upTo = (bytes: Uint8Array): void => {
    let used = 0;
    while (wanted[0] !== undefined && wanted[0] <= at + bytes.length - used) {
      const length = wanted.shift() ?? 0;
      hash.update(bytes.subarray(used, used + length - at));
      used += length - at;
      at = length;
      digests.set(length, hash.copy().digest('hex'));
    }
    hash.update(bytes.subarray(used));
    at += bytes.length - used;
  };
  upTo(new Uint8Array());
  for (const piece of found) {
    if (wanted.length === 0) break;
    const bytes = await bytesOf(piece);
    upTo(bytes.subarray(at - piece.start));
  }
  return digests;
}

function bytesIn(row: Row | undefined): Uint8Array {
  const bytes = row?.['bytes'];
  return bytes instanceof Uint8Array ? bytes : new Uint8Array();
}

/** The evidence of a run: where this machine's folder has no less of it, from there. */
export function sharedEvidence(place: EvidencePlace): EvidenceReader {
  const { query, run } = place;
  const [stored, own] = [storedEvidence(place), folderEvidence(place.files, place.workspace)];
  const better = async (path: string, least: number): Promise<Omit<EvidenceReader, 'elsewhere'>> => {
    const here = await own.size(path);
    return here !== null && here >= least ? own : stored;
  };
  return {
    size: async (path) => {
      const [here, there] = [await own.size(path), await stored.size(path)];
      return here === null || there === null ? (here ?? there) : Math.max(here, there);
    },
    readRange: async (path, start, length) => {
      const bytes = await own.readRange(path, start, length);
      return bytes.length > 0 ? bytes : stored.readRange(path, start, length);
    },
    readTail: async (path, bytesMax) => {
      const here = await own.readTail(path, bytesMax);
      return here.size > 0 ? here : stored.readTail(path, bytesMax);
    },
    elsewhere: async (path) => {
      const [kept] = await query(
        'select bytes::float8 as bytes, place, hostname from gonogo.elsewhere where run = $1 and path = $2',
        [run, path],
      );
      if (kept === undefined || kept['place'] === place.place) return null;
      return ((await own.size(path)) ?? 0) >= Number(kept['bytes']) ? null : String(kept['hostname']);
    },
    digests: async (path, lengths) => (await better(path, Math.max(0, ...lengths))).digests(path, lengths),
  };
}
