/**
 * Who holds a run, for the message to whoever comes second. An exclusive transaction can be read by nobody, so this
 * stands in a file beside it.
 *
 * Invariants: it is a courtesy, never a proof: the lock alone decides who may write. A missing or unreadable file costs the
 * message its name and nothing else.
 */
import { join } from 'node:path';
import * as z from 'zod';
import { type Host, HostError } from '../../host/host.ts';
import { formatInstant } from '../../journal/instant.ts';
import { JournalError } from '../../journal/journal.ts';

const FILE = 'holder.json';
const BYTES_MAX = 64 * 1024;

const holderSchema = z.object({
  pid: z.int(),
  hostname: z.string(),
  user: z.string(),
  since: z.string(),
  terminal: z.string().nullable(),
});

/** Writes who holds the run of `folder` since now. A disk that refuses does not matter here. */
export async function nameHolder(host: Host, folder: string): Promise<void> {
  const { pid, hostname, user, env } = host.machine;
  const holder = { pid, hostname, user, since: formatInstant(host.clock.now()), terminal: env.SSH_TTY ?? null };
  await tolerating(host.files.replace(join(folder, FILE), new TextEncoder().encode(`${JSON.stringify(holder)}\n`)));
}

/** Removes the name before the lock is released. */
export async function clearHolder(host: Host, folder: string): Promise<void> {
  await tolerating(host.files.remove(join(folder, FILE)));
}

/** The refusal for the second one that wants to drive the run, naming the holder where it is known. */
export async function heldBy(host: Host, folder: string, run: string): Promise<JournalError> {
  const holder = await readHolder(host, folder);
  const who =
    holder === null
      ? 'another process'
      : `${holder.user} on ${holder.hostname} (process ${holder.pid}${holder.terminal === null ? '' : `, ${holder.terminal}`}) since ${holder.since}`;
  return new JournalError('held', `run ${run} is driven by ${who}; follow it with: gonogo watch ${run}`);
}

async function readHolder(host: Host, folder: string): Promise<z.infer<typeof holderSchema> | null> {
  try {
    const bytes = await host.files.read(join(folder, FILE), { bytesMax: BYTES_MAX, noFollow: true });
    return holderSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (error) {
    if (error instanceof HostError || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

async function tolerating(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
}
