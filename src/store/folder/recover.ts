/**
 * What a torn tail becomes: kept aside, cut off, and told by an event.
 *
 * Invariants: the bytes are durable under another name before they are cut; a crash between any two of these steps is
 * finished by the next opening, because a kept tail that no `journal.recovered` names is told then.
 */
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { VerifiedJournal } from '../../journal/verify.ts';
import type { Actor, EventDraft } from '../../run/event.ts';
import { journalPath } from './run-journal.ts';

/** No person recovers a journal: the rule above does. */
const ENGINE: Actor = { via: 'engine', name: 'gonogo' };
const KEPT = /^journal\.torn-(\d+)$/;

/** Cuts a torn tail of `bytes` off the journal in `folder`; returns the events that still have to tell of kept tails, oldest first. */
export async function recoverTail(
  host: Host,
  folder: string,
  bytes: Uint8Array,
  { events, goodBytes, tornBytes }: VerifiedJournal,
): Promise<readonly EventDraft[]> {
  const told = new Set(events.flatMap((event) => (event.type === 'journal.recovered' ? [event.data.kept] : [])));
  const kept = (await host.files.list(folder)).filter((name) => KEPT.test(name));
  const untold = kept.filter((name) => !told.has(name));
  if (tornBytes > 0) {
    const tail = bytes.subarray(goodBytes);
    if (!(await someHolds(host, folder, untold, tail))) {
      const name = `journal.torn-${1 + Math.max(0, ...kept.map(numberOf))}`;
      await host.files.replace(join(folder, name), tail);
      untold.push(name);
    }
    await host.files.truncate(journalPath(folder), goodBytes);
  }
  return Promise.all(
    untold
      .sort((a, b) => numberOf(a) - numberOf(b))
      .map(async (name): Promise<EventDraft> => {
        const facts = await host.files.facts(join(folder, name));
        return { type: 'journal.recovered', actor: ENGINE, data: { bytes: facts?.bytes ?? 0, kept: name } };
      }),
  );
}

async function someHolds(host: Host, folder: string, names: readonly string[], tail: Uint8Array): Promise<boolean> {
  for (const name of names) {
    const held = await host.files.read(join(folder, name), { noFollow: true });
    if (Buffer.compare(held, tail) === 0) return true;
  }
  return false;
}

function numberOf(name: string): number {
  return Number(KEPT.exec(name)?.[1] ?? 0);
}
