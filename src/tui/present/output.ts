/**
 * The lower right: the output of the selected step, a window of its lines.
 *
 * Invariants: output is hostile; nothing but SGR of a line survives, and what a line leaves on ends with it. Without colour,
 * SGR is dropped as well.
 */
import { visibleKeepingColour, visibleLine } from '../../diagnostics/sanitise.ts';
import type { OutputView } from '../../feed/output-window.ts';
import { patternOf, type Sought } from '../../feed/sought.ts';
import { keyOf } from '../keys/labels.ts';
import type { Find } from '../ui.ts';
import type { View } from '../view.ts';
import { cellWidth, cut, ends, expandTabs, fit, withoutColour } from './cells.ts';
import { bytesText, countText } from './format.ts';
import { type Area, glyphsOf, type Look, paint } from './look.ts';

/** Below this many cells the size in bytes gives way. */
const narrow = 45;
/** A line of more rows than this is cut, not wrapped. */
const wrappedRowsMax = 12;

/** `─ Output ────── FOLLOW  14.2 MB  183k lines ─` in exactly `width` cells. What has ended is not followed. */
export function outputHeading({ output, look, ui, keys }: View, width: number): string {
  const focused = ui.pane === 'output';
  const { rule, ellipsis } = glyphsOf(look);
  const name = `${visibleLine(output.name)}${output.apart ? ` (${keyOf(keys, 'stream')}: standard error)` : ''}`;
  const place = output.first === null ? (output.open ? 'FOLLOW  ' : '') : `LINE ${output.first + 1}  `;
  const lines = `${countText(output.total)}${output.counted ? '' : '+'} ${output.total === 1 ? 'line' : 'lines'}`;
  const size = width < narrow ? lines : `${bytesText(output.bytes)}  ${lines}`;
  const facts = output.bytes === 0 ? (output.open ? 'nothing yet' : 'none') : `${place}${size}`;
  const row = ends(
    `${rule} ${name} ${focused ? '' : `${rule} ${keyOf(keys, 'other-pane')} `}`,
    ` ${facts} ${rule}`,
    width,
    rule,
    ellipsis,
  );
  return paint(look, focused ? 'bold' : 'dim', row);
}

/** Where in the lines the window stands. `left`: cells scrolled away; `find`: what to mark. */
export interface OutputPlace {
  readonly find: Find | null;
  readonly left: number;
  /** Lines go on in the next row instead of being cut. */
  readonly wrapped: boolean;
}

/**
 * The lines as rows that fill `area`. Where they are wrapped, a line goes on in the rows below it: the newest lines keep the end, a
 * window that was scrolled to keeps its start.
 */
export function outputRows(output: OutputView, place: OutputPlace, look: Look, area: Area): readonly string[] {
  const { width, height } = area;
  const sought = place.find === null ? null : patternOf(soughtBy(place.find));
  const rows = output.lines.flatMap((line, index) => {
    const at = output.first === null ? null : output.first + index;
    return lineRows(line, place, look, width).map((row) =>
      marked(row, sought?.test(withoutColour(line)) ?? false, at, place, look),
    );
  });
  const shown = output.first === null ? rows.slice(Math.max(0, rows.length - height)) : rows.slice(0, height);
  const blank = ' '.repeat(width);
  return [...shown, ...Array.from({ length: Math.max(0, height - shown.length) }, () => blank)];
}

/** A row of a line that holds what is looked for; the one that the find stands on is told by more than colour. */
function marked(row: string, holds: boolean, at: number | null, { find }: OutputPlace, look: Look): string {
  if (!holds || find === null) return row;
  const plain = withoutColour(row);
  return at !== null && at === find.at
    ? paint(look, 'select', `>${cut(plain, 0, cellWidth(plain) - 1)}`)
    : paint(look, 'warn', plain);
}

/** One raw line: cut where it is not wrapped, or is so long that its rows would hide all others. */
function lineRows(line: string, { left, wrapped }: OutputPlace, look: Look, width: number): readonly string[] {
  const coloured = expandTabs(visibleKeepingColour(line));
  const text = look.colour ? coloured : withoutColour(coloured);
  const own = cellWidth(text);
  if (left > 0) return [cut(text, left, width)];
  if (own <= width || !wrapped || own > width * wrappedRowsMax) return [fit(text, width, glyphsOf(look).ellipsis)];
  return Array.from({ length: Math.ceil(own / width) }, (_, row) => cut(text, row * width, width));
}

/** What a find looks for. */
export function soughtBy({ text, errors }: Find): Sought {
  return errors ? { kind: 'errors' } : { kind: 'text', text };
}
