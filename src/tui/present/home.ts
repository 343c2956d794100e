/**
 * The home screen: runs that are not finished, runbooks that can be started, runs that are.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import type { HomeRun, RunbookFile } from '../home.ts';
import type { HomeView, View } from '../view.ts';
import { ends, fit } from './cells.ts';
import { dayAndTime, shortId } from './format.ts';
import { type Area, glyphsOf, type Look, paint } from './look.ts';

/** What can be opened, in the order of the screen. */
export type HomeEntry =
  | { readonly kind: 'resume'; readonly run: HomeRun }
  | { readonly kind: 'start'; readonly file: RunbookFile }
  | { readonly kind: 'read'; readonly run: HomeRun };

/** The entries of the home screen. */
export function homeEntries(home: HomeView): readonly HomeEntry[] {
  return [
    ...home.runs.filter(isUnfinished).map((run): HomeEntry => ({ kind: 'resume', run })),
    ...home.runbooks.map((file): HomeEntry => ({ kind: 'start', file })),
    ...home.runs.filter((run) => !isUnfinished(run)).map((run): HomeEntry => ({ kind: 'read', run })),
  ];
}

function isUnfinished(run: HomeRun): boolean {
  return run.problem === null && (run.status === 'running' || run.status === 'paused');
}

/** The heading that an entry stands under. */
function headingOf(entry: HomeEntry): string {
  switch (entry.kind) {
    case 'resume':
      return 'Resume what is unfinished';
    case 'read':
      return 'Open a finished run';
    case 'start':
      return entry.file.kind === 'runbook' ? 'Start a runbook' : 'Audit this folder by a checklist';
  }
}

/** The list in exactly the rows and cells of `area`; the entry under the cursor is among them. */
export function homeRows(view: View, { width, height }: Area): readonly string[] {
  const { home, look, offsetMs } = view;
  const cursor = view.ui.entry;
  const { ellipsis } = glyphsOf(look);
  const rows: { readonly text: string; readonly entry: number }[] = [];
  let section = '';
  homeEntries(home).forEach((entry, index) => {
    const title = headingOf(entry);
    if (title !== section) {
      if (section !== '') rows.push({ text: ' '.repeat(width), entry: -1 });
      section = title;
      rows.push({ text: paint(look, 'bold', fit(` ${title}`, width, ellipsis)), entry: -1 });
    }
    const text = entryRow(entry, index === cursor, look, width, offsetMs);
    rows.push({ text: index === cursor ? paint(look, 'select', text) : text, entry: index });
  });
  if (rows.length === 0) rows.push(...emptyText(home).map((text) => ({ text: fit(text, width, ellipsis), entry: -1 })));
  const focus = rows.findIndex(({ entry }) => entry === cursor);
  const top = rows.length <= height ? 0 : Math.max(0, Math.min(rows.length - height, focus - Math.floor(height / 2)));
  const shown = rows.slice(top, top + height).map(({ text }) => text);
  return [...shown, ...Array.from({ length: Math.max(0, height - shown.length) }, () => ' '.repeat(width))];
}

function emptyText(home: HomeView): readonly string[] {
  if (home.loading) return [' Looking for runs and runbooks'];
  return [
    ' There are no runs yet, and no documents in ./runbooks or ./checklists.',
    ' gonogo init writes a first runbook; gonogo demo shows one at work.',
  ];
}

function entryRow(entry: HomeEntry, here: boolean, look: Look, width: number, offsetMs: number): string {
  const { ellipsis } = glyphsOf(look);
  const mark = here ? ' > ' : '   ';
  if (entry.kind === 'start') {
    const { path, title, problem } = entry.file;
    const right = problem === null ? visibleLine(path) : 'has errors';
    return ends(`${mark}${visibleLine(title)}`, `  ${right} `, width, ' ', ellipsis);
  }
  const { run } = entry;
  const when = width < 80 ? '' : `${dayAndTime(run.startedAt, offsetMs)}  `;
  const right =
    run.problem === null
      ? `${run.status}  ${run.passed}/${run.total}  ${when}${visibleLine(shortId(run.run))} `
      : 'cannot be read ';
  return ends(`${mark}${visibleLine(run.title)}`, `  ${right}`, width, ' ', ellipsis);
}
