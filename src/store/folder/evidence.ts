/**
 * Evidence of a run that lies in its folder, where the attempts of this machine wrote it.
 *
 * Invariant: nothing outside the run's folder is read: a path that leaves it, or is reached by a link, names no evidence.
 */
import { dirname, join } from 'node:path';
import { type FileFacts, type Files, HostError } from '../../host/host.ts';
import type { Evidence } from '../../run/event.ts';
import type { EvidenceReader } from '../store.ts';

/** The evidence in `folder` (absolute, of a run). Its methods throw `HostError` for what is there and cannot be read. */
export function folderEvidence(files: Files, folder: string): EvidenceReader {
  const readRange = async (path: string, start: number, length: number): Promise<Uint8Array> => {
    const full = await fileAt(files, folder, path);
    return full === null ? new Uint8Array() : files.readRange(full.path, start, length);
  };
  return {
    size: async (path) => (await fileAt(files, folder, path))?.bytes ?? null,
    readRange,
    readTail: async (path, bytesMax) => {
      const size = (await fileAt(files, folder, path))?.bytes ?? 0;
      const start = Math.max(0, size - bytesMax);
      return { bytes: await readRange(path, start, size - start), size };
    },
    digests: async (path, lengths) => {
      const full = await fileAt(files, folder, path);
      return full === null ? null : digestsOf(files, full.path, lengths);
    },
    elsewhere: async () => null,
  };
}

/** Keeps `bytes` under a path of the run in `folder` that is new. Durable. Throws `HostError`: `exists` when it is not. */
export async function keepEvidence(files: Files, folder: string, path: string, bytes: Uint8Array): Promise<Evidence> {
  const full = join(folder, path);
  await files.ensureFolder(dirname(full));
  await files.create(full, bytes);
  // Its folder is durable by now, and those above it up to the run's may be new.
  for (let above = dirname(dirname(full)); above.startsWith(folder); above = dirname(above)) await files.sync(above);
  return { path, ...(await files.digest(full)) };
}

/** Removes what is kept under `path` and nobody has recorded, unless it is gone already. */
export async function discardEvidence(files: Files, folder: string, path: string): Promise<void> {
  const found = await fileAt(files, folder, path);
  if (found === null) return;
  try {
    await files.remove(found.path);
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'not-found')) throw error;
  }
}

async function digestsOf(files: Files, path: string, lengths: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const length of new Set(lengths)) {
    const { bytes, sha256 } = await files.digest(path, length);
    if (bytes === length) found.set(length, sha256);
  }
  return found;
}

/** The regular file at `path`, and how long it is; null when there is none, or on the way to it is anything but folders. */
async function fileAt(
  files: Files,
  folder: string,
  path: string,
): Promise<{ readonly path: string; readonly bytes: number } | null> {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0'))) return null;
  let facts: FileFacts | null = null;
  for (let depth = 1; depth <= parts.length; depth += 1) {
    facts = await files.facts(join(folder, ...parts.slice(0, depth)));
    if (depth < parts.length && facts?.kind !== 'directory') return null;
  }
  return facts?.kind === 'file' ? { path: join(folder, path), bytes: facts.bytes } : null;
}
