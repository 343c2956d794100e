/**
 * The files that a step leaves as evidence (`evidence: [PATTERN]`): looked for when its command has ended, copied into the run.
 *
 * Invariants:
 * - A copy is durable before anything refers to it; what an earlier process copied and did not record is never written over.
 * - No link and nothing but a regular file is taken, and nothing that a link below the step's folder leads to.
 * - All of it or none: of too many files, of too much, or where one holds a secret of the run, nothing is kept, and it is said why.
 * - Bytes are kept as they are. A file that holds a secret, in whatever form is masked in output, is refused: a masked copy would
 *   be no evidence of what was made.
 */
import { posix } from 'node:path';
import { createMask } from '../diagnostics/mask.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { FileLooks } from '../host/host.ts';
import { HostError } from '../host/host.ts';
import type { Evidence } from '../run/event.ts';
import { glob } from '../search/glob.ts';
import type { Journal } from '../store/journals.ts';

/** How many files of one attempt are kept at most, how long each may be and all together. */
export const keptFilesMax = 100;
export const keptBytesMax = 64 * 1024 * 1024;
export const keptBytesInAllMax = 256 * 1024 * 1024;

export interface Wanted {
  /** Patterns with everything filled in, and as the document has them, in the same order. */
  readonly patterns: readonly string[];
  readonly written: readonly string[];
  /** Absolute: where the patterns begin. */
  readonly cwd: string;
  /** Of the attempt, relative to the run's. */
  readonly folder: string;
  /** Values that no evidence may hold. */
  readonly secrets: readonly string[];
}

/** What was kept, and why not all that was wanted; null: everything is there. */
export interface Kept {
  readonly evidence: readonly Evidence[];
  readonly lacking: string | null;
}

/** Copies what matches into the run of `journal`. Rejects with `HostError` only for what the run's own folder refuses. */
export async function keepFiles(files: FileLooks, journal: Pick<Journal, 'keep'>, wanted: Wanted): Promise<Kept> {
  const none = (lacking: string): Kept => ({ evidence: [], lacking: `its evidence is not kept: ${lacking}` });
  const found = await pathsOf(files, wanted);
  if (typeof found === 'string') return none(found);
  const problem = await problemOf(files, wanted, found);
  if (problem !== null) return none(problem);
  const evidence: Evidence[] = [];
  for (const { path, full } of found) {
    const bytes = await bytesOf(files, full);
    if (typeof bytes === 'string') return none(bytes);
    if (holdsAny(bytes, wanted.secrets)) return none(`${shownPath(path)} holds a secret`);
    evidence.push(await keepNew(journal, wanted.folder, path, bytes));
  }
  return { evidence, lacking: null };
}

interface Place {
  /** From the step's folder, or absolute. */
  readonly path: string;
  readonly full: string;
}

/** Every file that a pattern names, each once; a text: why they are not all there. */
async function pathsOf(files: FileLooks, { patterns, written, cwd }: Wanted): Promise<readonly Place[] | string> {
  const listing = {
    list: (folder: string) => files.list(folder),
    facts: (path: string) => files.facts(path),
    ignore: null,
  };
  const places = new Map<string, Place>();
  for (const [index, pattern] of patterns.entries()) {
    const result = await glob(listing, cwd, [pattern], []);
    if (!result.ok) return result.message;
    // What lies in a folder is named by a pattern of its own, `folder/**`.
    const found = result.found.filter(({ facts }) => facts.kind !== 'directory');
    if (found.length === 0) return `no file matches ${visibleLine(pattern)}`;
    for (const { path, full } of found) {
      if (!isMeant(written[index] ?? '', cwd, full)) return `${shownPath(path)} is outside ${visibleLine(cwd)}`;
      places.set(full, { path, full });
      if (places.size > keptFilesMax) return `more than ${keptFilesMax} files match; name fewer, or pack them into one`;
    }
  }
  return [...places.values()];
}

/** A file outside the step's folder is meant only where the document itself leads out of it, not a value that was filled in. */
function isMeant(written: string, cwd: string, full: string): boolean {
  const own = written.replaceAll(/\$\{\{.*?\}\}/gs, 'x');
  return own.startsWith('/') || own.split('/').includes('..') || isIn(cwd, full);
}

function isIn(folder: string, path: string): boolean {
  return posix.normalize(path).startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

async function problemOf(files: FileLooks, { cwd }: Wanted, found: readonly Place[]): Promise<string | null> {
  let sum = 0;
  for (const { path, full } of found) {
    const facts = await files.facts(full);
    if (facts?.kind !== 'file') return `${shownPath(path)} is no regular file`;
    if (await isBehindLink(files, cwd, full)) return `${shownPath(path)} is reached by a link; name where it really is`;
    if (facts.bytes > keptBytesMax) return `${shownPath(path)} is larger than ${mebibytes(keptBytesMax)}`;
    sum += facts.bytes;
  }
  return sum > keptBytesInAllMax ? `all files together are larger than ${mebibytes(keptBytesInAllMax)}` : null;
}

function mebibytes(bytes: number): string {
  return `${bytes / (1024 * 1024)} MiB`;
}

/** The step's own folder may be reached by a link: who wrote the document named it. */
async function isBehindLink(files: FileLooks, cwd: string, full: string): Promise<boolean> {
  const real = await files.realPath(full);
  const path = posix.normalize(full);
  if (!isIn(cwd, path)) return real !== path;
  const root = await files.realPath(cwd);
  return root === null || real !== posix.join(root, posix.relative(cwd, path));
}

/** A text: why it cannot be read. */
async function bytesOf(files: FileLooks, full: string): Promise<Uint8Array | string> {
  try {
    return await files.read(full, { bytesMax: keptBytesMax, noFollow: true });
  } catch (error) {
    if (error instanceof HostError) return error.message;
    throw error;
  }
}

/** Whether one of `secrets` is in `bytes`, in a form that is masked in output. */
export function holdsAny(bytes: Uint8Array, secrets: readonly string[]): boolean {
  if (secrets.length === 0) return false;
  const mask = createMask(secrets);
  const masked = mask.push(bytes);
  const rest = mask.end();
  // Without a find the bytes come out as they went in.
  return Buffer.compare(Buffer.concat([masked, rest]), bytes) !== 0;
}

async function keepNew(
  journal: Pick<Journal, 'keep'>,
  folder: string,
  path: string,
  bytes: Uint8Array,
): Promise<Evidence> {
  for (let number = 1; ; number += 1) {
    const within = number === 1 ? 'evidence' : `evidence-${number}`;
    try {
      return await journal.keep(`${folder}/${within}/${plainPath(path)}`, bytes);
    } catch (error) {
      if (!(error instanceof HostError && error.code === 'exists')) throw error;
    }
  }
}

/** The path with nothing in it that leads out of a folder, or that a shell or a link in a report could trip over. */
function plainPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const plain = parts.map((part) => (part === '..' ? '__' : part.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(-80)));
  return plain.slice(-8).join('/');
}

function shownPath(path: string): string {
  return visibleLine(path);
}
