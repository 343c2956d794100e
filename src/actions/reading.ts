/**
 * What actions build their readings from: elapsed time, bounded text, masked secrets, and what stood in the way.
 *
 * Invariant: nothing here puts more than `textBytesMax` bytes of what was read into memory.
 */

import { createMask } from '../diagnostics/mask.ts';
import { HostError } from '../host/host.ts';
import type { CelValue } from '../runbook/expression.ts';
import { JsonTextError, parseJson } from '../runbook/expression.ts';
import { Unreachable } from '../target/target.ts';
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

/** A reading of an address that gave no answer; `refused`: there was no connection at all. */
export function unanswered(reason: string, refused: boolean, ms: number): Reading {
  return reading({ fields: { refused }, reason, ms });
}

/** A reading that could not look: neither what was expected nor its contrary is known. */
export function blind(reason: string, ms: number): Reading {
  return reading({ reason, ms, blind: true });
}

/** Milliseconds since the call, an integer. */
export function stopwatch({ clock }: Pick<ActionContext, 'clock'>): () => number {
  const start = clock.steady();
  return () => Math.max(0, Math.round(clock.steady() - start));
}

/** UTF-8 text of `bytes`; what is not UTF-8 becomes U+FFFD, so the result can be recorded. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

/** True where `bytes` are UTF-8; a character that is cut off at the end counts as one where `cut`. */
export function isUtf8(bytes: Uint8Array, cut = false): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
    return true;
  } catch {
    return false;
  }
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

/**
 * Runs `work`; a failure of the target's disk becomes a blind reading that says so, a target that is not there one that never
 * began. Anything else is thrown on.
 */
export async function onTarget(elapsedMs: () => number, work: () => Promise<Reading>): Promise<Reading> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HostError) return blind(error.message, elapsedMs());
    if (error instanceof Unreachable)
      return { kind: 'never-began', why: { cause: 'unreachable', reason: error.message } };
    throw error;
  }
}

/** `bytes` without any of `secrets`, however it is spelled. */
export function withoutSecrets(bytes: Uint8Array, secrets: readonly string[]): Uint8Array {
  if (secrets.length === 0) return bytes;
  const mask = createMask(secrets);
  return Buffer.concat([mask.push(bytes), mask.end()]);
}

/** The same for text. */
export function textWithoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.length === 0 ? text : textOf(withoutSecrets(new TextEncoder().encode(text), secrets));
}
