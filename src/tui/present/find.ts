/** The row of an open find. */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import type { Find } from '../ui.ts';
import type { View } from '../view.ts';
import { ends } from './cells.ts';
import { glyphsOf, paint } from './look.ts';

/** The row in which it is typed, or that says how many places there are. `count` null: not counted yet. */
export function findRow(find: Find, count: number | null, { ui, look }: View): string {
  const { cursor, ellipsis } = glyphsOf(look);
  const text = find.errors ? ' what reads like an error' : ` /${visibleLine(find.text)}${find.typing ? cursor : ''}`;
  const places = count === null ? 'counting' : count === 0 ? 'not found' : `${count} found`;
  const right = find.text === '' && !find.errors ? '' : `${places} `;
  return paint(look, 'accent', ends(text, right, ui.columns, ' ', ellipsis));
}
