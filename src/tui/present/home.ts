/**
 * The home screen: what waits for somebody, what runs on, what can be started, what is over.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import type { HomeRun, RunbookFile } from '../home.ts';
import { filterOf } from '../ui.ts';
import type { HomeView, View } from '../view.ts';
import { ends, fit, wrap } from './cells.ts';
import { dayAndTime, rough, shortId } from './format.ts';
import { type Area, glyphsOf, paint } from './look.ts';
import { isMatch } from './match.ts';
import { standingLines } from './standing.ts';

/** What can be opened, in the order of the screen. */
export type HomeEntry =
  | { readonly kind: 'resume'; readonly run: HomeRun }
  | { readonly kind: 'start'; readonly file: RunbookFile }
  | { readonly kind: 'read'; readonly run: HomeRun };

/** The entries of the home screen; those only that hold `filter`, where it is not empty. */
export function homeEntries(home: HomeView, filter = ''): readonly HomeEntry[] {
  const open = home.runs.filter(isUnfinished);
  const entries: readonly HomeEntry[] = [
    ...open.filter(waitsForSomebody).map((run): HomeEntry => ({ kind: 'resume', run })),
    ...open.filter((run) => !waitsForSomebody(run)).map((run): HomeEntry => ({ kind: 'resume', run })),
    ...home.runbooks.filter(({ place }) => place === 'here').map((file): HomeEntry => ({ kind: 'start', file })),
    ...home.runs.filter((run) => !isUnfinished(run)).map((run): HomeEntry => ({ kind: 'read', run })),
    ...home.runbooks.filter(({ place }) => place !== 'here').map((file): HomeEntry => ({ kind: 'start', file })),
  ];
  return filter === '' ? entries : entries.filter((entry) => isMatch(wordsOf(entry), filter));
}

function wordsOf(entry: HomeEntry): string {
  if (entry.kind === 'start') return `${entry.file.title} ${entry.file.path}`;
  return `${entry.run.title} ${entry.run.run} ${entry.run.status} ${entry.run.operator}`;
}

function isUnfinished(run: HomeRun): boolean {
  return run.problem === null && (run.status === 'running' || run.status === 'paused');
}

/** A failure that nobody has decided about, or a run in which nothing runs. */
function waitsForSomebody({ failed, running }: HomeRun): boolean {
  return failed !== null || running.length === 0;
}

/** The heading that an entry stands under. */
export function headingOf(entry: HomeEntry): string {
  switch (entry.kind) {
    case 'resume':
      return waitsForSomebody(entry.run) ? 'Waits for you' : 'Runs on';
    case 'read':
      return 'Open a finished run';
    case 'start':
      if (entry.file.place === 'demo') return 'See it at work';
      if (entry.file.place === 'example') return 'Examples that come with gonogo';
      return entry.file.kind === 'runbook' ? 'Start a runbook' : 'Audit this folder by a checklist';
  }
}

/** The list in exactly the rows and cells of `area`; the entry under the cursor is among them, and all that is known of it below. */
export function homeRows(view: View, area: Area): readonly string[] {
  const { rows, top, room, about } = windowOf(view, area);
  const shown = rows.slice(top, top + room).map(({ text }) => text);
  const blank = ' '.repeat(area.width);
  return [...shown, ...Array.from({ length: Math.max(0, room - shown.length) }, () => blank), ...about];
}

/** The entry in row `index` of the list in `area`; null: none is there. */
export function homeEntryAt(view: View, area: Area, index: number): number | null {
  const { rows, top, room } = windowOf(view, area);
  const entry = index < room ? (rows[top + index]?.entry ?? -1) : -1;
  return entry < 0 ? null : entry;
}

interface ListRow {
  readonly text: string;
  /** -1: it belongs to no entry. */
  readonly entry: number;
}

/** The whole list, and which of its rows are shown: `room` of them from `top` on, above what is known of the entry. */
function windowOf(
  view: View,
  { width, height }: Area,
): {
  readonly rows: readonly ListRow[];
  readonly top: number;
  readonly room: number;
  readonly about: readonly string[];
} {
  const { home, look, ui } = view;
  const { ellipsis } = glyphsOf(look);
  const entries = homeEntries(home, filterOf(ui));
  const here = entries[ui.entry];
  const about = here === undefined ? [] : aboutRows(here, view, width).slice(0, Math.max(0, Math.floor(height / 3)));
  const rows = listRows(entries, view, width);
  if (rows.length === 0) {
    const text = filterOf(ui) === '' ? emptyText(home) : [' Nothing here holds that text.'];
    rows.push(...text.map((line) => ({ text: fit(line, width, ellipsis), entry: -1 })));
  }
  const room = Math.max(0, height - about.length);
  const focus = rows.findIndex(({ entry }) => entry === ui.entry);
  const top = rows.length <= room ? 0 : Math.max(0, Math.min(rows.length - room, focus - Math.floor(room / 2)));
  return { rows, top, room, about };
}

function listRows(entries: readonly HomeEntry[], view: View, width: number): ListRow[] {
  const { look, ui } = view;
  const rows: ListRow[] = [];
  let section = '';
  entries.forEach((entry, index) => {
    const title = headingOf(entry);
    if (title !== section) {
      if (section !== '') rows.push({ text: ' '.repeat(width), entry: -1 });
      section = title;
      rows.push({ text: paint(look, 'bold', fit(` ${title}`, width, glyphsOf(look).ellipsis)), entry: -1 });
    }
    const text = entryRow(entry, index === ui.entry, view, width);
    rows.push({ text: index === ui.entry ? paint(look, 'select', text) : text, entry: index });
  });
  return rows;
}

function emptyText(home: HomeView): readonly string[] {
  if (home.loading) return [' Looking for runs and runbooks'];
  return [
    ' There are no runs yet, and no documents here, in ./runbooks or in ./checklists.',
    ' gonogo demo shows one at work.',
  ];
}

function entryRow(entry: HomeEntry, here: boolean, view: View, width: number): string {
  const { look, now, offsetMs } = view;
  const { ellipsis } = glyphsOf(look);
  const mark = here ? ' > ' : '   ';
  if (entry.kind === 'start') {
    const { path, title, problem } = entry.file;
    // What comes with gonogo lies deep in a folder of its own, whose path would leave no room for the title; it is told below.
    const place = path.startsWith('/') ? '' : visibleLine(path);
    const right = problem === null ? place : 'has errors';
    return ends(`${mark}${visibleLine(title)}`, `  ${right} `, width, ' ', ellipsis);
  }
  const { run } = entry;
  const age = entry.kind === 'resume' ? `${rough(now - run.at)} ago` : dayAndTime(run.startedAt, offsetMs);
  const when = width < 80 ? '' : `${age}  `;
  const word = run.failed === null ? run.status : 'FAILED';
  const right =
    run.problem === null
      ? `${word}  ${run.passed}/${run.total}  ${when}${visibleLine(shortId(run.run))} `
      : 'cannot be read ';
  return ends(`${mark}${visibleLine(run.title)}`, `  ${right}`, width, ' ', ellipsis);
}

/** What is known of an entry, what matters most first: on a small screen only as much as leaves room for the list. */
function aboutRows(entry: HomeEntry, { look, now, offsetMs }: View, width: number): readonly string[] {
  const rule = paint(look, 'dim', glyphsOf(look).rule.repeat(width));
  const lines = aboutEntry(entry, now, offsetMs);
  return [rule, ...lines.flatMap((line) => wrap(line, width - 2)).map((line) => fit(` ${line}`, width))];
}

/** What is known of an entry, a line each, what matters most first. `now`: epoch ms; `offsetMs`: what to add to UTC. */
export function aboutEntry(entry: HomeEntry, now: number, offsetMs: number): readonly string[] {
  return entry.kind === 'start' ? aboutFile(entry.file) : aboutRun(entry.run, now, offsetMs);
}

function aboutFile({ title, path, problem }: RunbookFile): readonly string[] {
  return [visibleLine(title), visibleLine(path), ...(problem === null ? [] : [visibleLine(problem)])];
}

function aboutRun(run: HomeRun, now: number, offsetMs: number): readonly string[] {
  if (run.problem !== null) return [visibleLine(run.run), visibleLine(run.problem)];
  const facts = [
    run.phase === null ? '' : `in ${visibleLine(run.phase)}`,
    `begun ${dayAndTime(run.startedAt, offsetMs)} by ${visibleLine(run.operator)}`,
    `last record ${rough(now - run.at)} ago`,
  ];
  return [
    `${visibleLine(run.title)}, run ${visibleLine(run.run)}`,
    facts.filter((fact) => fact !== '').join(', '),
    ...(run.failed === null ? [] : [`${visibleLine(run.failed)} failed and waits for a decision`]),
    ...standingLines({ ...run, reading: [] }, now),
  ];
}
