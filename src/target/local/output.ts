/** What an attempt printed, in the files of its folder in the run: windows of it, its end, evidence of it. */
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { type Digest, type Files, factsNow, type GrowingDigest, type Host } from '../../host/host.ts';
import type { Evidence } from '../../run/event.ts';
import type { AttemptRef, KeptOutput, OutputWindow, Stream } from '../target.ts';

/** How often a stream that is followed is looked at. */
const LOOK_EVERY_MS = 50;
const FOLLOW_BYTES = 65_536;
/** A file of so many bytes is read and hashed at once: most commands print less, and turns of the loop would cost more. */
const AT_ONCE_BYTES = 16_384;

/** The file of each stream. */
export const outputNames: Readonly<Record<Stream, string>> = { output: 'output.log', errors: 'stderr.log' };

/** How much of the end is read, what has hashed it so far, and whether some of it is lost. */
export interface KeepingHow {
  readonly tailBytesMax: number;
  readonly growing: GrowingDigest | null;
  readonly lost: boolean;
}

/** What a stream's file comes to as evidence, and its end; null when there is no such file. */
export async function keptOutput(
  files: Files,
  { id }: AttemptRef,
  path: string,
  { tailBytesMax, growing, lost }: KeepingHow,
): Promise<KeptOutput | null> {
  const facts = await factsNow(files, path);
  if (facts === null) return null;
  const evidence = (digest: Digest): Evidence => ({
    path: `${id}/${path.slice(path.lastIndexOf('/') + 1)}`,
    ...digest,
    ...(lost ? { incomplete: true as const } : {}),
  });
  if (growing === null && facts.bytes <= Math.min(AT_ONCE_BYTES, tailBytesMax) && files.readAtOnce !== undefined) {
    const bytes = files.readAtOnce(path, facts.bytes);
    const digest = { bytes: bytes.length, sha256: hash('sha256', bytes) };
    return { evidence: evidence(digest), tail: { start: 0, bytes, total: bytes.length } };
  }
  const start = Math.max(0, facts.bytes - tailBytesMax);
  const length = Math.min(tailBytesMax, facts.bytes - start);
  const bytes = length === 0 ? new Uint8Array(0) : await files.readRange(path, start, length);
  return {
    evidence: evidence(await (growing?.finish() ?? files.digest(path))),
    tail: { start, bytes, total: start + bytes.length },
  };
}

/** At most `length` bytes of the file from `start`; empty where there is no file. */
export async function windowOf(files: Files, path: string, start: number, length: number): Promise<OutputWindow> {
  const total = (await files.facts(path))?.bytes ?? 0;
  const bytes = start < total ? await files.readRange(path, start, Math.min(length, total - start)) : new Uint8Array(0);
  return { start, bytes, total: Math.max(total, start + bytes.length) };
}

/** The file from `start` on, as it grows, until `signal` aborts. */
export async function* followFile(
  { files, clock }: Host,
  path: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<OutputWindow> {
  for (let at = start; ; ) {
    const window = await windowOf(files, path, at, FOLLOW_BYTES);
    at += window.bytes.length;
    if (window.bytes.length > 0) yield window;
    else if (signal.aborted) return;
    else await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Keeps `bytes` as a file of the attempt's folder within the run's, durable. */
export async function keepEvidence(
  files: Files,
  runFolder: string,
  { id }: AttemptRef,
  { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
): Promise<Evidence> {
  const folder = join(runFolder, id);
  await files.ensureFolder(join(folder, '..'));
  await files.makeFolder(folder);
  await files.create(join(folder, name), bytes);
  return { path: `${id}/${name}`, ...(await files.digest(join(folder, name))) };
}
