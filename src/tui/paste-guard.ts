/**
 * Tells a typed key from a pasted one, so that pasting text never acts.
 *
 * A terminal without bracketed paste sends a paste as keys in quick succession. A key that acts is therefore held for
 * `burstMs`: when another character follows within that time, or one came within that time before, it was pasted.
 *
 * Invariants: pure; arrows and other keys that no text contains neither end nor start a burst.
 */

/** Characters at most this far apart are one paste. */
export const burstMs = 30;

export interface PasteGuard {
  /** When the last character came, epoch ms; -Infinity before the first. */
  readonly lastAt: number;
  /** Number of the last character: a held key acts only if none came after it. */
  readonly count: number;
}

export const noPaste: PasteGuard = { lastAt: Number.NEGATIVE_INFINITY, count: 0 };

/** The guard after one character at `now`, and whether it is part of a burst already. */
export function afterCharacter(
  guard: PasteGuard,
  now: number,
): { readonly guard: PasteGuard; readonly burst: boolean } {
  const burst = now - guard.lastAt <= burstMs;
  return { guard: { lastAt: now, count: guard.count + 1 }, burst };
}

/** The guard after several characters at once: always a paste. */
export function afterPaste(guard: PasteGuard, now: number): PasteGuard {
  return { lastAt: now, count: guard.count + 1 };
}

/** Whether the key that was character number `count` may act now. */
export function mayAct(guard: PasteGuard, count: number): boolean {
  return guard.count === count;
}
