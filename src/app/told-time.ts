/**
 * When something happened that is told later, as somebody types it.
 *
 * Invariant: what is typed without a zone is meant by the clock on the wall here, and is the newest such time that has been.
 */

/** `03:12`, `03:12:40`, or ISO 8601 with its zone, as epoch ms not after `now`. A text: what is wrong with it. */
export function toldTime(text: string, now: number): number | string {
  const [, hours, minutes, seconds = '0'] = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text) ?? [];
  if (hours !== undefined) return clockTime([Number(hours), Number(minutes), Number(seconds)], text, now);
  const full = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text);
  const ms = full ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) return `"${text}" is no time; write 03:12 (by the clock here), or 2026-11-21T03:12:00Z`;
  return ms > now ? `${text} has not been yet` : ms;
}

function clockTime(
  [hours, minutes, seconds]: readonly [number, number, number],
  text: string,
  now: number,
): number | string {
  if (hours > 23 || minutes > 59 || seconds > 59) return `"${text}" is no time of a day`;
  const day = new Date(now);
  for (let back = 0; back <= 2; back += 1) {
    const at = new Date(day.getFullYear(), day.getMonth(), day.getDate() - back, hours, minutes, seconds);
    // A time that the clocks skip that day was on no wall.
    if (at.getHours() === hours && at.getMinutes() === minutes && at.getTime() <= now) return at.getTime();
  }
  return `${text} was not in the last two days`;
}
