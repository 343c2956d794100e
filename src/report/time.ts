/**
 * Times and durations as text: UTC, by arithmetic alone, the same on every machine.
 *
 * It may not use Date or a locale.
 */
import { digits, utcClock, utcDate } from '../run/instants.ts';

export { isoTime, utcClock } from '../run/instants.ts';

/** `2026-11-21 03:12:44 UTC` for epoch milliseconds; fractions of a second are cut off. */
export function utc(ms: number): string {
  return `${utcDate(ms)} ${utcClock(ms)} UTC`;
}

/** The two largest units that a reader needs: `812 ms`, `4.2 s`, `41 s`, `2m 11s`, `3h 05m`, `2d 04h`. Cut, not rounded up. */
export function duration(ms: number): string {
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < 1000) return `${Math.floor(ms)} ms`;
  if (ms < 10_000) return `${Math.floor(ms / 1000)}.${Math.floor((ms % 1000) / 100)} s`;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${digits(seconds % 60, 2)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ${digits(Math.floor(seconds / 60) % 60, 2)}m`;
  return `${Math.floor(seconds / 86_400)}d ${digits(Math.floor(seconds / 3600) % 24, 2)}h`;
}
