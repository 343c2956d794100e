/**
 * What older gonogos wrote, as this one words it: one table, from each format to the next.
 *
 * Invariants:
 * - A record on disk is never rewritten: it is verified as the bytes that it is, and upcast afterwards, in memory.
 * - A format that was ever released keeps its place here for good. A key that a later gonogo adds within a format is optional,
 *   and needs no place.
 */

/** The format that this gonogo writes, and the newest that it reads. */
export const FORMAT = 1;

/** What of a record the formats may word differently: what the envelope holds is the same in all of them. */
export interface Wording {
  readonly type: unknown;
  readonly actor: unknown;
  readonly data: unknown;
}

/** At index n: from format n + 1 to the one after it. Format 1 is the first and the current one, so nothing is to be done yet. */
const steps: readonly ((older: Wording) => Wording)[] = [];

/** Whether this gonogo reads records of format `v`. */
export function isReadable(v: unknown): v is number {
  return typeof v === 'number' && Number.isSafeInteger(v) && v >= 1 && v <= FORMAT;
}

/** `wording` of format `v` (one that is readable) in the words of the current format. */
export function upcast(v: number, wording: Wording): Wording {
  return steps.slice(v - 1).reduce((older, step) => step(older), wording);
}
