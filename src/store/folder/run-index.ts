/**
 * The index of runs, `index.json`: a cache kept with lowdb, so that a list of thousands of runs reads one file.
 *
 * Invariants:
 * - It can be deleted or damaged at any time: an entry counts only for the very file that was read, while that has the size and
 *   the time of its last change that it was read at. That time is the system's: an index that was copied here, or that somebody
 *   wrote, cannot name it, so it costs time and is not believed. Everything else is read anew.
 * - A run that cannot be read is listed with its problem, is never cached, and never hides another.
 * - A disk that refuses the cache costs time, never the list.
 */
import { Low } from 'lowdb';
import * as z from 'zod';
import { type FileFacts, type Files, factsNow, HostError } from '../../host/host.ts';
import type { Digest } from '../store.ts';
import { summarySchema } from '../summary.ts';
import { newestFirst } from '../wanted.ts';

/** Runs of one title whose step durations are kept: estimates look no further back. */
const HISTORY_RUNS_MAX = 50;
/** A larger one was not written by us. */
const indexBytesMax = 64 * 1024 * 1024;

const entrySchema = z.strictObject({
  bytes: z.int(),
  /** `FileFacts.identity` and `changedMs`. */
  identity: z.string(),
  changedMs: z.number(),
  summary: summarySchema,
  durations: z.record(z.string(), z.int()),
});
const indexSchema = z.strictObject({ v: z.literal(2), runs: z.record(z.string(), entrySchema) });
type Entry = Readonly<z.infer<typeof entrySchema>>;
type Index = z.infer<typeof indexSchema>;

export interface RunIndexParts {
  readonly files: Files;
  /** Absolute path of `index.json`. */
  readonly path: string;
  /** Ids of all runs. */
  readonly ids: () => Promise<readonly string[]>;
  /** Absolute path of a run's journal. */
  readonly journalOf: (id: string) => string;
}

export class RunIndex {
  readonly #parts: RunIndexParts;
  readonly #low: Low<Index>;
  #loaded = false;

  constructor(parts: RunIndexParts) {
    this.#parts = parts;
    this.#low = new Low<Index>(fileAdapter(parts.files, parts.path), { v: 2, runs: {} });
  }

  /** What lists show of all runs, newest first. `read`: as for `Store.digests`. */
  async digests(read: (id: string) => Promise<Digest>): Promise<readonly Digest[]> {
    if (!this.#loaded) await this.#low.read();
    this.#loaded = true;
    const ids = await this.#parts.ids();
    const facts = await Promise.all(ids.map((id) => this.#factsOf(id)));
    const before = this.#low.data.runs;
    const digests: Digest[] = [];
    const runs: Record<string, Entry> = {};
    let changed = Object.keys(before).length !== ids.length;
    // One after the other, so that many stale runs never are in memory at once.
    for (const [at, id] of ids.entries()) {
      const known = before[id];
      const now = facts[at] ?? null;
      if (known !== undefined && now !== null && isSame(known, now)) {
        runs[id] = known;
        digests.push(known);
        continue;
      }
      changed = true;
      const digest = await read(id);
      digests.push(digest);
      // What a newer gonogo wrote reads differently after the next update.
      const lasting = digest.summary.problem === null && digest.summary.newer === null;
      if (lasting && now !== null) runs[id] = { ...digest, summary: { ...digest.summary }, ...now };
    }
    digests.sort(newestFirst);
    if (changed) await this.#save(forgetOldDurations(runs, digests));
    return digests;
  }

  async #factsOf(id: string): Promise<Stamp | null> {
    try {
      const { files, journalOf } = this.#parts;
      const path = journalOf(id);
      const facts = await factsNow(files, path);
      if (facts === null) return null;
      const { bytes, identity, changedMs } = facts;
      return { bytes, identity, changedMs };
    } catch (error) {
      // Reading it will say why.
      if (error instanceof HostError) return null;
      throw error;
    }
  }

  async #save(runs: Record<string, Entry>): Promise<void> {
    this.#low.data = { v: 2, runs };
    try {
      await this.#low.write();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
    }
  }
}

/** What tells a journal that was read from every other file, and from itself after a change. */
type Stamp = Pick<FileFacts, 'bytes' | 'identity' | 'changedMs'>;

function isSame(one: Stamp, other: Stamp): boolean {
  return one.bytes === other.bytes && one.identity === other.identity && one.changedMs === other.changedMs;
}

/** Keeps the file small: durations count for the newest runs of a title only. */
function forgetOldDurations(runs: Record<string, Entry>, newest: readonly Digest[]): Record<string, Entry> {
  const seen = new Map<string, number>();
  for (const { summary } of newest) {
    const count = (seen.get(summary.title) ?? 0) + 1;
    seen.set(summary.title, count);
    const entry = runs[summary.run];
    if (entry !== undefined && count > HISTORY_RUNS_MAX) runs[summary.run] = { ...entry, durations: {} };
  }
  return runs;
}

/** lowdb's own file adapter writes under a fixed temporary name, which two processes would share; ours goes through the host. */
function fileAdapter(files: Files, path: string): { read(): Promise<Index | null>; write(data: Index): Promise<void> } {
  return {
    read: async () => {
      try {
        const bytes = await files.read(path, { noFollow: true, bytesMax: indexBytesMax });
        return indexSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
      } catch (error) {
        if (error instanceof HostError || error instanceof SyntaxError || error instanceof z.ZodError) return null;
        throw error;
      }
    },
    write: (data) => files.replace(path, new TextEncoder().encode(`${JSON.stringify(data)}\n`)),
  };
}
