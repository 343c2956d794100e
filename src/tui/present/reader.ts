/**
 * Texts to read over the whole screen: the keys, what a rollback would do, and what changed in documents.
 */
import type { DocumentChange } from '../../app/changed-documents.ts';
import { visibleLine } from '../../diagnostics/sanitise.ts';
import type { RollbackEntry } from '../../run/event.ts';
import { bodyOf, outlineOf } from '../../run/outline.ts';
import { statusOf } from '../../run/progress.ts';
import { crossedPoints, hasChanged, rollbackPlan } from '../../run/rollback.ts';
import type { RunState } from '../../run/state.ts';
import type { Body } from '../../runbook/document.ts';
import { bindingsByScope, keyLabel } from '../keys/keymap.ts';
import { expandTabs, fit, wrap } from './cells.ts';
import { filled, scriptValues } from './filled.ts';
import { counted } from './format.ts';
import { glyphOf, glyphsOf, type Look, paint, wordOf } from './look.ts';

/** All keys, one row each. */
export function helpLines(look: Look, width: number): readonly string[] {
  const { ellipsis } = glyphsOf(look);
  return bindingsByScope().flatMap(({ title, bindings }) => [
    paint(look, 'bold', fit(title, width, ellipsis)),
    ...bindings.flatMap(({ keys, about }) => bindingRows(keys.map(keyLabel).join(' '), about, width, ellipsis)),
    ' '.repeat(width),
  ]);
}

function bindingRows(keys: string, about: string, width: number, ellipsis: string): readonly string[] {
  const indent = 21;
  return wrap(about, width - indent).map((line, index) =>
    fit(`  ${fit(index === 0 ? keys : '', indent - 3, ellipsis)} ${line}`, width, ellipsis),
  );
}

const signs = { same: ' ', gone: '-', new: '+', cut: ' ' } as const;
const signStyles = { same: null, gone: 'bad', new: 'good', cut: 'dim' } as const;

/** The difference of each document, line by line; what is longer than a row goes on in the next. */
export function changeLines(changes: readonly DocumentChange[], look: Look, width: number): readonly string[] {
  const { ellipsis } = glyphsOf(look);
  const row = (text: string): string => fit(text, width, ellipsis);
  return changes.flatMap((change) => {
    if (change.kind === 'gone') {
      return [row(` ${visibleLine(change.path)} cannot be read any more; its pinned copy goes on.`), row('')];
    }
    const lines = change.lines.flatMap(({ kind, text }) => {
      const style = signStyles[kind];
      const rows = wrap(expandTabs(visibleLine(text)), Math.max(1, width - 3));
      return (rows.length === 0 ? [''] : rows).map((one, index) => {
        const shown = row(` ${index === 0 ? signs[kind] : ' '} ${one}`);
        return style === null ? shown : paint(look, style, shown);
      });
    });
    return [paint(look, 'bold', row(` ${visibleLine(change.path)}`)), ...lines, row('')];
  });
}

/** What a rollback would undo now, or, once it began, what it undoes. */
export function planLines(state: RunState, look: Look, width: number): readonly string[] {
  const { ellipsis } = glyphsOf(look);
  const row = (text: string): string => fit(text, width, ellipsis);
  const plan = state.rollback?.plan ?? rollbackPlan(state);
  const point = state.runbook.rollback.point;
  const value = point === undefined ? undefined : state.variables.get(point)?.at(-1)?.value;
  const crossed = crossedPoints(state);
  return [
    row(`${intro(state)} ${counted(plan.length, 'step')}, in this order:`),
    row(''),
    ...plan.flatMap((entry, index) => {
      const body = bodyOf(state.runbook, entry.id);
      const status = state.rollback === null ? 'pending' : statusOf(state, entry.id);
      const of = entry.kind === 'undo' ? `, undoes ${entry.undoes.step}` : '';
      const word = state.rollback === null ? '' : ` ${wordOf(status)}`;
      return [
        row(` ${glyphOf(look, status, false)} ${index + 1}. ${visibleLine(entry.id)}${of}${word}`),
        paint(look, 'accent', row(`      ${visibleLine(body === null ? '' : commandOf(state, entry, body))}`)),
      ];
    }),
    ...(plan.length === 0 ? [row(' Nothing ran that has an undo.')] : []),
    row(''),
    ...(crossed.length === 0
      ? []
      : [paint(look, 'bad', row(`No undo, already run: ${crossed.map(visibleLine).join(', ')}`))]),
    ...(point === undefined ? [] : [row(`Rollback point: ${point} = ${visibleLine(value ?? 'not set')}`)]),
    ...state.runbook.rollback.triggers.map((trigger) => row(`Roll back when: ${visibleLine(trigger)}`)),
    ...withoutUndo(state).map((id) => paint(look, 'warn', row(`Changed by, without undo: ${visibleLine(id)}`))),
  ];
}

/** What an entry runs, with what is known filled in. */
function commandOf(state: RunState, entry: RollbackEntry, body: Body): string {
  const undone = entry.kind === 'undo' ? entry.undoes : null;
  const values = scriptValues(state, entry.id, body, undone);
  const known = values.length === 0 ? '' : `   (${values.join(', ')})`;
  return `${filled(state, entry.id, body.summary, undone)}${known}`;
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
      !step.danger &&
      places.get(id)?.phase !== null
    );
  });
}
