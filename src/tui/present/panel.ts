/**
 * What stands at the bottom while something is asked: a dialog's menu, its fields, a y/n, or the outcome of a run.
 *
 * Invariants: exactly as many rows as planned, each exactly `width` cells; a menu's rows are left to the menu widget, in
 * the place that `menuAt` names.
 */
import { visible, visibleLine } from '../../diagnostics/sanitise.ts';
import type { Field, Tone } from '../dialogs/dialog.ts';
import { type DialogOverlay, fieldsOf, fieldValue, type Overlay } from '../ui.ts';
import { cellWidth, cut, ends, expandTabs, fit, wrap } from './cells.ts';
import { glyphsOf, type Look, paint, type Style } from './look.ts';

/** Rows before and after a menu; `menu` null: there is none and `after` is empty. */
export interface Panel {
  readonly before: readonly string[];
  readonly menu: { readonly labels: readonly string[]; readonly rows: number } | null;
  readonly after: readonly string[];
}

/** Rows that a panel takes. */
export function panelHeight(panel: Panel): number {
  return panel.before.length + (panel.menu?.rows ?? 0) + panel.after.length;
}

/** The panel of an overlay in at most `rowsMax` rows (at least 4). Help and plan have none. */
export function panelOf(overlay: Overlay, look: Look, width: number, rowsMax: number): Panel | null {
  switch (overlay.kind) {
    case 'dialog':
      return dialogPanel(overlay, look, width, rowsMax);
    case 'confirm':
      return confirmPanel(overlay, look, width, rowsMax);
    default:
      return null;
  }
}

function dialogPanel(overlay: DialogOverlay, look: Look, width: number, rowsMax: number): Panel {
  const { dialog, draft } = overlay;
  const title = heading(dialog.title, dialog.tone, look, width);
  const error = overlay.error === null ? [] : paragraph(overlay.error, look, width, 'bad').slice(0, 2);
  const after = overlay.sending ? [paint(look, 'dim', fit('  …', width))] : error;
  if (draft.choice === null) {
    const labels = dialog.choices.map(({ label, mark }) => visibleLine(mark === '' ? label : `${label}  (${mark})`));
    const menuRows = Math.min(labels.length, Math.max(2, rowsMax - 2 - after.length - Math.min(3, dialog.text.length)));
    const room = Math.max(0, rowsMax - 1 - after.length - menuRows);
    const cutOff = menuRows < labels.length ? `${dialog.title} (${labels.length} choices)` : dialog.title;
    const named = heading(cutOff, dialog.tone, look, width);
    return { before: [named, ...textRows(dialog.text, look, width, room)], menu: { labels, rows: menuRows }, after };
  }
  const choice = dialog.choices[draft.choice];
  const chosen =
    dialog.choices.length > 1 ? [paint(look, 'bold', fit(`  ${visibleLine(choice?.label ?? '')}`, width))] : [];
  const fields = fieldRows(overlay, look, width);
  const room = Math.max(0, rowsMax - 1 - chosen.length - fields.length - after.length);
  return {
    before: [title, ...textRows(dialog.text, look, width, room), ...chosen, ...fields, ...after],
    menu: null,
    after: [],
  };
}

function confirmPanel(
  overlay: Extract<Overlay, { kind: 'confirm' }>,
  look: Look,
  width: number,
  rowsMax: number,
): Panel {
  const { ellipsis } = glyphsOf(look);
  const title = heading(overlay.title, 'warning', look, width);
  const buttons = `  y Yes    ${paint(look, 'select', '> n No <')}`;
  const note = overlay.error === null ? [] : paragraph(overlay.error, look, width, 'bad').slice(0, 2);
  const room = Math.max(0, rowsMax - 2 - note.length);
  return {
    before: [title, ...textRows(overlay.text, look, width, room), fit(buttons, width, ellipsis), ...note],
    menu: null,
    after: [],
  };
}

/** A rule with a title in it. */
export function heading(title: string, tone: Tone, look: Look, width: number): string {
  const { rule, ellipsis } = glyphsOf(look);
  const style: Style = tone === 'danger' ? 'bad' : tone === 'warning' ? 'warn' : 'bold';
  return paint(look, style, ends(`${rule} ${visibleLine(title)} `, '', width, rule, ellipsis));
}

/** Paragraphs in at most `room` rows; the last row says when something was left out. */
function textRows(text: readonly string[], look: Look, width: number, room: number): readonly string[] {
  const rows = text.flatMap((one) => paragraph(one, look, width, 'plain'));
  if (rows.length <= room) return rows;
  if (room === 0) return [];
  const more = paint(look, 'dim', fit(`  (${rows.length - room + 1} more lines: see the step)`, width));
  return [...rows.slice(0, room - 1), more];
}

function paragraph(text: string, look: Look, width: number, style: Style): readonly string[] {
  return wrap(expandTabs(visible(text)).trimEnd(), Math.max(1, width - 4)).map((line) =>
    paint(look, style, fit(`  ${line}`, width, glyphsOf(look).ellipsis)),
  );
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
