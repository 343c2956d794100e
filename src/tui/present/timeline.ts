/**
 * What happened so far, in the order of time: every visit of a step, what people wrote, what became of the clock; and beside each
 * visit how long it took, drawn.
 *
 * Invariants: pure, from the state alone; no row is wider than asked, and nothing is cut; colour never speaks alone.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import { correctionText } from '../../run/correct.ts';
import { partText, severityText } from '../../run/incident-state.ts';
import { jumpText } from '../../run/jump-text.ts';
import { noteSaid } from '../../run/noted.ts';
import { spentMs } from '../../run/spent.ts';
import type { Note, StepStatus, VisitState } from '../../run/state.ts';
import { typicalMs } from '../../run/typical.ts';
import type { RunView, View } from '../view.ts';
import { cellWidth, fit, wrap } from './cells.ts';
import { dayAndTime, elapsed, rough, took } from './format.ts';
import { glyphOf, paint, type Style, styleOf, wordOf } from './look.ts';
import { wordAt } from './step-list.ts';

interface Happening {
  readonly at: number;
  readonly what: string;
  readonly style: Style;
  /** Of a visit: until when; null: nothing is drawn. */
  readonly until: number | null;
  readonly took: string;
  /** Two columns more where there is room: tries, and the usual time. */
  readonly more: readonly [string, string];
}

/** From this many cells on there are two columns more. */
const wideFrom = 120;
const idCells = 28;
const barCellsMin = 10;

type Shown = Pick<View, 'look' | 'now' | 'offsetMs'>;
type Run = Pick<RunView, 'state' | 'history'>;

/** The rows, none wider than `width`, not padded. `drawn`: with a mark for what became of a step, and its time as a bar; else in words. */
export function timelineRows(view: Shown, run: Run, width: number, drawn = true): readonly string[] {
  const { look, now, offsetMs } = view;
  const all = happenings(view, run, drawn);
  if (all.length === 0) return ['Nothing has happened yet.'];
  const { startedAt, endedAt } = run.state;
  const span = Math.max(1, (endedAt ?? now) - startedAt);
  let day = '';
  return all.flatMap((one) => {
    const [date = '', time = ''] = dayAndTime(one.at, offsetMs).split(' ');
    const seconds = String(Math.floor((((one.at % 60_000) + 60_000) % 60_000) / 1000)).padStart(2, '0');
    const head = date === day ? [] : [paint(look, 'bold', date)];
    day = date;
    const lead = `${time}:${seconds} `;
    const room = width - cellWidth(lead);
    const { at, until } = one;
    const own =
      until === null || !drawn
        ? wrap([one.what, one.took, ...one.more].filter((part) => part !== '').join('  '), room)
        : visitRows(one, room, width >= wideFrom, (cells) => barOf(at - startedAt, until - at, span, cells));
    const rows = own.map((row, index) => `${index === 0 ? lead : ' '.repeat(cellWidth(lead))}${row}`);
    return [...head, ...rows.map((row) => paint(look, one.style, row.trimEnd()))];
  });
}

/** A visit beside its bar; what it is called stands above that where it has no room beside it. */
function visitRows(
  { what, took: time, more }: Happening,
  room: number,
  wide: boolean,
  bar: (cells: number) => string,
): readonly string[] {
  const cells = Math.min(idCells, Math.floor(room / 3) + 3);
  const beside = cellWidth(what) <= cells;
  const columns = wide ? `${more[0].padEnd(9)} ${more[1].padEnd(11)} ` : '';
  const row = `${fit(beside ? what : '', cells)} ${time.padStart(7)} ${columns}`;
  const rest = room - cellWidth(row);
  const drawn = `${row}${rest < barCellsMin ? '' : bar(rest)}`;
  return beside ? [drawn] : [...wrap(what, room), drawn];
}

/** Where in `span` ms something lies that began after `from` ms and took `ms`, in `cells` cells: at least one is drawn. */
function barOf(from: number, ms: number, span: number, cells: number): string {
  const first = Math.min(cells - 1, Math.max(0, Math.floor((from / span) * cells)));
  const length = Math.max(1, Math.min(cells - first, Math.round((ms / span) * cells)));
  return `${'.'.repeat(first)}${'#'.repeat(length)}`;
}

function happenings({ look, now }: Shown, { state, history }: Run, drawn: boolean): readonly Happening[] {
  const visits = [...state.steps.values()].flatMap(({ id, visits: own }) =>
    own.flatMap((visit): Happening[] => {
      const at = visit.attempts.at(0)?.startedAt ?? visit.closedAt;
      if (at === null || visit.status === 'pending' || visit.status === 'not-taken') return [];
      const ms = spentMs(state, { step: id, visit }, now);
      const again = visit.visit > 1 ? ` (visit ${visit.visit})` : '';
      const usual = typicalMs(history, id);
      return [
        {
          at,
          what: visibleLine(
            drawn
              ? `${glyphOf(look, visit.status, false)} ${id}${again} ${wordShown(visit)}`.trimEnd()
              : `${wordAt(state, id, visit.status)} ${id}${again}`,
          ),
          style: styleOf(visit.status),
          until: visit.closedAt ?? now,
          took: visit.closedAt === null ? elapsed(ms) : took(ms),
          more: [
            visit.attempts.length > 1 ? `${visit.attempts.length} tries` : '',
            usual === null ? '' : `usual ${usual.p50 < 1000 ? '<1s' : rough(usual.p50)}`,
          ],
        },
      ];
    }),
  );
  const said = (at: number, what: string, style: Style = 'accent'): Happening => {
    return { at, what: visibleLine(what), style, until: null, took: '', more: ['', ''] };
  };
  return [
    said(state.startedAt, `the run began, by ${state.operator}`),
    ...visits,
    ...state.notes.map((note) => said(note.happened ?? note.at, noteLine(note))),
    ...state.incident.severities.map(({ at, by, data }) =>
      said(at, `severity by ${by}: ${severityText(data)}`, 'warn'),
    ),
    ...state.incident.assignments.map(({ at, by, data }) => said(at, `by ${by}: ${partText(data)}`)),
    ...state.jumps.map(({ at, data }) => said(at, `clock: ${jumpText(data)}`, 'warn')),
    ...state.corrections.map((one) => said(one.at, `corrected by ${one.by}: ${correctionText(one)}`)),
    ...(state.endedAt === null ? [] : [said(state.endedAt, `the run ended: ${state.status}`)]),
  ].sort((a, b) => a.at - b.at);
}

/** A plain note by whom; what has a kind says that first. */
function noteLine(note: Note): string {
  const later = note.happened === null ? '' : ', told later';
  return note.kind === null
    ? `note by ${note.by}${later}: ${noteSaid(note)}`
    : `${noteSaid(note)} (by ${note.by}${later})`;
}

/** A glyph and a colour tell how it went; a word does where that is not that it passed. */
function wordShown({ status }: VisitState): string {
  const quiet: ReadonlySet<StepStatus> = new Set(['passed', 'running']);
  return quiet.has(status) ? '' : wordOf(status);
}
