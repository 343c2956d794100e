/**
 * Pages that are read over the whole screen: the keys, what a rollback would do, all that is known of a step, all that a dialog
 * says. They scroll, and text can be found in them.
 *
 * Invariants: a page is exactly as high as the screen; nothing of it is cut, only scrolled.
 */
import { visible, visibleLine } from '../../diagnostics/sanitise.ts';
import type { Page } from '../ui.ts';
import { factsOf, type View } from '../view.ts';
import { ends, expandTabs, fit, withoutColour, wrap } from './cells.ts';
import { changeRows } from './changes.ts';
import { detailRows } from './detail.ts';
import { findRow } from './find.ts';
import { helpRows } from './help.ts';
import { glyphsOf, paint } from './look.ts';
import { isMatch } from './match.ts';
import { planRows } from './plan.ts';
import { footerRow, statusRow } from './status.ts';
import { subjectRows } from './subject.ts';
import { timelineRows } from './timeline.ts';

/** The rows of a page that are read at once. */
export function pageHeight(view: View): number {
  return Math.max(1, view.ui.rows - 2);
}

/** What a long page was made of the last time, and its rows: it is drawn anew with each key, and each second. */
const remembered = new WeakMap<Page, { readonly of: readonly unknown[]; readonly rows: readonly string[] }>();

/** All rows of `page`, none wider than the screen, not padded. */
export function pageRows(view: View, page: Page): readonly string[] {
  const of = madeOf(view, page);
  if (of === null) return rowsOf(view, page);
  const before = remembered.get(page);
  if (before?.of.every((one, index) => one === of[index]) === true) return before.rows;
  const rows = rowsOf(view, page);
  remembered.set(page, { of, rows });
  return rows;
}

/** All that the rows of `page` depend on; null: they are few and made each time. */
function madeOf({ look, ui, run, now }: View, page: Page): readonly unknown[] | null {
  switch (page.kind) {
    case 'text':
      return [look, ui.columns, page.subject?.kind === 'markdown' ? run !== null : run?.state];
    case 'plan':
      return [look, ui.columns, run?.state];
    case 'timeline':
      return [look, ui.columns, run?.state, run?.history, run?.state.endedAt ?? Math.floor(now / 1000)];
    default:
      return null;
  }
}

function rowsOf(view: View, page: Page): readonly string[] {
  const { look, ui, run } = view;
  const { columns } = ui;
  switch (page.kind) {
    case 'help':
      return helpRows(view, page.scopes, columns);
    case 'plan':
      return run === null ? [] : planRows(run.state, look, columns);
    case 'timeline':
      return run === null ? [] : timelineRows(view, run, columns);
    case 'step':
      return run === null ? [] : detailRows(run, page.step, look, view.now, columns);
    case 'changes':
      return changeRows(page.changes, look, columns);
    case 'text':
      return [
        ...page.text.flatMap((text) => wrap(expandTabs(visible(text)).trimEnd(), columns)),
        ...(page.subject === null || run === null ? [] : ['', ...subjectRows(run.state, page.subject, look, columns)]),
      ];
  }
}

function titleOf(page: Page): string {
  switch (page.kind) {
    case 'help':
      return 'Keys';
    case 'plan':
      return 'Rollback plan';
    case 'timeline':
      return 'Timeline';
    case 'step':
      return page.step;
    case 'changes':
      return 'What has changed since the run began';
    case 'text':
      return page.title;
  }
}

/** The page in exactly the rows of the screen; `top`: its first row. */
export function readerFrame(view: View, page: Page, top: number): readonly string[] {
  const { ui, look } = view;
  const { rule, ellipsis } = glyphsOf(look);
  const rows = pageRows(view, page);
  const height = pageHeight(view);
  const first = Math.max(0, Math.min(top, rows.length - height));
  const more = rows.length > height ? `${first + 1}-${Math.min(rows.length, first + height)} of ${rows.length}` : '';
  const title = ends(
    `${rule} ${visibleLine(titleOf(page))} `,
    more === '' ? rule : ` ${more} ${rule}`,
    ui.columns,
    rule,
    ellipsis,
  );
  const shown = rows.slice(first, first + height).map((row, index) => pageRow(view, row, first + index));
  const blank = ' '.repeat(ui.columns);
  return [
    paint(look, 'bold', title),
    ...shown,
    ...Array.from({ length: Math.max(0, height - shown.length) }, () => blank),
    readerFoot(view, page, rows),
  ];
}

/** One row; the one that a find stands on is marked, others that match too. */
function pageRow({ ui, look }: View, row: string, index: number): string {
  const { ellipsis } = glyphsOf(look);
  const find = ui.find?.place === 'reader' ? ui.find : null;
  if (find === null || find.text === '' || !isMatch(row, find.text)) return fit(row, ui.columns, ellipsis);
  const style = find.at === index ? 'select' : 'warn';
  return paint(look, style, fit(withoutColour(row), ui.columns, ellipsis));
}

function readerFoot(view: View, page: Page, rows: readonly string[]): string {
  const { ui, look } = view;
  if (ui.find?.place === 'reader')
    return findRow(ui.find, rows.filter((row) => isMatch(row, ui.find?.text ?? '')).length, view);
  if (ui.message !== null) return statusRow({ ...view, run: null });
  const facts = factsOf(view);
  if (page.kind === 'plan' && !facts.rollbackBegan) return footerRow(['plan', 'reader'], facts, look, ui.columns);
  return footerRow(['reader'], facts, look, ui.columns);
}
