/**
 * What a rollback would do, or does: every step of it with all that it runs.
 */
import { visibleLine } from '../../diagnostics/sanitise.ts';
import type { RollbackEntry } from '../../run/event.ts';
import { bodyOf, outlineOf } from '../../run/outline.ts';
import { statusOf } from '../../run/progress.ts';
import { crossedPoints, hasChanged, rollbackPlan } from '../../run/rollback.ts';
import type { RunState } from '../../run/state.ts';
import { wrap } from './cells.ts';
import { codeRows } from './code.ts';
import { counted } from './format.ts';
import { glyphOf, type Look, paint, type Style, wordOf } from './look.ts';
import { markdownRows } from './markdown.ts';
import { whatRuns } from './what-runs.ts';

const indent = '      ';

/** The rows of the plan as of `state`, none wider than `width`, not padded. */
export function planRows(state: RunState, look: Look, width: number): readonly string[] {
  const row = (text: string, style: Style = 'plain'): readonly string[] =>
    wrap(text, width).map((line) => paint(look, style, line));
  const plan = state.rollback?.plan ?? rollbackPlan(state);
  const point = state.runbook.rollback.point;
  const value = point === undefined ? undefined : state.variables.get(point)?.at(-1)?.value;
  const crossed = crossedPoints(state);
  return [
    ...row(`${intro(state)} ${counted(plan.length, 'step')}, in this order:`),
    '',
    ...plan.flatMap((entry, index) => entryRows(state, entry, index, look, width)),
    ...(plan.length === 0 ? [' Nothing ran that has an undo.'] : []),
    '',
    ...(crossed.length === 0 ? [] : row(`No undo, already run: ${crossed.map(visibleLine).join(', ')}`, 'bad')),
    ...(point === undefined ? [] : row(`Rollback point: ${point} = ${visibleLine(value ?? 'not set')}`)),
    ...state.runbook.rollback.triggers.flatMap((trigger) => row(`Roll back when: ${visibleLine(trigger)}`)),
    ...withoutUndo(state).flatMap((id) => row(`Changed by, without undo: ${visibleLine(id)}`, 'warn')),
  ];
}

function entryRows(state: RunState, entry: RollbackEntry, index: number, look: Look, width: number): readonly string[] {
  const status = state.rollback === null ? 'pending' : statusOf(state, entry.id);
  const of = entry.kind === 'undo' ? `, undoes ${entry.undoes.step}` : '';
  const word = state.rollback === null ? '' : ` ${wordOf(status)}`;
  const head = ` ${glyphOf(look, status, false)} ${index + 1}. ${visibleLine(entry.id)}${of}${word}`;
  return [...wrap(head, width), ...commandRows(state, entry, look, width)];
}

/** What an entry runs, with what is known filled in; values stand beside a command of one line, else below it. */
function commandRows(state: RunState, entry: RollbackEntry, look: Look, width: number): readonly string[] {
  const body = bodyOf(state.runbook, entry.id);
  if (body === null) return [];
  const undone = entry.kind === 'undo' ? entry.undoes : null;
  const { kind, text, values } = whatRuns(state, entry.id, body, undone);
  const room = Math.max(4, width - indent.length);
  const known = values.length === 0 ? '' : `   (${values.join(', ')})`;
  const beside = !text.includes('\n') && text.length + known.length <= room;
  const rows =
    kind === 'markdown' ? markdownRows(text, look, room) : codeRows(beside ? text + known : text, look, room);
  const below = beside ? [] : values.flatMap((value) => wrap(`  ${visibleLine(value)}`, room));
  return [...rows, ...below.map((row) => paint(look, 'dim', row))].map((row) => indent + row);
}

function intro(state: RunState): string {
  if (state.rollback !== null) return `Rolling back: ${visibleLine(state.rollback.reason)}.`;
  return hasChanged(state) ? 'A rollback now would take' : 'Nothing was changed yet. A rollback now would take';
}

/** Steps that ran once and that no undo covers. */
function withoutUndo(state: RunState): readonly string[] {
  const { places } = outlineOf(state.runbook);
  return state.startedOrder.filter((id) => {
    const step = places.get(id)?.step;
    return (
      step !== undefined &&
      step.effect === 'once' &&
      step.undo.kind === 'none' &&
      step.undo.meant !== true &&
      !step.danger &&
      places.get(id)?.phase !== null
    );
  });
}
