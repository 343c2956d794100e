/**
 * Commands that only change the screen: moving in lists, scrolling, editing what is typed. Pure: a view and a command in,
 * the next `Ui` out.
 *
 * Invariants: an unknown command gives the same `Ui`; nothing here knows the session.
 */

import { outlineOf } from '../run/outline.ts';
import type { Question } from '../run/question.ts';
import type { StepId } from '../runbook/document.ts';
import { type Audit, nextShow } from './audit.ts';
import type { Intent } from './dialogs/dialog.ts';
import type { CommandName } from './keys/binding.ts';
import { detailRows } from './present/detail.ts';
import { layoutOf, listedSteps, textRoom } from './present/frame.ts';
import { homeEntries } from './present/home.ts';
import { linesShown } from './present/output.ts';
import { pageHeight, pageRows } from './present/reader.ts';
import { entriesOf, groupCount, stops } from './present/step-list.ts';
import type { Subject } from './subject.ts';
import {
  atField,
  chosen,
  type DialogOverlay,
  edited,
  fieldsOf,
  filterOf,
  listedChoices,
  type OutputTop,
  type Overlay,
  pushed,
  replaced,
  type Ui,
  valuesOf,
} from './ui.ts';
import { currentStep, itemQuestionAt, type RunView, selectedStep, sideBySide, type View } from './view.ts';

/** The cursor of the home screen. */
export function movedEntry(view: View, command: CommandName): Ui {
  const { ui } = view;
  const last = homeEntries(view.home, filterOf(ui)).length - 1;
  const entry = moved(command, ui.entry, Math.max(1, ui.rows - 6), last);
  return entry === null ? ui : { ...ui, entry, message: null };
}

/** Another step is looked at; `follow` goes back to the current one. */
export function movedStep(view: View, run: RunView, command: CommandName): Ui {
  const fresh: Ui = { ...view.ui, outputTop: null, outputLeft: 0, detailTop: 0, message: null };
  if (command === 'follow') return { ...fresh, selected: null, marked: new Set(), find: null };
  const listed = listedSteps(view);
  const at = listed.indexOf(view.ui.selected ?? currentStep(run) ?? '');
  const index = moved(command, at, Math.max(1, view.ui.rows - 6), listed.length - 1);
  return index === null ? view.ui : { ...fresh, selected: listed[index] ?? view.ui.selected };
}

/** The phase of the cursor is folded or opened, or all are. The cursor stays in its phase. */
export function foldedPhases(view: View, run: RunView, command: 'fold' | 'unfold' | 'fold-all'): Ui {
  const { ui } = view;
  const here = ui.selected ?? currentStep(run);
  const group = entriesOf(run.state).find(({ id }) => id === here)?.group;
  const folds = command === 'fold-all' ? nextFolds(ui.folds, groupCount(run.state)) : new Map(ui.folds);
  if (command !== 'fold-all' && group !== undefined) folds.set(group, command === 'unfold');
  const next: Ui = { ...ui, folds, message: null };
  const stop = stops(run.state, folds, currentStep(run)).find((one) => one.group === group);
  const hidden = group !== undefined && folds.get(group) === false;
  return hidden && ui.selected !== null ? { ...next, selected: stop?.id ?? null } : next;
}

/** The phase in place `group` is folded where its steps are listed, and opened where not. */
export function foldedPhase(view: View, run: RunView, group: number): Ui {
  const { ui } = view;
  const current = currentStep(run);
  const own = entriesOf(run.state).filter((one) => one.group === group);
  const has = (id: StepId | null): boolean => own.some((one) => one.id === id);
  const isOpen = ui.folds.get(group) ?? (has(ui.selected) || has(current));
  const folds = new Map(ui.folds).set(group, !isOpen);
  const stop = stops(run.state, folds, current).find((one) => one.group === group);
  return { ...ui, folds, ...(isOpen && has(ui.selected) ? { selected: stop?.id ?? null } : {}) };
}

/** All folded, then all open, then each by itself. */
function nextFolds(folds: ReadonlyMap<number, boolean>, count: number): Map<number, boolean> {
  const all = (open: boolean): boolean => folds.size === count && [...folds.values()].every((one) => one === open);
  if (all(true)) return new Map();
  const open = all(false);
  return new Map(Array.from({ length: count }, (_, index) => [index, open]));
}

/** The next filter of the items; the cursor goes to the first that is left, unless it is on one. */
export function filteredItems(view: View, audit: Audit): Ui {
  const next: Ui = { ...view.ui, show: nextShow(view.ui.show, audit), pane: 'steps', outputTop: null, message: null };
  if (next.show === 'all' || next.show === 'steps') return next;
  const listed = listedSteps({ ...view, ui: next });
  const stays = next.selected !== null && listed.includes(next.selected);
  return stays ? next : { ...next, selected: listed[0] ?? null };
}

/** The step with number `number`, 1-based, of those side by side is looked at. */
export function sideStep(view: View, run: RunView, number: number): Ui {
  const ids = sideBySide(run.state, selectedStep(view));
  const id = ids[number - 1];
  const text = `there are ${ids.length} steps side by side here`;
  if (id === undefined) return { ...view.ui, message: { text, bad: false } };
  return { ...view.ui, selected: id, outputTop: null, outputLeft: 0, detailTop: 0, message: null };
}

/** One item is marked, or all that are listed; those that cannot be answered now are not. */
export function markedItems(view: View, run: RunView, command: 'mark' | 'mark-all'): Ui {
  const { ui } = view;
  const here = selectedStep(view);
  const all = command === 'mark-all' ? listedSteps(view) : here === null ? [] : [here];
  const fit = all.filter((id) => itemQuestionAt(run, id) !== null);
  if (fit.length === 0) return { ...ui, message: { text: 'no item here can be answered now', bad: false } };
  const marked = new Set(ui.marked);
  const off = fit.every((id) => marked.has(id));
  for (const id of fit)
    if (off) marked.delete(id);
    else marked.add(id);
  const next: Ui = { ...ui, marked, message: null };
  return command === 'mark' ? movedStep({ ...view, ui: next }, run, 'down') : next;
}

/** What is asked about the marked items that can still be answered, in the order of the checklist. */
export function markedQuestions({ marked }: Ui, run: RunView): readonly Question<'item'>[] {
  const ids = marked.size === 0 ? [] : [...outlineOf(run.state.runbook).places.keys()];
  return ids.flatMap((id) => (marked.has(id) ? (itemQuestionAt(run, id) ?? []) : []));
}

/** The output scrolls; reaching the end of one that grows means following it again. */
export function scrolledOutput(view: View, command: CommandName): Ui {
  const { ui } = view;
  if (command === 'left') return { ...ui, outputLeft: Math.max(0, ui.outputLeft - 8) };
  if (command === 'right') return { ...ui, outputLeft: ui.outputLeft + 8 };
  if (command === 'follow') return { ...ui, outputTop: null, outputLeft: 0, find: null, message: null };
  const { outputRows: height, rightWidth: width } = layoutOf(view);
  const top = topAfter(command, view, linesShown(view, { width, height }), height);
  return top === undefined ? ui : { ...ui, outputTop: top, message: null };
}

/**
 * Where the output stands after `command`, without a line between what was shown and what is; undefined: it is none that scrolls. At the
 * end it is followed.
 */
function topAfter(
  command: CommandName,
  { ui, output }: View,
  { first, end, rest }: ReturnType<typeof linesShown>,
  height: number,
): OutputTop | undefined {
  const at = typeof ui.outputTop === 'number' ? ui.outputTop : first;
  const newest = Math.max(0, output.total - height);
  // Places that an item rests on are no file, and have no end that is followed.
  const last = output.open || output.path !== null ? null : newest;
  switch (command) {
    case 'up':
      return Math.max(0, at - 1);
    case 'page-up':
      return first === 0 ? 0 : { before: first };
    case 'down':
    case 'page-down': {
      const to = command === 'down' ? at + 1 : Math.max(at + 1, end);
      return to >= newest && rest <= height ? last : Math.min(to, Math.max(0, output.total - 1));
    }
    case 'first':
      return 0;
    case 'last':
      return last;
    default:
      return undefined;
  }
}

/** A page scrolls. */
export function scrolledReader(view: View, top: Extract<Overlay, { kind: 'reader' }>, command: CommandName): Ui {
  const height = pageHeight(view);
  const last = Math.max(0, pageRows(view, top.page).length - height);
  const line = moved(command, Math.min(top.top, last), height, last);
  return line === null ? view.ui : replaced(view.ui, { ...top, top: line });
}

/** What is known of the step scrolls; `follow` gives the keys back to the steps. */
export function scrolledDetail(view: View, run: RunView, command: CommandName): Ui {
  const { ui } = view;
  if (command === 'follow') return { ...ui, pane: 'steps', detailTop: 0, message: null };
  const { detailRows: height, rightWidth } = layoutOf(view);
  const rows = detailRows(run, selectedStep(view), view.look, view.now, rightWidth).length;
  const last = Math.max(0, rows - height);
  const top = moved(command, Math.min(ui.detailTop, last), Math.max(1, height - 1), last);
  return top === null ? ui : { ...ui, detailTop: top, message: null };
}

/** The text of a dialog or of a y/n scrolls. */
export function scrolledText(view: View, top: Exclude<Overlay, { kind: 'reader' }>, command: CommandName): Ui {
  const { total, room } = textRoom(view, top);
  const last = Math.max(0, total - room);
  const to = moved(command, Math.min(top.top, last), Math.max(1, room - 1), last);
  return to === null ? view.ui : replaced(view.ui, { ...top, top: to });
}

/** Another of the choices that are listed is marked. */
export function movedChoice(ui: Ui, top: DialogOverlay, command: CommandName): Ui {
  const listed = listedChoices(ui, top.dialog);
  const to = moved(command, listed.indexOf(top.draft.marked), listed.length, listed.length - 1);
  const marked = to === null ? undefined : listed[to];
  return marked === undefined ? ui : replaced(ui, { ...top, draft: { ...top.draft, marked } });
}

/** What is typed changes, or the text over it opens. */
export function editedDialog(ui: Ui, top: DialogOverlay, command: CommandName): Ui {
  const { dialog, draft } = top;
  const count = Math.max(1, fieldsOf(top).length);
  const field = (index: number): Ui => replaced(ui, { ...top, draft: atField(draft, dialog, index % count) });
  const caret = (to: number): Ui => replaced(ui, edited(top, { kind: 'caret', to }));
  switch (command) {
    case 'next-field':
      return field(draft.field + 1);
    case 'previous-field':
      return field(draft.field + count - 1);
    case 'erase':
      return replaced(ui, edited(top, { kind: 'erase' }));
    case 'erase-all':
      return replaced(ui, edited(top, { kind: 'clear' }));
    case 'left':
      return caret(draft.caret - 1);
    case 'right':
      return caret(draft.caret + 1);
    case 'start-of-line':
      return caret(0);
    case 'end-of-line':
      return caret(Number.MAX_SAFE_INTEGER);
    default:
      return ui;
  }
}

/** What Enter in a dialog comes to: the screen goes on, or something is wanted. */
export type Accepted = { readonly ui: Ui; readonly intent: null } | { readonly ui: null; readonly intent: Intent };

/** Enter: takes the marked choice, goes to the next field, asks once more, or wants something. */
export function accepted(ui: Ui, top: DialogOverlay): Accepted {
  const { dialog, draft } = top;
  const choice = dialog.choices[draft.choice ?? draft.marked];
  const stay = (next: DialogOverlay): Accepted => ({ ui: replaced(ui, next), intent: null });
  if (choice === undefined) return { ui, intent: null };
  if (draft.choice === null && choice.fields.length > 0) {
    return stay({ ...top, error: null, draft: chosen(draft, dialog, draft.marked) });
  }
  if (draft.field < choice.fields.length - 1) return stay({ ...top, draft: atField(draft, dialog, draft.field + 1) });
  const values = valuesOf(top);
  const missing = choice.fields.findIndex((field) => field.required && (values[field.id] ?? '').trim() === '');
  const empty = choice.fields[missing];
  if (empty !== undefined) {
    return stay({ ...top, error: `${empty.label}: it cannot stay empty`, draft: atField(draft, dialog, missing) });
  }
  const intent = choice.submit(values);
  if (choice.confirm === null) return { ui: null, intent };
  return {
    ui: pushed(
      ui,
      confirmation(
        {
          title: dialog.title,
          text: [...(choice.repeats === undefined ? [] : [values[choice.repeats] ?? '']), choice.confirm],
          subject: choice.confirms,
        },
        intent,
        dialog.key,
      ),
    ),
    intent: null,
  };
}

/** What a y/n says. */
export interface Asked {
  readonly title: string;
  readonly text: readonly string[];
  readonly subject: Subject | null;
}

/** A y/n, focused on No. `from`: key of the dialog that asks. */
export function confirmation(asked: Asked, intent: Intent, from: string | null): Overlay {
  return { kind: 'confirm', ...asked, top: 0, intent, from, sending: false, error: null };
}

/** The place after a command that moves in a list 0 … `last`; null when the command does not move. */
function moved(command: CommandName, at: number, page: number, last: number): number | null {
  const to = placeAfter(command, at, page, last);
  return to === null ? null : Math.max(0, Math.min(last, to));
}

function placeAfter(command: CommandName, at: number, page: number, last: number): number | null {
  switch (command) {
    case 'up':
      return at - 1;
    case 'down':
      return at + 1;
    case 'page-up':
      return at - page;
    case 'page-down':
      return at + page;
    case 'first':
      return 0;
    case 'last':
      return last;
    default:
      return null;
  }
}
