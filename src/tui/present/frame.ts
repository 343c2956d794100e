/**
 * The whole screen: a view in, rows out.
 *
 * Invariants: the rows and the menu together fill exactly the terminal's height; each row is exactly its width; below
 * `columnsMin` × `rowsMin` only a note is drawn. What is hidden is what matters least: never the banner, the status or the keys.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import type { StepId } from '../../runbook/document.ts';
import { type Audit, auditAt, shownItems } from '../audit.ts';
import { keyOf } from '../keys/labels.ts';
import { filterOf, listedChoices, lookedAt, type Overlay, scopesOf, topOverlay, type Ui } from '../ui.ts';
import { currentStep, factsOf, hasEnded, newArrival, type RunView, selectedStep, type View } from '../view.ts';
import { auditRows, itemAt, type Pane, verdictRow } from './audit.ts';
import { bannerRow } from './banner.ts';
import { ends, fit, withoutColour, wrap } from './cells.ts';
import { detailHeading, detailRows } from './detail.ts';
import { findRow } from './find.ts';
import { counted, timeOfDay } from './format.ts';
import { homeEntries, homeRows } from './home.ts';
import { type Area, glyphsOf, paint } from './look.ts';
import { isMatch } from './match.ts';
import { outcomePanel } from './outcome.ts';
import { outputHeading, outputRows } from './output.ts';
import { type Menu, type Panel, panelHeight, panelOf, roomOf, textOf } from './panel.ts';
import { readerFrame } from './reader.ts';
import { footerRow, statusRow } from './status.ts';
import { entriesOf, rowAt, type Shown, stepRows, stops } from './step-list.ts';

const columnsMin = 40;
const rowsMin = 12;
const inlineRowsMin = 6;
/** Below these there is room for one pane only: the one that has the keys. */
const twoPanes = { columns: 60, rows: 16 };

/** Rows above and below a menu of `labels` in `rows` rows; without a menu all rows are in `above`. */
export interface Frame {
  readonly above: readonly string[];
  readonly menu: Menu | null;
  readonly below: readonly string[];
}

const noPanel: Panel = { before: [], menu: null, after: [] };

/** True where nothing but a note about that has room. */
export function isTooSmall({ columns, rows, inline }: Ui): boolean {
  return columns < columnsMin || rows < (inline ? inlineRowsMin : rowsMin);
}

/** The frame of a view. */
export function frame(view: View): Frame {
  if (isTooSmall(view.ui)) return tooSmall(view);
  const top = topOverlay(view.ui);
  if (top?.kind === 'reader') return { above: readerFrame(view, top.page, top.top), menu: null, below: [] };
  return view.run === null ? homeFrame(view) : runFrame(view, view.run);
}

/** How the run screen is divided. */
export interface Layout {
  readonly leftWidth: number;
  readonly rightWidth: number;
  readonly bodyRows: number;
  readonly detailRows: number;
  readonly outputRows: number;
  readonly panel: Panel;
}

/** How much room each part of the run screen has. */
export function layoutOf(view: View): Layout {
  const { columns, rows } = view.ui;
  const audit = auditOnScreen(view);
  const leftWidth = leftWidthOf(view, audit !== null);
  const rightWidth = hasOnePane(view) ? columns : columns - leftWidth - 1;
  const verdictRows = audit === null ? 0 : 1;
  const panel = runPanel(view, panelRowsMax(view) - verdictRows);
  // Banner, one row of headings, status and keys are always there.
  if (isZoomed(view)) {
    return {
      leftWidth: 0,
      rightWidth: columns,
      bodyRows: rows - 4,
      detailRows: 0,
      outputRows: rows - 4,
      panel: noPanel,
    };
  }
  const bodyRows = Math.max(1, rows - 4 - verdictRows - panelHeight(panel));
  const wanted =
    view.run === null ? 0 : detailRows(view.run, selectedStep(view), view.look, view.now, rightWidth).length;
  const part = detailPart(view, panelHeight(panel) > 0);
  const shown = Math.min(wanted, Math.max(1, Math.floor((bodyRows - 1) * part)));
  return { leftWidth, rightWidth, bodyRows, detailRows: shown, outputRows: Math.max(0, bodyRows - shown - 1), panel };
}

/** The part of the right column that the step may take of its output: nearly all where there is none. */
function detailPart({ output, ui }: View, isAsked: boolean): number {
  if (output.bytes === 0 && !output.open) return 0.85;
  if (isAsked) return 0.34;
  return ui.pane === 'detail' ? 0.8 : 0.5;
}

/** How wide the left pane is: more where there is room, and as the operator has moved its edge. */
function leftWidthOf(view: View, audit: boolean): number {
  const { columns, edge } = view.ui;
  if (hasOnePane(view)) return columns;
  const usual =
    columns >= 160
      ? 56
      : columns >= 120
        ? 44
        : columns >= 100
          ? 34
          : columns >= 80
            ? audit
              ? 32
              : 25
            : audit
              ? 26
              : 21;
  return Math.max(16, Math.min(columns - 30, usual + edge));
}

function hasOnePane({ ui }: View): boolean {
  return ui.columns < twoPanes.columns || ui.rows < twoPanes.rows;
}

/** What is confirmed matters more than all around it: a y/n may take all rows but the banner, a heading, status and keys. */
function panelRowsMax(view: View): number {
  const top = topOverlay(view.ui);
  const { rows, screen, inline } = view.ui;
  if (inline) return Math.max(3, rows - 3);
  if (screen === 'home') return rows - 8;
  const whole = top?.kind === 'confirm' || (top?.kind === 'dialog' && top.dialog.subject !== null);
  return Math.max(4, whole || rows < twoPanes.rows ? rows - 6 : rows - 9);
}

/** How much of its text an overlay shows at once, and how much there is. */
export function textRoom(
  view: View,
  overlay: Exclude<Overlay, { kind: 'reader' }>,
): { readonly total: number; readonly room: number } {
  const total = textOf(view, overlay).length;
  const verdictRows = auditOnScreen(view) === null ? 0 : 1;
  const room = roomOf(view, overlay, panelRowsMax(view) - verdictRows);
  return { total, room: total > room ? room - 1 : room };
}

function runPanel(view: View, rowsMax: number): Panel {
  const top = topOverlay(view.ui);
  if (top !== null) return panelOf(view, top, rowsMax) ?? noPanel;
  if (view.run !== null && hasEnded(view.run)) return outcomePanel(view, view.run, rowsMax);
  return noPanel;
}

/** The checklist whose items the left pane lists; null where it lists steps. */
export function auditOnScreen(view: View): Audit | null {
  const { ui, run, now } = view;
  const audit = run === null ? null : auditAt(run.state, selectedStep(view), now);
  return audit !== null && audit.gate !== null && ui.show === 'steps' ? null : audit;
}

/** The ids that the cursor of the left pane goes through. */
export function listedSteps(view: View): readonly StepId[] {
  const audit = auditOnScreen(view);
  const { run } = view;
  const filter = filterOf(view.ui);
  if (audit !== null) {
    const items = shownItems(audit, view.ui.show).map(({ step }) => step);
    return items.filter(({ id, title }) => filter === '' || isMatch(`${id} ${title}`, filter)).map(({ id }) => id);
  }
  if (run === null) return [];
  const entries = filter === '' ? stops(run.state, view.ui.folds, currentStep(run)) : entriesOf(run.state, filter);
  return entries.map(({ id }) => id);
}

/** What the pane of the steps is drawn from. */
function stepsPane(view: View, run: RunView): Shown {
  const { ui } = view;
  return {
    ...paneOf(view, run),
    history: run.history,
    outputs: run.outputs,
    again: newArrival(run),
    filter: filterOf(ui),
    folds: ui.folds,
  };
}

/** What the pane of the items is drawn from. */
function itemsPane(view: View, run: RunView, audit: Audit): Pane {
  const { marked, show } = view.ui;
  return { ...paneOf(view, run), audit, marked, show, listed: listedSteps(view) };
}

function paneOf({ ui, now, look }: View, run: RunView) {
  const { state } = run;
  return { state, current: currentStep(run), selected: lookedAt(ui), focused: ui.pane === 'steps', now, look };
}

/** The step or item, or the place of the phase, in row `index` of the left pane; null: nothing is there. */
export function leftAt(view: View, run: RunView, index: number): StepId | { readonly phase: number } | null {
  const { bodyRows } = layoutOf(view);
  const audit = auditOnScreen(view);
  if (index < 0 || index >= bodyRows) return null;
  if (audit !== null) return itemAt(itemsPane(view, run, audit), bodyRows, index);
  const row = rowAt(stepsPane(view, run), bodyRows, index);
  return row === null ? null : row.kind === 'step' ? row.entry.id : { phase: row.group };
}

/** Rows above the body of the run screen: banner, verdict of a checklist, headings. */
export function rowsAboveBody(view: View): number {
  return auditOnScreen(view) === null ? 2 : 3;
}

/** Where the list of the home screen is. */
export function homeArea({ ui }: View, panelRows = 0): Area & { readonly above: number } {
  return { width: ui.columns, height: ui.rows - 4 - panelRows, above: 2 };
}

function runFrame(view: View, run: RunView): Frame {
  const { ui, look } = view;
  const { columns } = ui;
  const layout = layoutOf(view);
  const banner = bannerRow(view, run);
  if (isZoomed(view)) return assembled(view, run, [banner, ...outputPart(view, layout)], layout.panel);
  const audit = auditOnScreen(view);
  const heading = stepsHeading(view, audit, layout.leftWidth);
  const step = selectedStep(view);
  const { bar } = glyphsOf(look);
  const left =
    audit === null
      ? stepRows(stepsPane(view, run), layout.leftWidth, layout.bodyRows)
      : auditRows(itemsPane(view, run, audit), layout.leftWidth, layout.bodyRows);
  const right = rightRows(view, run, layout, step);
  if (hasOnePane(view)) {
    const all = ui.pane === 'steps' ? [heading, ...left] : [detailHeading(view, run, step, columns), ...right];
    const only = ui.inline ? inlineBody(all, view, layout.panel) : all;
    return assembled(
      view,
      run,
      [banner, ...(audit === null ? [] : [verdictRow(audit, look, columns)]), ...only],
      layout.panel,
    );
  }
  const body = left.map((row, index) => `${row}${bar}${right[index] ?? ' '.repeat(layout.rightWidth)}`);
  const first = `${heading}${bar}${detailHeading(view, run, step, layout.rightWidth)}`;
  const verdict = audit === null ? [] : [verdictRow(audit, look, columns)];
  return assembled(view, run, [banner, ...verdict, first, ...body], layout.panel);
}

/** In a region of a few rows the pane takes what a panel leaves, which may be nothing. */
function inlineBody(all: readonly string[], view: View, panel: Panel): readonly string[] {
  const { columns, rows } = view.ui;
  const space = Math.max(0, rows - 3 - (auditOnScreen(view) === null ? 0 : 1) - panelHeight(panel));
  const blank = ' '.repeat(columns);
  return Array.from({ length: space }, (_, index) => all[index] ?? blank);
}

function rightRows(view: View, run: RunView, layout: Layout, step: string | null): readonly string[] {
  const { look } = view;
  const width = layout.rightWidth;
  return [...detailWindow(view, detailRows(run, step, look, view.now, width), layout), ...outputPart(view, layout)];
}

/** The output with its heading. */
function outputPart(view: View, { rightWidth: width, outputRows: height }: Layout): readonly string[] {
  return [outputHeading(view, { width, height }), ...outputRows(view, { width, height })];
}

/** The output fills the screen, unless something is asked. */
function isZoomed({ ui }: View): boolean {
  return ui.zoomed && ui.pane === 'output' && topOverlay(ui) === null;
}

/** The rows of what is known of the step, from where it is scrolled to; the last one says how many more there are. */
function detailWindow({ ui, look, keys: own }: View, all: readonly string[], layout: Layout): readonly string[] {
  const { detailRows: height, rightWidth: width } = layout;
  const { ellipsis } = glyphsOf(look);
  const first = Math.max(0, Math.min(ui.detailTop, all.length - height));
  const find = ui.find?.place === 'detail' ? ui.find : null;
  const shown = all.slice(first, first + height).map((row, index) => {
    if (find === null || !isMatch(row, find.text)) return fit(row, width, ellipsis);
    return paint(look, find.at === first + index ? 'select' : 'warn', fit(withoutColour(row), width, ellipsis));
  });
  const below = all.length - first - height;
  if (below <= 0 || height < 2) return shown;
  const keys =
    ui.pane === 'detail'
      ? keyOf(own, 'page-down')
      : `${keyOf(own, 'other-pane')}, or ${keyOf(own, 'read-all')} for all`;
  const more = paint(look, 'dim', fit(`(${below + 1} more lines: ${keys})`, width, ellipsis));
  return [...shown.slice(0, -1), more];
}

function stepsHeading(view: View, audit: Audit | null, width: number): string {
  const { rule, ellipsis } = glyphsOf(view.look);
  const focused = view.ui.pane === 'steps';
  const { show } = view.ui;
  const name = audit === null ? 'Steps' : show === 'all' ? 'Items' : `Items: ${show}`;
  const row = ends(
    `${rule} ${name} `,
    focused ? rule : ` ${keyOf(view.keys, 'other-pane')} ${rule}`,
    width,
    rule,
    ellipsis,
  );
  return paint(view.look, focused ? 'bold' : 'dim', row);
}

function homeFrame(view: View): Frame {
  const { ui, look } = view;
  const title = ends(
    ' gonogo  runbooks that prove what happened',
    `${timeOfDay(view.now, view.offsetMs)} `,
    ui.columns,
  );
  const top = topOverlay(ui);
  const panel = top === null ? noPanel : (panelOf(view, top, panelRowsMax(view)) ?? noPanel);
  const rule = paint(look, 'dim', glyphsOf(look).rule.repeat(ui.columns));
  const rows = [paint(look, 'bold', title), rule, ...homeRows(view, homeArea(view, panelHeight(panel)))];
  return assembled(view, null, rows, panel);
}

/** A message that does not fit in one row takes the row of the keys as well, until the next key. */
function longMessage({ message, columns }: View['ui'], look: View['look']): readonly string[] | null {
  const rows = message === null ? [] : wrap(visibleLine(message.text), columns - 2);
  if (message === null || rows.length < 2) return null;
  const { ellipsis } = glyphsOf(look);
  const style = message.bad ? 'bad' : 'accent';
  return [rows[0] ?? '', rows.slice(1).join(' ')].map((row) => paint(look, style, fit(` ${row}`, columns, ellipsis)));
}

/** The row of an open find instead of the status. */
function findStatus(view: View): string | null {
  const { find } = view.ui;
  if (find === null || find.place === 'reader') return null;
  if (find.place === 'output') {
    const { matches } = view.output;
    return findRow(find, matches === null || (matches.total === 0 && !matches.counted) ? null : matches.total, view);
  }
  const top = topOverlay(view.ui);
  if (top?.kind === 'dialog') return findRow(find, listedChoices(view.ui, top.dialog).length, view);
  if (find.place === 'list') {
    const entries = view.run === null ? homeEntries(view.home, find.text).length : listedSteps(view).length;
    return findRow(find, entries, view);
  }
  const { run } = view;
  const rows = run === null ? [] : detailRows(run, selectedStep(view), view.look, view.now, layoutOf(view).rightWidth);
  return findRow(find, rows.filter((row) => isMatch(row, find.text)).length, view);
}

/** Status and keys under `rows` and the panel. */
function assembled(view: View, run: RunView | null, rows: readonly string[], panel: Panel): Frame {
  const { ui, look } = view;
  const facts = factsOf(view);
  const opening = view.home.opening === null ? ui : { ...ui, message: { text: view.home.opening, bad: false } };
  const foot = longMessage(run === null ? opening : ui, look) ?? [
    findStatus(view) ?? statusRow({ ...view, run, ui: run === null ? opening : ui }),
    footerRow(scopesOf(ui, hasEnded(run)), facts, look, ui.columns),
  ];
  if (panel.menu === null) return { above: [...rows, ...panel.before, ...panel.after, ...foot], menu: null, below: [] };
  return { above: [...rows, ...panel.before], menu: panel.menu, below: [...panel.after, ...foot] };
}

function tooSmall(view: View): Frame {
  const { columns, rows, inline } = view.ui;
  const least = inline ? inlineRowsMin : rowsMin;
  const more = [
    ...(columns < columnsMin ? [counted(columnsMin - columns, 'column')] : []),
    ...(rows < least ? [counted(least - rows, 'row')] : []),
  ].join(' and ');
  const running = view.run === null ? 'Ctrl-C quits.' : 'The run goes on. Ctrl-C leaves it so and quits.';
  const text = [`Too small: ${columns}x${rows}. Make it ${more} larger.`, running, 'Or use gonogo --plain.'];
  const lines = text.flatMap((line) => wrap(line, columns));
  const shown = lines.slice(0, rows).map((line) => fit(line, columns));
  return {
    above: [...shown, ...Array.from({ length: Math.max(0, rows - shown.length) }, () => ' '.repeat(columns))],
    menu: null,
    below: [],
  };
}
