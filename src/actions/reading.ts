/**
 * What actions build their readings from: elapsed time, evidence files, bounded text, masked secrets.
 *
 * Invariant: nothing here puts more than `textBytesMax` bytes of what was read into memory.
 */
import { type GrowingDigest, HostError } from '../host/host.ts';
import type { Evidence } from '../run/event.ts';
import type { CelValue } from '../runbook/expression.ts';
import { JsonTextError, parseJson } from '../runbook/expression.ts';
import { createMask } from '../target/local/mask.ts';
import type { ActionContext, Reading } from './action.ts';

/** Bytes of output, body or file that an expression sees at most. */
export const textBytesMax = 1024 * 1024;

type Read = Extract<Reading, { kind: 'read' }>;

/** A reading with everything that is not given empty. */
export function reading(given: Partial<Omit<Read, 'kind'>> & { readonly ms: number }): Reading {
  return { kind: 'read', fields: {}, exit: null, status: null, reason: null, evidence: [], ...given };
}

/** A reading that failed whatever is expected. */
export function failed(reason: string, ms: number): Reading {
  return reading({ reason, ms });
}

/** A reading that could not look: neither what was expected nor its contrary is known. */
export function blind(reason: string, ms: number): Reading {
  return reading({ reason, ms, blind: true });
}

/** Milliseconds since the call, an integer of at least 0 whatever the clock does. */
export function stopwatch(context: Pick<ActionContext, 'host'>): () => number {
  const start = context.host.clock.now();
  return () => Math.max(0, Math.round(context.host.clock.now() - start));
}

/** The bytes that file `name` of the attempt's folder has now, as evidence; null when there is no such file. */
export async function evidenceOf(
  context: Pick<ActionContext, 'host' | 'folder' | 'runFolder'>,
  name: string,
  growing: GrowingDigest | null = null,
): Promise<Evidence | null> {
  const path = `${context.folder}/${name}`;
  if ((await context.host.files.facts(path)) === null) return null;
  const { bytes, sha256 } = await (growing?.finish() ?? context.host.files.digest(path));
  return { path: relativeTo(context.runFolder, path), bytes, sha256 };
}

/** Makes the attempt's folder with one evidence file in it, durable. */
export async function storeEvidence(
  context: Pick<ActionContext, 'host' | 'folder' | 'runFolder'>,
  name: string,
  bytes: Uint8Array,
): Promise<Evidence | null> {
  const { files } = context.host;
  await files.ensureFolder(context.folder.slice(0, context.folder.lastIndexOf('/')));
  await files.makeFolder(context.folder);
  await files.create(`${context.folder}/${name}`, bytes);
  return evidenceOf(context, name);
}

function relativeTo(folder: string, path: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}

/** UTF-8 text of `bytes`; what is not UTF-8 becomes U+FFFD, so the result can be recorded. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

/** A JSON field and, when the text is none, the words for why it cannot be had. */
export function jsonField(
  text: string,
  what: string,
): { readonly fields: Readonly<Record<string, CelValue>>; readonly absent: Readonly<Record<string, string>> } {
  try {
    return { fields: { json: parseJson(text) }, absent: {} };
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return { fields: {}, absent: { json: `${what} is not JSON: ${error.message}` } };
  }
}

/** Runs `work`; a failure of the disk becomes a blind reading that says so, anything else is thrown on. */
export async function orDiskFailure(elapsedMs: () => number, work: () => Promise<Reading>): Promise<Reading> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HostError) return blind(error.message, elapsedMs());
    throw error;
  }
}

/** `bytes` without any of `secrets`, in every form that the masking of command output knows and as JSON text. */
export function withoutSecrets(bytes: Uint8Array, secrets: readonly string[]): Uint8Array {
  if (secrets.length === 0) return bytes;
  const mask = createMask([...secrets, ...secrets.map((secret) => JSON.stringify(secret).slice(1, -1))]);
  return Buffer.concat([mask.push(bytes), mask.end()]);
}

/** The same for text. */
export function textWithoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.length === 0 ? text : textOf(withoutSecrets(new TextEncoder().encode(text), secrets));
}
