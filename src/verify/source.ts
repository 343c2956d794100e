/**
 * Where a report to verify comes from: a folder or a bundle, as one stream of files.
 *
 * Invariants:
 * - Nothing is written, and nothing outside of the folder or the archive is read: links and devices are refused.
 * - Files come in code-unit order of their paths; each is read once, before the next is asked for, in bounded memory.
 */
import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { type Files, HostError } from '../host/host.ts';
import { bundleLimits, readBundle } from '../signing/bundle.ts';
import { quoted } from '../signing/public-key.ts';
import { SigningError } from '../signing/signing-error.ts';

/** One file. Only one of its methods may be called, once. */
export interface SourceFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly bytes: number;
  /** All of it; throws `SigningError` `too-large` above `bytesMax`. */
  read(bytesMax: number): Promise<Uint8Array>;
  /** All of it in chunks, each to be used before the next is asked for. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Lower-case hex sha256 of the first n bytes, for each n of `lengths`; a length beyond the end has none. */
  digests(lengths: readonly number[]): Promise<ReadonlyMap<number, string>>;
}

const depthMax = 32;
const chunkBytes = 1024 * 1024;

/** The files below `folder`. Throws `SigningError` for what is neither a file nor a folder, `HostError` for what cannot be read. */
export async function* folderFiles(files: Files, folder: string): AsyncGenerator<SourceFile> {
  let left = bundleLimits.files;
  let characters = bundleLimits.pathCharacters;
  for await (const path of walk(files, folder, '', depthMax)) {
    left -= 1;
    characters -= path.length;
    if (left < 0) throw tooMany();
    if (characters < 0) throw new SigningError('too-large', 'the folder holds too many long paths');
    yield fileIn(files, folder, path);
  }
}

async function* walk(files: Files, folder: string, below: string, depth: number): AsyncGenerator<string> {
  if (depth === 0) throw new SigningError('too-large', `${quoted(below)} is nested more than ${depthMax} folders deep`);
  for (const name of await namesIn(files, join(folder, below))) {
    const path = `${below}${name}`;
    const facts = await files.facts(join(folder, path));
    if (facts?.kind === 'file') yield path;
    else if (facts?.kind === 'directory') yield* walk(files, folder, `${path}/`, depth - 1);
    else throw new SigningError('malformed', `${quoted(path)} is a link or a device; only regular files are taken`);
  }
}

async function namesIn(files: Files, folder: string): Promise<readonly string[]> {
  try {
    return await files.list(folder, bundleLimits.files);
  } catch (error) {
    if (error instanceof HostError && error.code === 'too-large') throw tooMany();
    throw error;
  }
}

function tooMany(): SigningError {
  return new SigningError('too-large', `the folder holds more than ${bundleLimits.files} files`);
}

async function fileIn(files: Files, folder: string, path: string): Promise<SourceFile> {
  const full = join(folder, path);
  const bytes = (await files.facts(full))?.bytes ?? 0;
  return {
    path,
    bytes,
    read: (bytesMax) => readBounded(files, full, path, bytesMax),
    chunks: () => chunksOf(files, full),
    digests: (lengths) => digestsOf(files, full, lengths),
  };
}

async function readBounded(files: Files, full: string, path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    return await files.read(full, { bytesMax, noFollow: true });
  } catch (error) {
    if (error instanceof HostError && error.code === 'too-large') throw tooLarge(path, bytesMax);
    throw error;
  }
}

/** `digests` of a file on the disk, at `full`. */
async function digestsOf(files: Files, full: string, lengths: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const length of new Set(lengths)) {
    const { bytes, sha256 } = await files.digest(full, length);
    if (bytes === length) found.set(length, sha256);
  }
  return found;
}

/** The files of the bundle at `path`. Throws `SigningError` as soon as it is not one that gonogo writes. */
export async function* bundleFiles(files: Files, path: string): AsyncGenerator<SourceFile> {
  for await (const entry of readBundle(chunksOf(files, path), bundleLimits)) {
    yield {
      path: entry.path,
      bytes: entry.bytes,
      read: (bytesMax) => gather(entry.content, entry.path, bytesMax),
      chunks: () => entry.content,
      digests: (lengths) => digestsIn(entry.content, lengths),
    };
  }
}

async function* chunksOf(files: Files, path: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const chunk = await files.readRange(path, at, chunkBytes);
    if (chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

async function gather(content: AsyncIterable<Uint8Array>, path: string, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > bytesMax) throw tooLarge(path, bytesMax);
    // The chunk may be a view of a buffer that is used again.
    chunks.push(chunk.slice());
  }
  return Buffer.concat(chunks);
}

function tooLarge(path: string, bytesMax: number): SigningError {
  return new SigningError('too-large', `${quoted(path)} is larger than ${bytesMax} bytes`);
}

/** One pass over `content`, with a copy of the digest at each length. */
async function digestsIn(
  content: AsyncIterable<Uint8Array>,
  lengths: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const due = [...new Set(lengths)].sort((a, b) => a - b);
  const found = new Map<number, string>();
  const hash = createHash('sha256');
  let at = 0;
  const take = (): void => {
    for (let next = due[0]; next === at; next = due[0]) {
      found.set(at, hexOf(hash));
      due.shift();
    }
  };
  take();
  for await (const chunk of content) {
    for (let from = 0; from < chunk.length; ) {
      const until = Math.min(chunk.length, from + Math.max(0, (due[0] ?? Number.POSITIVE_INFINITY) - at));
      hash.update(chunk.subarray(from, until));
      at += until - from;
      from = until;
      take();
    }
  }
  return found;
}

function hexOf(hash: Hash): string {
  return hash.copy().digest('hex');
}
