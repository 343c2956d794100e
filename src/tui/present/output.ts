/**
 * The lower right: the output of the selected step, a window of its lines.
 *
 * Invariants: output is hostile; nothing but SGR of a line survives, and what a line leaves on ends with it. Without colour,
 * SGR is dropped as well.
 */
import { visibleKeepingColour, visibleLine } from '../../diagnostics/sanitise.ts';
import { patternOf, type Sought } from '../../feed/sought.ts';
import { nameOnHost } from '../../run/host-of.ts';
import { keyOf } from '../keys/labels.ts';
import type { Find, Ui } from '../ui.ts';
import { selectedStep, type View } from '../view.ts';
import { cellWidth, cut, ends, expandTabs, fit, withoutColour } from './cells.ts';
import { bytesText, countText } from './format.ts';
import { type Area, glyphsOf, type Look, paint } from './look.ts';

/** Below this many cells the size in bytes gives way. */
const narrow = 45;
/** A line of more rows than this is cut, not wrapped. */
const wrappedRowsMax = 12;

/** `─ Output ────── FOLLOW  14.2 MB  183k lines ─`, as wide as `area`. What has ended is not followed. */
export function outputHeading(view: View, area: Area): string {
  const { output, look, ui, keys } = view;
  const { width } = area;
  const focused = ui.pane === 'output';
  const { rule, ellipsis } = glyphsOf(look);
  const apart = output.apart ? ` (${keyOf(keys, 'stream')}: standard error)` : '';
  const name = `${visibleLine(output.name)}${ofStep(view)}${apart}`;
  const place = output.first === null ? (output.open ? 'FOLLOW  ' : '') : `LINE ${linesShown(view, area).first + 1}  `;
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

/** Whose output it is where that is not the selected step's, and where it fills the screen, which then says how it goes back. */
function ofStep(view: View): string {
  const { ui, output, run, keys } = view;
  if (output.step === null || run === null) return '';
  const zoomed = ui.zoomed && ui.pane === 'output';
  if (!zoomed && output.step === selectedStep(view)) return '';
  const visit = run.state.steps.get(output.step)?.visits.at(-1) ?? null;
  const of = ` of ${visibleLine(nameOnHost(run.state, output.step, visit))}`;
  return zoomed ? `${of}, ${keyOf(keys, 'read-all')} goes back` : of;
}

/** What of the window's lines stands on screen. */
interface Shown {
  readonly rows: readonly string[];
  /** The lines of which something is shown, raw. */
  readonly lines: readonly string[];
  /** Number of the first line that is shown from its start, 0-based. */
  readonly first: number;
  /** Number of the first line after it that is not shown to its end. */
  readonly end: number;
  /** Rows that the lines from `end` on take; `Infinity` where that is not known. */
  readonly rest: number;
}

/**
 * Where lines are wrapped, a line goes on in the rows below it: the newest lines keep the end, and so do those before a line; a window that
 * was scrolled to keeps its start, unless what was found would not be on screen.
 */
export function linesShown({ output, ui, look }: View, { width, height }: Area): Shown {
  const { find, outputTop } = ui;
  const sought = find?.place === 'output' ? find : null;
  const start = output.first ?? Math.max(0, output.total - output.lines.length);
  const pattern = sought === null ? null : patternOf(soughtBy(sought));
  const all = output.lines.map((line, index) => {
    const at = output.first === null ? null : start + index;
    const holds = pattern?.test(withoutColour(line)) ?? false;
    return lineRows(line, ui, look, width).map((row) => marked(row, holds, at, sought, look));
  });
  const before = typeof outputTop === 'object' && outputTop !== null ? outputTop.before - start : null;
  const kept = before === null || output.first === null ? all : all.slice(0, Math.max(1, before));
  const fromEnd = output.first === null || (before !== null && kept.flat().length >= height);
  const lines = fromEnd ? kept : all;
  const found = sought?.at === null || sought === null ? -1 : sought.at - start;
  const skipped = fromEnd
    ? Math.max(0, lines.flat().length - height)
    : Math.max(0, lines.slice(0, found + 1).flat().length - height);
  const rows = lines.flat().slice(skipped, skipped + height);
  const starts = lines.map((_, index) => lines.slice(0, index).flat().length);
  const first = starts.findIndex((row) => row >= skipped);
  const whole = starts.filter((row, index) => row + (lines[index]?.length ?? 0) <= skipped + height).length;
  const end = Math.max(whole, first + 1);
  const unknown = output.total - start - all.length;
  const rest = all.slice(end).flat().length + (unknown > 1 && isWrapped(ui) ? Number.POSITIVE_INFINITY : unknown);
  const raw = lines.flatMap((own, index) => {
    const at = starts[index] ?? 0;
    return at + own.length > skipped && at < skipped + height ? (output.lines[index] ?? []) : [];
  });
  return { rows, lines: raw, first: start + Math.max(0, first), end: start + end, rest };
}

/** The lines as rows that fill `area`. */
export function outputRows(view: View, area: Area): readonly string[] {
  const { rows } = linesShown(view, area);
  const blank = ' '.repeat(area.width);
  return [...rows, ...Array.from({ length: Math.max(0, area.height - rows.length) }, () => blank)];
}

/** A row of a line that holds what is looked for; the one that the find stands on is told by more than colour. */
function marked(row: string, holds: boolean, at: number | null, find: Find | null, look: Look): string {
  if (!holds || find === null) return row;
  const plain = withoutColour(row);
  return at !== null && at === find.at
    ? paint(look, 'select', `>${cut(plain, 0, cellWidth(plain) - 1)}`)
    : paint(look, 'warn', plain);
}

/** Lines go on in the next row instead of being cut. */
function isWrapped({ wrapped, outputLeft }: Ui): boolean {
  return wrapped && outputLeft === 0;
}

/** One raw line: cut where it is not wrapped, or is so long that its rows would hide all others. */
function lineRows(line: string, ui: Ui, look: Look, width: number): readonly string[] {
  const coloured = expandTabs(visibleKeepingColour(line));
  const text = look.colour ? coloured : withoutColour(coloured);
  const own = cellWidth(text);
  if (ui.outputLeft > 0) return [cut(text, ui.outputLeft, width)];
  if (own <= width || !isWrapped(ui) || own > width * wrappedRowsMax)
    return [fit(text, width, glyphsOf(look).ellipsis)];
  return Array.from({ length: Math.ceil(own / width) }, (_, row) => cut(text, row * width, width));
}

/** What a find looks for. */
export function soughtBy({ text, errors }: Find): Sought {
  return errors ? { kind: 'errors' } : { kind: 'text', text };
}
