/**
 * What lists show of all runs, remembered in the database by the head that it was read at: whoever comes next reads only what changed.
 *
 * Invariant: what cannot be remembered, for want of a permission or a line, costs time and never the list.
 */
import * as z from 'zod';
import { JournalError } from '../../journal/journal.ts';
import type { Digest } from '../store.ts';
import { newestFirst, summarySchema } from '../summary.ts';
import type { Row } from './connection.ts';

type Query = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

const bodySchema = z.strictObject({ summary: summarySchema, durations: z.record(z.string(), z.int()) });

/** As `Store.digests`. */
export async function digestsOf(query: Query, read: (run: string) => Promise<Digest>): Promise<readonly Digest[]> {
  const rows = await query(
    `select r.run, r.head, case when d.head = r.head then d.body end as body
     from gonogo.run as r left join gonogo.digest as d using (run)`,
    [],
  );
  const digests: Digest[] = [];
  for (const { run, head, body } of rows) {
    const id = String(run);
    const known = typeof body === 'string' ? readBody(body) : null;
    const digest = known?.summary.run === id ? known : await read(id);
    digests.push(digest);
    // What a newer gonogo wrote reads differently after the next update.
    const lasting = digest.summary.problem === null && digest.summary.newer === null;
    if (digest !== known && lasting) await remember(query, id, String(head), digest);
  }
  return digests.sort(newestFirst);
}

function readBody(body: string): Digest | null {
  try {
    return bodySchema.safeParse(JSON.parse(body)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function remember(query: Query, run: string, head: string, digest: Digest): Promise<void> {
  try {
    await query('select gonogo.remember($1, $2, $3)', [run, head, JSON.stringify(digest)]);
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
  }
}
