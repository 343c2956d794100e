/** A rehearsal in words. */
import type { Rehearsal } from '../run/event.ts';
import { utc } from './time.ts';

/** `2026-11-21 03:12:44 UTC, 36 failure points: 30 covered, 6 marked; signed by ada (SHA256:…)`. */
export function rehearsalText({ at, points, covered, marked, signed }: Rehearsal): string {
  const count = `${points} failure ${points === 1 ? 'point' : 'points'}: ${covered} covered, ${marked} marked`;
  return `${utc(at)}, ${count}; ${signerText(signed)}`;
}

function signerText(signed: Rehearsal['signed']): string {
  if (signed === null) return 'not signed';
  return signed.principal === null
    ? `signed by ${signed.key}, whom nobody vouched for`
    : `signed by ${signed.principal} (${signed.key})`;
}
