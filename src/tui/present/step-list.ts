/**
 * The steps pane: phases, and the steps of the phases that are open.
 *
 * Invariants: every row is exactly as wide as asked; at most `height` rows; the selected step is among them; a run of
 * 10,000 steps formats only the rows that are visible.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import { nameOnHost } from '../../run/host-of.ts';
import { bodyOf, outlineOf } from '../../run/outline.ts';
import { statusOf, tallyOf } from '../../run/progress.ts';
import { spentMs } from '../../run/spent.ts';
import type { RunState, StepStatus } from '../../run/state.ts';
import { typicalMs } from '../../run/typical.ts';
import type { Runbook, Step, StepId } from '../../runbook/document.ts';
import { type History, sideBySide } from '../view.ts';
import { cellWidth, ends, fit } from './cells.ts';
import { elapsed, rough, took } from './format.ts';
import { glyphOf, glyphsOf, type Look, paint, styleOf, wordOf } from './look.ts';
import { isMatch } from './match.ts';
import { isUnusual } from './unusual.ts';

/** One step in the pane's order. */
export interface Entry {
  readonly id: StepId;
  readonly depth: number;
  /** Index of its group: a phase, or one past the last phase for the rollback. */
  readonly group: number;
}

interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
  /** The ids that count for its progress. */
  readonly own: readonly StepId[];
}

const groupsOf = new WeakMap<Runbook, readonly Group[]>();

/** The steps in the order of the pane: phases, then the rollback once it began; those whose id or title holds `filter`. */
export function entriesOf(state: RunState, filter = ''): readonly Entry[] {
  const all = groups(state).flatMap((group) => group.entries);
  if (filter === '') return all;
  const { places } = outlineOf(state.runbook);
  return all.filter(({ id }) => isMatch(`${id} ${places.get(id)?.step.title ?? ''}`, filter));
}

/** The steps that the cursor stops at: of a phase that is folded by hand one, `current` where it is among them. */
export function stops(state: RunState, folds: ReadonlyMap<number, boolean>, current: StepId | null): readonly Entry[] {
  return groups(state).flatMap(({ entries }, index) => {
    if (folds.get(index) !== false) return entries;
    const stop = entries.find(({ id }) => id === current) ?? entries[0];
    return stop === undefined ? [] : [stop];
  });
}

/** How many groups the pane has. */
export function groupCount(state: RunState): number {
  return groups(state).length;
}

function groups(state: RunState): readonly Group[] {
  const known = groupsOf.get(state.runbook) ?? phaseGroups(state.runbook);
  groupsOf.set(state.runbook, known);
  if (state.rollback === null) return known;
  const ids = [...new Set(state.rollback.plan.map((entry) => entry.id))];
  const entries = ids.map((id) => ({ id, depth: 0, group: known.length }));
  return [...known, { title: 'Rollback', entries, own: ids }];
}

function phaseGroups(runbook: Runbook): readonly Group[] {
  return runbook.phases.map((phase, group) => {
    const entries: Entry[] = [];
    const walk = (steps: readonly Step[], depth: number): void => {
      for (const step of steps) {
        entries.push({ id: step.id, depth, group });
        for (const block of step.blocks) walk(block.steps, depth + 1);
      }
    };
    walk(phase.steps, 0);
    return { title: phase.title, entries, own: phase.steps.map((step) => step.id) };
  });
}

export interface Shown {
  readonly state: RunState;
  readonly history: History;
  readonly outputs?: ReadonlyMap<StepId, number> | undefined;
  readonly current: StepId | null;
  readonly selected: StepId | null;
  /** A step that is to begin anew; null: none. */
  readonly again: StepId | null;
  readonly focused: boolean;
  readonly folds: ReadonlyMap<number, boolean>;
  /** Narrows the list; empty: it shows the phases, with the steps of those that are open. */
  readonly filter: string;
  readonly now: number;
  readonly look: Look;
}

/** From this many cells on the title stands behind the id. */
const titledFrom = 30;

/** A row of the pane: a phase by its place, or a step. */
export type Row = { readonly kind: 'phase'; readonly group: number } | { readonly kind: 'step'; readonly entry: Entry };

/** The pane's rows, exactly `height` of them, each `width` cells. */
export function stepRows(shown: Shown, width: number, height: number): readonly string[] {
  const { all, rows, folded, top } = windowOf(shown, height);
  const visibleRows = rows.slice(top, top + height).map((row) => {
    const group = row.kind === 'phase' ? all[row.group] : undefined;
    if (row.kind === 'step') return stepRow(shown, row.entry, width);
    return group === undefined ? '' : phaseRow(shown, group, row.group, width, row.group === folded);
  });
  const blank = ' '.repeat(width);
  return [...visibleRows, ...Array.from({ length: Math.max(0, height - visibleRows.length) }, () => blank)];
}

/** The step, or the place of the phase, in row `index` of a pane of `height` rows; null: nothing is there. */
export function rowAt(shown: Shown, height: number, index: number): Row | null {
  const { rows, top } = windowOf(shown, height);
  return rows[top + index] ?? null;
}

/** What the pane lists, and from which row on it is shown. `folded`: the phase that has the cursor of a step that it hides; -1: none. */
function windowOf(
  shown: Shown,
  height: number,
): { readonly all: readonly Group[]; readonly rows: readonly Row[]; readonly folded: number; readonly top: number } {
  const all = groups(shown.state);
  const open = new Set(
    [shown.selected, shown.current].map((id) => all.findIndex(({ entries }) => entries.some((one) => one.id === id))),
  );
  const rows: Row[] =
    shown.filter === ''
      ? all.flatMap((group, index): Row[] => [
          { kind: 'phase', group: index },
          ...((shown.folds.get(index) ?? open.has(index))
            ? group.entries.map((entry): Row => ({ kind: 'step', entry }))
            : []),
        ])
      : entriesOf(shown.state, shown.filter).map((entry): Row => ({ kind: 'step', entry }));
  const here = shown.selected ?? shown.current;
  const folded = all.findIndex(({ entries }, index) => isFolded(shown, index) && entries.some(({ id }) => id === here));
  const focus = rows.findIndex((row) => (row.kind === 'step' ? row.entry.id === here : row.group === folded));
  return { all, rows, folded, top: windowTop(rows.length, height, focus) };
}

function isFolded({ folds, filter }: Shown, group: number): boolean {
  return filter === '' && folds.get(group) === false;
}

/** The first row shown so that row `focus` is inside, with some of what follows it. */
export function windowTop(count: number, height: number, focus: number): number {
  if (count <= height || focus < 0) return 0;
  return Math.max(0, Math.min(count - height, focus - Math.floor(height / 2)));
}

/** `2 Deploy 1/4`, of the group with that index. */
export function phaseText(state: RunState, index: number): string {
  const group = groups(state)[index];
  const { passed, total } = tallyOf(state, group?.own ?? []);
  return `${index + 1} ${visibleLine(group?.title ?? '')} ${passed}/${total}`;
}

/** `cursor`: it has the cursor. */
function phaseRow(shown: Shown, group: Group, index: number, width: number, cursor: boolean): string {
  const { state, look } = shown;
  const glyphs = glyphsOf(look);
  const statuses = group.own.map((id) => statusOf(state, id));
  const { done, passed, total } = tallyOf(state, group.own);
  const here = group.entries.some(({ id }) => id === shown.current);
  const failed = statuses.includes('failed');
  const glyph = here ? glyphs.current : failed ? glyphs.failed : done === total ? glyphs.passed : glyphs.pending;
  const left = `${cursor ? '>' : ' '}${glyph} ${index + 1} ${visibleLine(group.title)}`;
  const row = ends(`${left} `, `${passed}/${total}`, width, ' ', glyphs.ellipsis);
  if (cursor && shown.focused) return paint(look, 'select', row);
  return paint(look, here ? 'bold' : failed ? 'bad' : done === total ? 'good' : 'dim', row);
}

function stepRow(shown: Shown, entry: Entry, width: number): string {
  const { state, look } = shown;
  const step = outlineOf(state.runbook).places.get(entry.id)?.step;
  const status = shown.again === entry.id ? 'pending' : statusOf(state, entry.id);
  const here = entry.id === (shown.selected ?? shown.current);
  const glyph = glyphOf(look, status, step?.danger ?? false);
  const { ellipsis } = glyphsOf(look);
  const right = remark(shown, entry.id, status);
  const indent = '  '.repeat(Math.min(entry.depth, 3));
  const left = `${here ? '>' : ' '}${numberOf(shown, entry.id)} ${indent}${glyph} `;
  const room = Math.max(0, width - cellWidth(left) - cellWidth(right) - 1);
  const called = nameOnHost(state, entry.id, state.steps.get(entry.id)?.visits.at(-1) ?? null);
  const name = room >= titledFrom && step !== undefined ? `${called}  ${step.title}` : called;
  const row = fit(`${left}${fit(visibleLine(name), room, ellipsis)} ${right}`, width, ellipsis);
  if (here && shown.focused) return paint(look, 'select', row);
  return paint(look, here && status === 'pending' ? 'bold' : styleOf(status), row);
}

/** The number that its key has among the steps side by side; a space where there is none. */
function numberOf({ state, selected, current }: Shown, id: StepId): string {
  const number = sideBySide(state, selected ?? current).indexOf(id) + 1;
  return number > 0 && number < 10 ? String(number) : ' ';
}

/** True when a rollback has taken back every visit of step `id` that it was to. */
function isUndone(state: RunState, id: StepId): boolean {
  const undos = (state.rollback?.plan ?? []).filter((entry) => entry.kind === 'undo' && entry.undoes.step === id);
  return undos.length > 0 && undos.every((entry) => statusOf(state, entry.id) === 'passed');
}

/** The word of a status of step `id`: what a person is asked or does is no command, and waits. */
export function wordAt({ runbook }: RunState, id: StepId, status: StepStatus): string {
  const body = bodyOf(runbook, id);
  const isAsked = body?.effect === 'person' || body?.action === 'approve';
  return status === 'running' && isAsked ? 'waiting' : wordOf(status);
}

/** Time taken, time so far, the usual time; or the word of what happened. */
export function remark(
  shown: Pick<Shown, 'state' | 'history' | 'outputs' | 'now'>,
  id: StepId,
  status: StepStatus,
): string {
  const visit = shown.state.steps.get(id)?.visits.at(-1);
  switch (status) {
    case 'running':
      return visit === undefined ? '' : elapsed(spentMs(shown.state, { step: id, visit }, shown.now));
    case 'passed':
      if (isUndone(shown.state, id)) return 'undone';
      if (visit?.overrides !== null && visit?.overrides !== undefined) return 'by hand';
      return visit === undefined || visit.closedAt === null
        ? ''
        : `${took(spentMs(shown.state, { step: id, visit }, shown.now))}${isUnusual(shown, id, shown.now) ? '!' : ''}`;
    case 'pending': {
      const usual = typicalMs(shown.history, id);
      if (usual === null) return '';
      return usual.p50 < 1000 ? '<1s' : `~${rough(usual.p50)}`;
    }
    default:
      return wordOf(status);
  }
}
