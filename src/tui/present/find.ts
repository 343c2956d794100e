/**
 * Text that is looked for in rows. Upper and lower case differ only where an upper-case letter is looked for.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import type { Find } from '../ui.ts';
import type { View } from '../view.ts';
import { ends, withoutColour } from './cells.ts';
import { glyphsOf, paint } from './look.ts';

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

/** The row in which it is typed, or that says how many places there are. `count` null: not counted yet. */
export function findRow(find: Find, count: number | null, { ui, look }: View): string {
  const { cursor, ellipsis } = glyphsOf(look);
  const text = find.errors ? ' what reads like an error' : ` /${visibleLine(find.text)}${find.typing ? cursor : ''}`;
  const places = count === null ? 'counting' : count === 0 ? 'not found' : `${count} found`;
  const right = find.text === '' && !find.errors ? '' : `${places} `;
  return paint(look, 'accent', ends(text, right, ui.columns, ' ', ellipsis));
}
