/**
 * What lists show of all runs, remembered in the database by the head that it was read at: whoever comes next reads only what changed.
 *
 * Invariants:
 * - What cannot be remembered, for want of a permission or a line, costs time and never the list.
 * - A list is asked for by what an index knows, and page by page: nobody reads what is not wanted.
 */
import * as z from 'zod';
import { JournalError } from '../../journal/journal.ts';
import type { Digest, Wanted } from '../store.ts';
import { summarySchema } from '../summary.ts';
import { wantedOf } from '../wanted.ts';
import type { Row } from './connection.ts';

type Query = (text: string, values: readonly unknown[]) => Promise<readonly Row[]>;

const bodySchema = z.strictObject({ summary: summarySchema, durations: z.record(z.string(), z.int()) });

const rowsPerPage = 2000;

/** As `Store.digests`. */
export async function digestsOf(
  query: Query,
  read: (run: string) => Promise<Digest>,
  wanted: Wanted = {},
): Promise<readonly Digest[]> {
  const digests = await anew(query, read, await query(changed, []));
  const known = new Set(digests.map(({ summary }) => summary.run));
  const most = wanted.most ?? Number.POSITIVE_INFINITY;
  let { after } = wanted;
  for (let found = 0; found < most; ) {
    const limit = Math.min(rowsPerPage, most - found);
    const page = pageOf({ ...wanted, after, most: limit });
    const rows = await query(page.text, page.values);
    const bodies = rows.map(({ body }) => readBody(String(body)));
    const unread = rows.filter((_, index) => bodies[index] === null);
    const these = bodies.flatMap((one) => one ?? []).filter(({ summary }) => !known.has(summary.run));
    digests.push(...these, ...(await anew(query, read, unread)));
    found += these.length;
    const last = rows.at(-1);
    if (rows.length < limit || last === undefined) break;
    after = { run: String(last['run']), startedAt: Number(last['began']) };
  }
  return wantedOf(digests, wanted);
}

/** Runs that went on since they were remembered. */
const changed = 'select run, head from gonogo.run where stale order by run';

async function anew(query: Query, read: (run: string) => Promise<Digest>, rows: readonly Row[]): Promise<Digest[]> {
  const digests: Digest[] = [];
  for (const { run, head } of rows) {
    const digest = await read(String(run));
    digests.push(digest);
    // What a newer gonogo wrote reads differently after the next update.
    const lasting = digest.summary.problem === null && digest.summary.newer === null;
    if (lasting) await remember(query, String(run), String(head), digest);
  }
  return digests;
}

/** The statement for a page of what is remembered: only conditions that are asked, so that each finds its index. */
function pageOf({ run, operator, titles, waiting, open, target, targets, since, after, most }: Wanted): {
  readonly text: string;
  readonly values: readonly unknown[];
} {
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const where: string[] = [];
  if (run !== undefined) where.push(`run = ${given(run)}`);
  if (operator !== undefined) where.push(`operator = ${given(operator)}`);
  if (titles !== undefined) where.push(`title = any (${given(titles)})`);
  if (waiting === true) where.push('waits');
  if (open === true) where.push('open');
  if (since !== undefined) where.push(`started >= ${given(since)}`);
  if (after !== undefined) where.push(`(started, run) < (${given(after.startedAt)}, ${given(after.run)})`);
  if (target !== undefined) where.push(`targets @> ${given(JSON.stringify([{ name: target }]))}::jsonb`);
  if (targets !== undefined) {
    const any = targets.map(({ name, identity }) => `targets @> ${given(JSON.stringify([{ name, identity }]))}::jsonb`);
    where.push(any.length === 0 ? 'false' : `(${any.join(' or ')})`);
  }
  const only = where.length === 0 ? '' : `where ${where.join(' and ')}`;
  // Ordered by the column itself: a result of its name would be sorted, all of it.
  const text = `select run, head, started::float8 as began, body from gonogo.digest ${only}
    order by started desc, run desc limit ${given(most)}`;
  return { text, values };
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
