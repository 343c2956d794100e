/**
 * What stands at the bottom while something is asked: a dialog's menu, its fields, a y/n, or the outcome of a run.
 *
 * Invariants: exactly as many rows as planned, each exactly `width` cells; a menu's rows are left to the menu widget, in
 * the place that `menuAt` names.
 */
import { visible, visibleKeepingColour, visibleLine } from '../../diagnostics/sanitise.ts';
import type { Dialog, Field, Tone } from '../dialogs/dialog.ts';
import { type DialogOverlay, fieldsOf, fieldValue, listedChoices, type Overlay } from '../ui.ts';
import type { View } from '../view.ts';
import { cellWidth, cut, ends, expandTabs, fit, withoutColour, wrap } from './cells.ts';
import { glyphsOf, type Look, paint, type Style } from './look.ts';
import { subjectRows } from './subject.ts';

/** Rows before and after a menu; `menu` null: there is none and `after` is empty. */
export interface Panel {
  readonly before: readonly string[];
  readonly menu: Menu | null;
  readonly after: readonly string[];
}

/** `choices`: places of the labels in the dialog. */
export interface Menu {
  readonly labels: readonly string[];
  readonly choices: readonly number[];
  readonly rows: number;
}

/** Rows that a panel takes. */
export function panelHeight(panel: Panel): number {
  return panel.before.length + (panel.menu?.rows ?? 0) + panel.after.length;
}

/** The panel of an overlay in at most `rowsMax` rows (at least 4). Pages have none. */
export function panelOf(view: View, overlay: Overlay, rowsMax: number): Panel | null {
  switch (overlay.kind) {
    case 'dialog':
      return dialogPanel(view, overlay, rowsMax);
    case 'confirm':
      return confirmPanel(view, overlay, rowsMax);
    default:
      return null;
  }
}

/** All rows of what a dialog or a y/n says, unpadded. */
export function textOf(view: View, overlay: Exclude<Overlay, { kind: 'reader' }>): readonly string[] {
  const { look, run } = view;
  const width = Math.max(4, view.ui.columns - 4);
  const { text, subject } = overlay.kind === 'dialog' ? overlay.dialog : overlay;
  const own = text.flatMap((one) => wrap(expandTabs(visible(one)).trimEnd(), width));
  const rows = overlay.kind === 'dialog' ? [...own, ...outputEnd(view, overlay.dialog, width)] : own;
  if (subject === null || run === null) return rows;
  const about = subjectRows(run.state, subject, look, width);
  // A question comes after what it is about.
  return overlay.kind === 'confirm' ? [...about, ...rows] : [...rows, ...about];
}

/** Rows of output that a dialog tells at most. */
export const endRows = 3;

/** The end of the output where it matters and no pane has room for it. */
function outputEnd({ output, ui }: View, { showsOutput }: Dialog, width: number): readonly string[] {
  if (!showsOutput || !(ui.inline || ui.rows < 16)) return [];
  const rows = output.lines
    .slice(-endRows)
    .flatMap((line) => wrap(expandTabs(withoutColour(visibleKeepingColour(line))), width));
  return rows.slice(-endRows);
}

/** How many rows of its text an overlay shows at once in a panel of `rowsMax` rows. */
export function roomOf(view: View, overlay: Exclude<Overlay, { kind: 'reader' }>, rowsMax: number): number {
  const note = overlay.error === null ? [] : errorRows(overlay.error, view);
  if (overlay.kind === 'confirm') return Math.max(0, rowsMax - 2 - note.length);
  const after = overlay.sending ? 1 : note.length;
  if (overlay.draft.choice === null) return Math.max(0, rowsMax - 1 - after - menuRows(view, overlay, rowsMax - after));
  return Math.max(0, rowsMax - 1 - after - formRows(overlay, view).length);
}

function dialogPanel(view: View, overlay: DialogOverlay, rowsMax: number): Panel {
  const { look } = view;
  const { columns: width } = view.ui;
  const { dialog, draft } = overlay;
  const error = overlay.error === null ? [] : errorRows(overlay.error, view);
  const after = overlay.sending ? [paint(look, 'dim', fit('  …', width))] : error;
  const text = textWindow(view, overlay, roomOf(view, overlay, rowsMax));
  if (draft.choice === null) {
    const choices = listedChoices(view.ui, dialog);
    const labels = choices.map((index) => labelOf(dialog, index));
    const rows = menuRows(view, overlay, rowsMax - after.length);
    const cutOff = rows < labels.length ? `${dialog.title} (${labels.length} choices)` : dialog.title;
    const before = [heading(cutOff, dialog.tone, look, width), ...text];
    if (labels.length === 0)
      return { before: [...before, fit('  Nothing here holds that text.', width), ...after], menu: null, after: [] };
    return { before, menu: { labels, choices, rows }, after };
  }
  const title = heading(dialog.title, dialog.tone, look, width);
  return { before: [title, ...text, ...formRows(overlay, view), ...after], menu: null, after: [] };
}

function labelOf({ choices }: Dialog, index: number): string {
  const { label = '', mark = '' } = choices[index] ?? {};
  return visibleLine(mark === '' ? label : `${label}  (${mark})`);
}

/** Rows of a menu: all its choices, but what the text above needs at least. */
function menuRows(view: View, overlay: DialogOverlay, rowsMax: number): number {
  return Math.min(
    Math.max(1, listedChoices(view.ui, overlay.dialog).length),
    Math.max(2, rowsMax - 2 - Math.min(3, textOf(view, overlay).length)),
  );
}

/** The choice that is filled in, and its fields. */
function formRows(overlay: DialogOverlay, { look, ui }: View): readonly string[] {
  const { dialog, draft } = overlay;
  const label = draft.choice === null ? '' : (dialog.choices[draft.choice]?.label ?? '');
  const chosen = dialog.choices.length > 1 ? [paint(look, 'bold', fit(`  ${visibleLine(label)}`, ui.columns))] : [];
  return [...chosen, ...fieldRows(overlay, look, ui.columns)];
}

function confirmPanel(view: View, overlay: Extract<Overlay, { kind: 'confirm' }>, rowsMax: number): Panel {
  const { look } = view;
  const { columns: width } = view.ui;
  const { ellipsis } = glyphsOf(look);
  const title = heading(overlay.title, 'warning', look, width);
  const buttons = `  y Yes    ${paint(look, 'select', '> n No <')}`;
  const note = overlay.error === null ? [] : errorRows(overlay.error, view);
  const text = textWindow(view, overlay, roomOf(view, overlay, rowsMax));
  return { before: [title, ...text, fit(buttons, width, ellipsis), ...note], menu: null, after: [] };
}

/** A rule with a title in it. */
export function heading(title: string, tone: Tone, look: Look, width: number): string {
  const { rule, ellipsis } = glyphsOf(look);
  const style: Style = tone === 'danger' ? 'bad' : tone === 'warning' ? 'warn' : 'bold';
  return paint(look, style, ends(`${rule} ${visibleLine(title)} `, '', width, rule, ellipsis));
}

/** The rows of the text from where it is scrolled to; where it is longer than `room`, the last one says which they are. */
function textWindow(view: View, overlay: Exclude<Overlay, { kind: 'reader' }>, room: number): readonly string[] {
  const { look } = view;
  const { columns: width } = view.ui;
  const { ellipsis } = glyphsOf(look);
  const rows = textOf(view, overlay).map((row) => fit(`  ${row}`, width, ellipsis));
  if (rows.length <= room) return rows;
  if (room === 0) return [];
  const height = room - 1;
  const first = Math.max(0, Math.min(overlay.top, rows.length - height));
  const keys = overlay.kind === 'confirm' ? 'PgUp PgDn scroll, z reads all' : 'PgUp PgDn scroll, Ctrl-R reads all';
  const place = height === 0 ? `${rows.length} lines` : `lines ${first + 1}-${first + height} of ${rows.length}`;
  return [...rows.slice(first, first + height), paint(look, 'warn', fit(`  (${place}: ${keys})`, width, ellipsis))];
}

function errorRows(error: string, { look, ui }: View): readonly string[] {
  const rows = wrap(expandTabs(visible(error)).trimEnd(), Math.max(1, ui.columns - 4));
  return rows.slice(0, 2).map((row) => paint(look, 'bad', fit(`  ${row}`, ui.columns, glyphsOf(look).ellipsis)));
}

function fieldRows(overlay: DialogOverlay, look: Look, width: number): readonly string[] {
  return fieldsOf(overlay).map((field, index) => fieldRow(overlay, field, index === overlay.draft.field, look, width));
}

/** `  Label: text▏`; what is longer than the row scrolls with the caret. */
function fieldRow(overlay: DialogOverlay, field: Field, active: boolean, look: Look, width: number): string {
  const { cursor, ellipsis } = glyphsOf(look);
  const label = `${active ? '>' : ' '} ${visibleLine(field.label)}: `;
  const characters = [...fieldValue(overlay.draft, field)].map((one) => (field.secret ? '*' : visibleLine(one)));
  const room = Math.max(1, width - cellWidth(label) - 1);
  if (!active) return fit(`${label}${characters.join('')}`, width, ellipsis);
  const before = characters.slice(0, overlay.draft.caret).join('');
  const after = characters.slice(overlay.draft.caret).join('');
  const start = Math.max(0, cellWidth(before) + 1 - room);
  const text = cut(`${before}${cursor}${after}`, start, room);
  return fit(paint(look, 'bold', label) + text, width, ellipsis);
}
