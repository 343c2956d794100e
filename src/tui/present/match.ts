/** Text that is looked for in rows. Upper and lower case differ only where an upper-case letter is looked for. */
import { withoutColour } from './cells.ts';

/** Whether `row` holds `text`; nothing holds the empty text. */
export function isMatch(row: string, text: string): boolean {
  if (text === '') return false;
  const plain = withoutColour(row);
  return text === text.toLowerCase() ? plain.toLowerCase().includes(text) : plain.includes(text);
}

/** The next row after `from` (or before it) that holds `text`, going round at the end; null without any. */
export function nextMatch(rows: readonly string[], text: string, from: number, forward: boolean): number | null {
  const count = rows.length;
  for (let step = 1; step <= count; step += 1) {
    const index = (((from + (forward ? step : -step)) % count) + count) % count;
    if (isMatch(rows[index] ?? '', text)) return index;
  }
  return null;
}
