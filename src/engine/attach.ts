/**
 * Takes a file that a person names as evidence into the run's folder.
 *
 * Invariants: the copy is durable before anything refers to it; an earlier copy is never written over; what cannot be taken
 * changes nothing and says why.
 */
import { basename, join } from 'node:path';
import { type Host, HostError } from '../host/host.ts';
import type { Evidence } from '../run/event.ts';
import { AnswerError } from './session.ts';

const bytesMax = 64 * 1024 * 1024;

/**
 * Copies `path` (absolute) into `folder` (of an attempt, relative to `runFolder`). Rejects with `AnswerError` when it is no
 * file that can be read, or is larger than 64 MiB.
 */
export async function attachFile(host: Host, runFolder: string, folder: string, path: string): Promise<Evidence> {
  const { files } = host;
  try {
    const bytes = await files.read(path, { bytesMax });
    const into = join(runFolder, folder);
    await files.ensureFolder(into);
    const name = `${(await files.list(into)).length + 1}-${plainName(path)}`;
    await files.create(join(into, name), bytes);
    for (const folder of ['..', '../..']) await files.sync(join(into, folder));
    return { path: `${folder}/${name}`, ...(await files.digest(join(into, name))) };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new AnswerError(`the file cannot be taken as evidence: ${error.message}`);
  }
}

/** The file's own name, with nothing in it that a shell or a link in a report could trip over. */
function plainName(path: string): string {
  return basename(path)
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(-80);
}
