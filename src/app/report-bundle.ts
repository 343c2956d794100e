/**
 * One archive with a report and the evidence behind it, to be verified on another machine.
 *
 * Invariants: the archive appears under its name whole or not at all, and never over another file; of each evidence file it
 * holds the bytes that were recorded; a link in the run's folder is not followed out of it.
 */
import { join } from 'node:path';
import { type Files, HostError } from '../host/host.ts';
import { takeName, temporaryName } from '../host/whole-file.ts';
import { type BundleFile, gzipped, writeBundle } from '../signing/bundle.ts';
import { evidencePrefix } from '../signing/report-layout.ts';
import type { Journals } from '../store/journals.ts';
import { evidenceIn } from '../verify/evidence.ts';
import { badInput } from './refusal.ts';
import type { WholeRun, World } from './world.ts';

const chunkBytes = 1024 * 1024;
/** Each append is synced, so few and large ones. */
const appendBytes = 8 * 1024 * 1024;

/** Writes the report in `folder` and the evidence of `run` to `path`; gzipped when it ends in `gz`. Throws `Refusal` for a path that is taken and evidence that is missing. */
export async function writeBundleFile(
  world: World,
  run: WholeRun,
  folder: string,
  names: readonly string[],
  path: string,
): Promise<void> {
  const { files } = world.host;
  await assertFree(files, path);
  const content = [...(await reportFiles(files, folder, names)), ...(await evidenceFiles(world.journals, run))];
  await writeArchive(files, path, content, 'bundle');
}

/** Writes `content` to `path`, as one archive; gzipped when it ends in `gz`. Throws `Refusal` for a path that is taken. */
export async function writeArchive(
  files: Files,
  path: string,
  content: readonly BundleFile[],
  input: 'bundle' | 'out',
): Promise<void> {
  const tar = writeBundle(content);
  // A name of its own, because another process may bundle to the same path.
  const part = temporaryName(path);
  await files.create(part, new Uint8Array());
  try {
    await pour(files, part, /gz$/.test(path) ? gzipped(tar) : tar);
    takeName(part, path);
  } catch (error) {
    await files.remove(part).catch(() => undefined);
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw taken(path, input);
    throw error;
  }
}

/** Asserts that nothing is at `path`. Throws `Refusal`. */
export async function assertFree(files: Files, path: string, input: 'bundle' | 'out' = 'bundle'): Promise<void> {
  if ((await files.facts(path)) !== null) throw taken(path, input);
}

function taken(path: string, input: 'bundle' | 'out'): Error {
  return badInput(input, `${path} is there already; name another file`);
}

async function pour(files: Files, path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await files.openAppend(path);
  try {
    let pending: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of bytes) {
      pending.push(chunk);
      size += chunk.length;
      if (size < appendBytes) continue;
      await file.append(Buffer.concat(pending));
      pending = [];
      size = 0;
    }
    await file.append(Buffer.concat(pending));
  } finally {
    await file.close();
  }
}

async function reportFiles(files: Files, folder: string, names: readonly string[]): Promise<readonly BundleFile[]> {
  return Promise.all(
    names.map(async (name) => {
      const facts = await files.facts(join(folder, name));
      const from = join(folder, name);
      return bundled(name, facts?.bytes ?? 0, (start, length) => files.readRange(from, start, length));
    }),
  );
}

/** What backs the claims of `run`, as far as it was recorded. Throws `Refusal` for what is missing, or kept on another machine. */
export async function evidenceFiles(journals: Journals, run: WholeRun): Promise<readonly BundleFile[]> {
  const evidence = journals.evidence(run.id);
  const found: BundleFile[] = [];
  for (const [path, pieces] of evidenceIn(run.events)) {
    const bytes = Math.max(...pieces.map((piece) => piece.bytes));
    const elsewhere = ((await evidence.size(path)) ?? 0) < bytes ? await evidence.elsewhere(path) : null;
    if (elsewhere !== null)
      throw badInput(
        'bundle',
        `the evidence ${path} (${bytes} bytes) is kept on ${elsewhere}, not here: do this there`,
      );
    if ((await evidence.size(path)) === null) {
      throw badInput(
        'bundle',
        `the evidence ${path} is missing or reached by a link; gonogo verify ${run.id} says more`,
      );
    }
    const name = `${evidencePrefix}${path}`;
    found.push(bundled(name, bytes, (start, length) => evidence.readRange(path, start, length)));
  }
  return found;
}

/** Bytes of a file from a place on; fewer at its end. */
type Read = (start: number, length: number) => Promise<Uint8Array>;

/** A file of an archive, read by ranges. */
export function bundled(path: string, bytes: number, read: Read): BundleFile {
  return { path, bytes, content: () => chunks(path, bytes, read) };
}

async function* chunks(path: string, bytes: number, read: Read): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; ) {
    const chunk = await read(at, Math.min(chunkBytes, bytes - at));
    if (chunk.length === 0) throw new HostError('io', path, `${path} is shorter than what was recorded of it`);
    yield chunk;
    at += chunk.length;
  }
}
