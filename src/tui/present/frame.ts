/**
 * The whole screen: a view in, rows out.
 *
 * Invariants: the rows and the menu together fill exactly the terminal's height; each row is exactly its width; below
 * `columnsMin` × `rowsMin` only a note is drawn. What is hidden is what matters least: never the banner, the status or the keys.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import type { StepId } from '../../runbook/document.ts';
import { type Audit, auditAt, shownItems } from '../audit.ts';
import { lookedAt, type ReaderOverlay, scopesOf, topOverlay } from '../ui.ts';
import { currentStep, factsOf, hasEnded, newArrival, type RunView, selectedStep, type View } from '../view.ts';
import { auditRows, verdictRow } from './audit.ts';
import { bannerRow } from './banner.ts';
import { ends, fit, wrap } from './cells.ts';
import { detailHeading, detailRows } from './detail.ts';
import { timeOfDay } from './format.ts';
import { homeRows } from './home.ts';
import { glyphsOf, paint } from './look.ts';
import { outcomePanel } from './outcome.ts';
import { outputHeading, outputRows } from './output.ts';
import { type Panel, panelHeight, panelOf } from './panel.ts';
import { changeLines, helpLines, planLines } from './reader.ts';
import { footerRow, statusRow } from './status.ts';
import { entriesOf, stepRows } from './step-list.ts';

export const columnsMin = 60;
export const rowsMin = 16;

/** Rows above and below a menu of `labels` in `rows` rows; without a menu all rows are in `above`. */
export interface Frame {
  readonly above: readonly string[];
  readonly menu: { readonly labels: readonly string[]; readonly rows: number } | null;
  readonly below: readonly string[];
}

const noPanel: Panel = { before: [], menu: null, after: [] };

/** The frame of a view. */
export function frame(view: View): Frame {
  const { columns, rows } = view.ui;
  if (columns < columnsMin || rows < rowsMin) return tooSmall(view);
  const top = topOverlay(view.ui);
  if (top?.kind === 'help' || top?.kind === 'plan' || top?.kind === 'changes') return readerFrame(view, top);
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
  const leftWidth = columns >= 100 ? 34 : columns >= 80 ? (audit === null ? 25 : 32) : audit === null ? 21 : 26;
  const rightWidth = columns - leftWidth - 1;
  const verdictRows = audit === null ? 0 : 1;
  const panel = runPanel(view, rows - 9 - verdictRows);
  // Banner, one row of headings, status and keys are always there.
  const bodyRows = Math.max(1, rows - 4 - verdictRows - panelHeight(panel));
  const wanted =
    view.run === null ? 0 : detailRows(view.run, selectedStep(view), view.look, view.now, rightWidth).length;
  const share = Math.max(1, Math.floor((bodyRows - 1) * (panelHeight(panel) > 0 ? 0.34 : 0.5)));
  const shown = Math.min(wanted, share);
  return { leftWidth, rightWidth, bodyRows, detailRows: shown, outputRows: Math.max(0, bodyRows - shown - 1), panel };
}

function runPanel(view: View, rowsMax: number): Panel {
  const top = topOverlay(view.ui);
  if (top !== null) return panelOf(top, view.look, view.ui.columns, rowsMax) ?? noPanel;
  if (view.run !== null && hasEnded(view.run)) return outcomePanel(view.run, view.look, view.ui.columns, rowsMax);
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
  if (audit !== null) return shownItems(audit, view.ui.show).map(({ step }) => step.id);
  return view.run === null ? [] : entriesOf(view.run.state).map(({ id }) => id);
}

function runFrame(view: View, run: RunView): Frame {
  const { ui, look, now } = view;
  const { columns } = ui;
  const layout = layoutOf(view);
  const banner = bannerRow(view, run);
  const audit = auditOnScreen(view);
  const heading = stepsHeading(view, audit, layout.leftWidth);
  const step = selectedStep(view);
  const { bar } = glyphsOf(look);
  const pane = {
    state: run.state,
    current: currentStep(run),
    selected: lookedAt(ui),
    focused: ui.pane === 'steps',
    now,
    look,
  };
  const left =
    audit === null
      ? stepRows({ ...pane, history: run.history, again: newArrival(run) }, layout.leftWidth, layout.bodyRows)
      : auditRows({ ...pane, audit, show: ui.show }, layout.leftWidth, layout.bodyRows);
  const right = rightRows(view, run, layout, step);
  const body = left.map((row, index) => `${row}${bar}${right[index] ?? ' '.repeat(layout.rightWidth)}`);
  const first = `${heading}${bar}${detailHeading(run, step, look, now, layout.rightWidth)}`;
  const verdict = audit === null ? [] : [verdictRow(audit, look, columns)];
  return assembled(view, run, [banner, ...verdict, first, ...body], layout.panel);
}

function rightRows(view: View, run: RunView, layout: Layout, step: string | null): readonly string[] {
  const { ui, look, output } = view;
  const width = layout.rightWidth;
  const about = detailRows(run, step, look, view.now, width).slice(0, layout.detailRows);
  return [
    ...about,
    outputHeading(output, look, ui.pane === 'output', width),
    ...outputRows(output, { found: ui.found, left: ui.outputLeft }, look, { width, height: layout.outputRows }),
  ];
}

function stepsHeading(view: View, audit: Audit | null, width: number): string {
  const { rule, ellipsis } = glyphsOf(view.look);
  const focused = view.ui.pane === 'steps';
  const { show } = view.ui;
  const name = audit === null ? 'Steps' : show === 'all' ? 'Items' : `Items: ${show}`;
  const row = ends(`${rule} ${name} `, focused ? rule : ` Tab ${rule}`, width, rule, ellipsis);
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
  const panel = top === null ? noPanel : (panelOf(top, look, ui.columns, ui.rows - 8) ?? noPanel);
  const height = ui.rows - 4 - panelHeight(panel);
  const rule = paint(look, 'dim', glyphsOf(look).rule.repeat(ui.columns));
  const rows = [paint(look, 'bold', title), rule, ...homeRows(view, { width: ui.columns, height })];
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

/** Status and keys under `rows` and the panel. */
function assembled(view: View, run: RunView | null, rows: readonly string[], panel: Panel): Frame {
  const { ui, look, now } = view;
  const facts = factsOf(view);
  const opening = view.home.opening === null ? ui : { ...ui, message: { text: view.home.opening, bad: false } };
  const foot = longMessage(run === null ? opening : ui, look) ?? [
    statusRow(run === null ? opening : ui, run, look, now, ui.columns),
    footerRow(scopesOf(ui, hasEnded(run)), facts, look, ui.columns),
  ];
  if (panel.menu === null) return { above: [...rows, ...panel.before, ...panel.after, ...foot], menu: null, below: [] };
  return { above: [...rows, ...panel.before], menu: panel.menu, below: [...panel.after, ...foot] };
}

const readerTitles = { help: 'Keys', plan: 'Rollback plan', changes: 'What has changed since the run began' } as const;

function readerFrame(view: View, reader: ReaderOverlay): Frame {
  const { ui, look } = view;
  const { rule, ellipsis } = glyphsOf(look);
  const lines = readerLines(view, reader);
  const height = ui.rows - 2;
  const first = Math.min(reader.top, Math.max(0, lines.length - height));
  const more = lines.length > height ? `${first + 1}-${Math.min(lines.length, first + height)} of ${lines.length}` : '';
  const title = ends(
    `${rule} ${readerTitles[reader.kind]} `,
    more === '' ? rule : ` ${more} ${rule}`,
    ui.columns,
    rule,
    ellipsis,
  );
  const shown = lines.slice(first, first + height);
  const blank = ' '.repeat(ui.columns);
  const facts = factsOf(view);
  return {
    above: [
      paint(look, 'bold', title),
      ...shown,
      ...Array.from({ length: height - shown.length }, () => blank),
      readerFoot(view, reader.kind, facts),
    ],
    menu: null,
    below: [],
  };
}

function readerFoot(view: View, kind: ReaderOverlay['kind'], facts: ReturnType<typeof factsOf>): string {
  const { ui, look } = view;
  if (ui.message !== null) return statusRow(ui, null, look, view.now, ui.columns);
  const { rollbackBegan } = facts;
  // Help has nothing to roll back: there `R` is shown as unavailable by leaving the run out.
  return kind === 'plan' && !rollbackBegan
    ? footerRow(['reader'], facts, look, ui.columns)
    : fit(' PgDn scroll  Esc close', ui.columns);
}

/** All lines of a text that is read over the whole screen. */
export function readerLines(view: View, reader: ReaderOverlay): readonly string[] {
  const { look, ui, run } = view;
  switch (reader.kind) {
    case 'help':
      return helpLines(look, ui.columns);
    case 'changes':
      return changeLines(reader.changes, look, ui.columns);
    case 'plan':
      return run === null ? [] : planLines(run.state, look, ui.columns);
  }
}

function tooSmall(view: View): Frame {
  const { columns, rows } = view.ui;
  const running = view.run === null ? '' : ' The run goes on.';
  const text = [
    `Too small: ${columns}x${rows}.`,
    `gonogo needs ${columnsMin}x${rowsMin}.${running}`,
    'Enlarge the terminal; Ctrl-C leaves it running.',
  ];
  const shown = text.slice(0, rows).map((line) => fit(line, columns));
  return {
    above: [...shown, ...Array.from({ length: Math.max(0, rows - shown.length) }, () => ' '.repeat(columns))],
    menu: null,
    below: [],
  };
}
