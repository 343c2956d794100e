/**
 * Whether an attempt's folder is still the one that was made for it. The files that its output goes to are known again by what
 * the file system calls them: as long as the command has them open no other file is called the same, whereas a copy that was put in
 * their place never gets what is still written. Where they lie says nothing: a folder may be moved and put back.
 */
import { chmodSync, lstatSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Files, factsNow, HostError } from '../../host/host.ts';
import type { World } from './attempt-world.ts';

/** What output is written to. */
const outputs = ['output.log', 'stderr.log'];

/** Records, in the folder and for this process, which files are made there for the output, which exist; the last that is made. */
export function recordMade({ made }: World, folder: string): void {
  const text = idsOf(folder);
  made.set(folder, text);
  writeFileSync(join(folder, 'made'), text, { flag: 'wx', mode: 0o600 });
}

/** Whether other files are in the place of those that were made. False where none is recorded, as by older gonogos, or the folder is gone. */
export async function isReplaced({ files, made }: World, folder: string): Promise<boolean> {
  const recorded = made.get(folder) ?? (await readSmall(files, join(folder, 'made')));
  // One that is cut short was being written when its writer died: then nothing had begun.
  if (recorded === null || !recorded.endsWith('\n')) return false;
  return (await factsNow(files, folder)) !== null && recorded !== idsOf(folder);
}

/** A line for each file: its name and its number in the file system. A device gets other numbers with every start of some machines. */
function idsOf(folder: string): string {
  const lines = outputs.map((name) => {
    const facts = lstatSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
    return facts === undefined ? '' : `${name} ${facts.ino}\n`;
  });
  return lines.join('');
}

/** Of the mode of a folder: its attempt has ended. It means nothing else to the folder's own user, and is durable with the folder. */
const ENDED_BIT = 0o1000;

/** Keeps in mind in the folder that its attempt has ended, so that without its claim it is not taken for one that never began. */
export function markEnded(folder: string): void {
  try {
    chmodSync(folder, (statSync(folder).mode & 0o7777) | ENDED_BIT);
  } catch {
    // What refuses this was made by other means, and the files tell as much as they can.
  }
}

/** What is made in a folder before its supervisor is spawned, in this order, and what it holds until then; null: anything. */
const unbegun: readonly (readonly [string, string | null])[] = [
  ['script', null],
  ['output.log', ''],
  ['made', null],
];

/**
 * Whether all that is in the folder was made before a supervisor was spawned, nothing was written to it and nothing taken away
 * since. Whoever made it may have died before the last file: what is missing was never there as long as the folder itself has
 * not changed after the newest file in it.
 */
export async function isAsMade(world: World, folder: string): Promise<boolean> {
  const { files } = world;
  const made = await files.facts(folder);
  if (made?.kind !== 'directory' || (made.mode & ENDED_BIT) !== 0) return false;
  let newest: number | null = null;
  let missing = false;
  for (const [name, content] of unbegun) {
    const facts = await files.facts(join(folder, name));
    if (facts === null) missing = true;
    else if (missing || facts.kind !== 'file') return false;
    else newest = Math.max(newest ?? 0, facts.modifiedMs);
    if (facts !== null && content !== null && !isContent(await readSmall(files, join(folder, name)), content))
      return false;
  }
  if (((await files.facts(join(folder, 'stderr.log')))?.bytes ?? 0) > 0) return false;
  if (await isReplaced(world, folder)) return false;
  return newest !== null && (!missing || made.modifiedMs <= newest);
}

/** A file that could not be written whole, on a full disk, holds the beginning of what it was to hold. */
function isContent(found: string | null, content: string): boolean {
  return found !== null && content.startsWith(found);
}

/** Bytes of a file of one short line. */
const SMALL_BYTES = 512;

/**
 * A file of one short line; null when there is none, and the empty text when it is something else. At once where that can be, because
 * every step looks at some.
 */
export async function readSmall(files: Files, path: string): Promise<string | null> {
  try {
    return Buffer.from(await readShort(files, path)).toString('latin1');
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    if (error.code === 'not-found' || error.code === 'not-directory') return null;
    if (error.code === 'too-large' || error.code === 'link' || error.code === 'is-directory') return '';
    throw error;
  }
}

async function readShort(files: Files, path: string): Promise<Uint8Array> {
  const facts = files.factsAtOnce?.(path);
  if (facts === null) throw new HostError('not-found', path, `cannot read ${path}: it does not exist`);
  if (files.readAtOnce === undefined || facts?.kind !== 'file' || facts.bytes > SMALL_BYTES) {
    return files.read(path, { bytesMax: SMALL_BYTES, noFollow: true });
  }
  return files.readAtOnce(path, SMALL_BYTES);
}
