/**
 * Takes a file that a person names as evidence into the run.
 *
 * Invariants: the copy is durable before anything refers to it; an earlier copy is never written over; what cannot be taken
 * changes nothing and says why.
 */
import { basename } from 'node:path';
import { type Files, HostError } from '../host/host.ts';
import type { Evidence } from '../run/event.ts';
import type { Journal } from '../store/journals.ts';
import { AnswerError } from './session.ts';

const bytesMax = 64 * 1024 * 1024;

/**
 * Copies `path` (absolute) into the run of `journal`, to the attempt `folder`. Rejects with `AnswerError` when it is no
 * file that can be read, or is larger than 64 MiB.
 */
export async function attachFile(files: Files, journal: Journal, folder: string, path: string): Promise<Evidence> {
  try {
    const bytes = await files.read(path, { bytesMax });
    for (let number = 1; ; number += 1) {
      const kept = await keepNew(journal, `${folder}/${number}-${plainName(path)}`, bytes);
      if (kept !== null) return kept;
    }
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new AnswerError(`the file cannot be taken as evidence: ${error.message}`);
  }
}

/** Null: something has that path already. */
async function keepNew(journal: Journal, path: string, bytes: Uint8Array): Promise<Evidence | null> {
  try {
    return await journal.keep(path, bytes);
  } catch (error) {
    if (error instanceof HostError && error.code === 'exists') return null;
    throw error;
  }
}

/** The file's own name, with nothing in it that a shell or a link in a report could trip over. */
function plainName(path: string): string {
  return basename(path)
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(-80);
}
