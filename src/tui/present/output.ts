/**
 * The lower right: the output of the selected step, a window of its lines.
 *
 * Invariants: output is hostile; nothing but SGR of a line survives, and what a line leaves on ends with it. Without colour,
 * SGR is dropped as well.
 */
import { visibleKeepingColour, visibleLine } from '../../diagnostics/sanitise.ts';
import type { OutputView } from '../../feed/output-window.ts';
import { patternOf, type Sought } from '../../feed/sought.ts';
import type { Find } from '../ui.ts';
import { cut, ends, expandTabs, fit, withoutColour } from './cells.ts';
import { bytesText, countText } from './format.ts';
import { type Area, glyphsOf, type Look, paint } from './look.ts';

/** Below this many cells the size in bytes gives way. */
const narrow = 45;

/** `─ Output ────── FOLLOW  14.2 MB  183k lines ─` in exactly `width` cells. What has ended is not followed. */
export function outputHeading(output: OutputView, look: Look, focused: boolean, width: number): string {
  const { rule, ellipsis } = glyphsOf(look);
  const name = visibleLine(output.name);
  const place = output.first === null ? (output.open ? 'FOLLOW  ' : '') : `LINE ${output.first + 1}  `;
  const lines = `${countText(output.total)}${output.counted ? '' : '+'} ${output.total === 1 ? 'line' : 'lines'}`;
  const size = width < narrow ? lines : `${bytesText(output.bytes)}  ${lines}`;
  const facts = output.bytes === 0 ? (output.open ? 'nothing yet' : 'none') : `${place}${size}`;
  const row = ends(`${rule} ${name} ${focused ? '' : `${rule} Tab `}`, ` ${facts} ${rule}`, width, rule, ellipsis);
  return paint(look, focused ? 'bold' : 'dim', row);
}

/** Where in the lines the window stands. `left`: cells scrolled away; `find`: what to mark. */
export interface OutputPlace {
  readonly find: Find | null;
  readonly left: number;
}

/** The lines as rows that fill `area`. */
export function outputRows(output: OutputView, place: OutputPlace, look: Look, area: Area): readonly string[] {
  const { find, left } = place;
  const sought = find === null ? null : patternOf(soughtBy(find));
  const { width, height } = area;
  const rows = output.lines.slice(0, height).map((line, index) => {
    const text = outputLine(line, look, left, width);
    const plain = withoutColour(text);
    if (find === null || sought === null || !sought.test(withoutColour(line))) return text;
    const here = output.first !== null && output.first + index === find.at;
    return here ? paint(look, 'select', `>${cut(plain, 0, width - 1)}`) : paint(look, 'warn', plain);
  });
  const blank = ' '.repeat(width);
  return [...rows, ...Array.from({ length: Math.max(0, height - rows.length) }, () => blank)];
}

/** One raw line as a row. */
function outputLine(line: string, look: Look, left: number, width: number): string {
  const coloured = expandTabs(visibleKeepingColour(line));
  const text = look.colour ? coloured : withoutColour(coloured);
  return left === 0 ? fit(text, width, glyphsOf(look).ellipsis) : cut(text, left, width);
}

/** What a find looks for. */
export function soughtBy({ text, errors }: Find): Sought {
  return errors ? { kind: 'errors' } : { kind: 'text', text };
}
