/**
 * Programs, threads and files of gonogo's own: in the sources and in an installed package they lie beside it; the single
 * executable, which is Node with gonogo inside, carries them.
 *
 * Invariants:
 * - Nothing here is looked up by name on the path: a machine without Node runs all of it.
 * - Of the executable's modules none is ever on the disk: `.ci/binary-main.cjs` serves them, under `/gonogo.binary/`.
 */
import { getAsset, isSea } from 'node:sea';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Is this the single executable? */
export function isBinary(): boolean {
  return isSea();
}

/** The word that makes `process.execPath` run the JavaScript `file` (absolute) in the place of its path. */
export function programWord(file: string): string {
  return isSea() ? `--gonogo-node=${file}` : file;
}

/** Starts `file` (absolute) as a thread. Ends with an `error` event when there is no such file. */
export function startThread(file: string, options: WorkerOptions): Worker {
  if (!isSea()) return new Worker(pathToFileURL(file), options);
  return new Worker(getAsset('main.cjs', 'utf8'), { ...options, eval: true, argv: [programWord(file)] });
}

/** What the executable carries for the disk: text by path in the package, in JSON. */
export function carriedFiles(): string {
  return getAsset('files.json', 'utf8');
}
