/**
 * What a torn tail becomes: kept aside, and cut off.
 *
 * Invariants: the bytes are durable under another name before they are cut; a crash between any two of these steps is
 * finished by the next opening, because a kept tail that nobody was told of is told then.
 */
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import type { KeptTail, Position } from '../store.ts';
import { journalPath } from './run-folder.ts';

const KEPT = /^journal\.torn-(\d+)$/;

/** Cuts what lies between `end` and `bytes` off the journal in `folder`, which has that many; returns the kept tails that `told` does not name, oldest first. */
export async function recoverTail(
  host: Host,
  folder: string,
  bytes: number,
  end: Position,
  told: ReadonlySet<string>,
): Promise<readonly KeptTail[]> {
  const kept = (await host.files.list(folder)).filter((name) => KEPT.test(name));
  const untold = kept.filter((name) => !told.has(name));
  if (bytes > end.bytes) {
    const tail = await host.files.readRange(journalPath(folder), end.bytes, bytes - end.bytes);
    if (!(await someHolds(host, folder, untold, tail))) {
      const name = `journal.torn-${1 + Math.max(0, ...kept.map(numberOf))}`;
      await host.files.replace(join(folder, name), tail);
      untold.push(name);
    }
    await host.files.truncate(journalPath(folder), end.bytes);
  }
  return Promise.all(
    untold
      .sort((a, b) => numberOf(a) - numberOf(b))
      .map(async (name) => ({ bytes: (await host.files.facts(join(folder, name)))?.bytes ?? 0, kept: name })),
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
