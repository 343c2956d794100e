/** What became of the machine's clock, in words. */
import type { DataOf } from './event.ts';

/** `the machine's clock was set back by 1 h`, `the machine slept for 3 h`. */
export function jumpText({ cause, byMs }: DataOf<'clock.jumped'>): string {
  const length = lengthText(Math.abs(byMs));
  return cause === 'asleep'
    ? `the machine slept for ${length}`
    : `the machine's clock was set ${byMs < 0 ? 'back' : 'forward'} by ${length}`;
}

/** The two largest units: `41 s`, `2 min 11 s`, `3 h 5 min`, `2 d 4 h`. */
function lengthText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  const told = parts.slice(Math.max(0, first), Math.max(0, first) + 2).filter(([count]) => count > 0);
  return told.length === 0 ? '0 s' : told.map(([count, unit]) => `${count} ${unit}`).join(' ');
}
