/**
 * From times to places and lengths on the drawn time line.
 *
 * Invariant: monotone; every pause is `pauseWidth` wide (less where pauses would take half of the width), whatever it
 * lasted, and the rest of the width is shared by the time that was not paused.
 */
import type { Bar, Drawing, Lane } from './model.ts';

/** The place of a time, 0 to `width`. */
export function scaleOf(drawing: Drawing, width: number, pauseWidth: number): (at: number) => number {
  const { from, to, pauses } = drawing;
  const each = pauses.length === 0 ? 0 : Math.min(pauseWidth, width / 2 / pauses.length);
  const pausedMs = pauses.reduce((sum, pause) => sum + pause.to - pause.from, 0);
  const activeMs = to - from - pausedMs;
  const perMs = activeMs <= 0 ? 0 : (width - each * pauses.length) / activeMs;
  return (at) => {
    const inside = Math.min(to, Math.max(from, at));
    let place = (inside - from) * perMs;
    for (const pause of pauses) {
      if (inside <= pause.from) break;
      const share = Math.min(1, (inside - pause.from) / (pause.to - pause.from));
      place += share * each - (Math.min(inside, pause.to) - pause.from) * perMs;
    }
    return Math.min(width, Math.max(0, place));
  };
}

/** What a lane took; where it does not say: the time that something ran, or else the time that a person was waited for. */
export function tookMs({ bars, ms }: Lane): number {
  if (ms !== undefined) return ms;
  const ran = bars.filter(({ kind }) => kind !== 'wait');
  return (ran.length > 0 ? ran : bars).reduce((sum, bar) => sum + bar.to - bar.from, 0);
}

/** The order in which bars are drawn: a failure lies on top, so that what follows it never hides it. */
export function byWeight(bars: readonly Bar[]): readonly Bar[] {
  return [...bars.filter(({ kind }) => kind !== 'failure'), ...bars.filter(({ kind }) => kind === 'failure')];
}
