/**
 * Durations, sizes and times of day as short text. Pure; no locale.
 */
import { dayOf } from '../../run/day.ts';

/** Elapsed time: `0:41`, `12:05`, `1:02:03`. Less than nothing counts as nothing. */
export function elapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const tail = `${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${tail}` : `${minutes}:${tail}`;
}

/** Time that something took: as `elapsed`, and `<1s` for what was over at once. */
export function took(ms: number): string {
  return ms < 1000 ? '<1s' : elapsed(ms);
}

/** A rough length: `40s`, `6m`, `2h`. */
export function rough(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds}s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes}m` : `${Math.round(minutes / 60)}h`;
}

/** A range of rough lengths: `6-15m`, `40s-2m`, `3m` when both ends read the same. */
export function roughRange(lowMs: number, highMs: number): string {
  const low = rough(lowMs);
  const high = rough(highMs);
  if (low === high) return low;
  return low.at(-1) === high.at(-1) ? `${low.slice(0, -1)}-${high}` : `${low}-${high}`;
}

/** `812 B`, `14.2 kB`, `3.1 GB`; decimal prefixes. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** `7`, `183k`, `2.4M`. */
export function countText(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_500) return `${count < 9950 ? (count / 1000).toFixed(1) : Math.round(count / 1000)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** Time of day, `14:32`. `offsetMs`: what to add to UTC. */
export function timeOfDay(atMs: number, offsetMs: number): string {
  const minutes = Math.floor(((((atMs + offsetMs) % 86_400_000) + 86_400_000) % 86_400_000) / 60_000);
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** `2026-11-21 06:09`. `offsetMs`: what to add to UTC. */
export function dayAndTime(atMs: number, offsetMs: number): string {
  return `${dayOf(atMs + offsetMs)} ${timeOfDay(atMs, offsetMs)}`;
}

/** The last part of a run's id: what an operator says aloud. */
export function shortId(id: string): string {
  return id.split('-').at(-1) ?? id;
}

/** `count` things: `1 step`, `3 steps`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
