/**
 * How an attempt on another machine ended, as it is kept here beside what it printed: from then on that machine is not asked again.
 *
 * Invariant: it is written when all of the output is here and durable, so whoever reads it has the rest.
 */
import { join } from 'node:path';
import * as z from 'zod';
import { type Files, HostError } from '../../host/host.ts';

const outcome = z.strictObject({
  exit: z.int().min(0).max(255),
  timedOut: z.boolean(),
  /** Some of what it printed is not there. */
  lost: z.boolean(),
  ms: z.number(),
  left: z.array(z.strictObject({ pid: z.int(), command: z.string() })),
});

export type Outcome = z.infer<typeof outcome>;

const name = 'outcome.json';

/** What is kept in `folder`; null: nothing, or what was torn while it was written. */
export async function readOutcome(files: Files, folder: string): Promise<Outcome | null> {
  try {
    const text = Buffer.from(await files.read(join(folder, name), { noFollow: true })).toString('utf8');
    return outcome.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    if (error instanceof HostError && (error.code === 'not-found' || error.code === 'not-directory')) return null;
    throw error;
  }
}

/** Keeps it, durable. */
export async function keepOutcome(files: Files, folder: string, kept: Outcome): Promise<void> {
  await files.replace(join(folder, name), Buffer.from(`${JSON.stringify(kept)}\n`));
}
