/**
 * What the screen itself remembers: where the cursor is, what is open, what has been typed. Pure values and the ways they
 * change.
 *
 * Invariants:
 * - No run state: everything about the run comes from the session, each time anew.
 * - What was typed into a dialog survives closing it, keyed by the dialog's key, until its intent was carried out.
 */
import type { DocumentChange } from '../app/changed-documents.ts';
import type { StepId } from '../runbook/document.ts';
import type { Show } from './audit.ts';
import type { Dialog, Field, Intent, Values } from './dialogs/dialog.ts';
import type { Scope } from './keys/binding.ts';
import { isMatch } from './present/match.ts';
import type { Subject } from './subject.ts';

/** What was typed into a dialog. `choice` null: its menu is shown. */
export interface Draft {
  readonly choice: number | null;
  /** Index of the menu's marked choice. */
  readonly marked: number;
  /** By choice index and field id, as `fieldKey` joins them. */
  readonly values: Values;
  readonly field: number;
  /** Place of the caret in the field, in characters (code points). */
  readonly caret: number;
}

/** What is read over the whole screen. */
export type Page =
  /** `scopes`: where help was asked for, innermost first. */
  | { readonly kind: 'help'; readonly scopes: readonly Scope[] }
  | { readonly kind: 'plan' }
  | { readonly kind: 'timeline' }
  | { readonly kind: 'step'; readonly step: StepId }
  /** What has changed in the documents of a run that is to be resumed. */
  | { readonly kind: 'changes'; readonly changes: readonly DocumentChange[] }
  /** What a dialog or a y/n says, all of it. */
  | {
      readonly kind: 'text';
      readonly title: string;
      readonly text: readonly string[];
      readonly subject: Subject | null;
    };

/** A text that is looked for. `typing`: it is still being typed. `at`: number of the row or line that it stands on, 0-based. */
export interface Find {
  /** `list`: what does not hold the text is left out of the list, while it is typed already. */
  readonly place: 'reader' | 'detail' | 'output' | 'list';
  readonly text: string;
  /** Whatever reads like an error is looked for, not `text`. */
  readonly errors: boolean;
  readonly typing: boolean;
  readonly at: number | null;
}

export type Overlay =
  /** `top`: the first row shown. */
  | { readonly kind: 'reader'; readonly page: Page; readonly top: number }
  | {
      readonly kind: 'dialog';
      readonly dialog: Dialog;
      readonly draft: Draft;
      /** How often the mouse has marked a choice: the menu widget begins anew where it did. */
      readonly pointed?: number;
      /** Rows of its text that are scrolled away. */
      readonly top: number;
      readonly error: string | null;
      /** Its intent is being carried out. */
      readonly sending: boolean;
    }
  | {
      readonly kind: 'confirm';
      readonly title: string;
      readonly text: readonly string[];
      /** What it is about, shown whole. */
      readonly subject: Subject | null;
      readonly top: number;
      readonly intent: Intent;
      /** Key of the dialog that asked; its draft ends when the intent is carried out. */
      readonly from: string | null;
      readonly sending: boolean;
      readonly error: string | null;
    };

export type DialogOverlay = Extract<Overlay, { kind: 'dialog' }>;

/** Where the output is scrolled to: the number of its first line, 0-based; or the line that it ends before; null: its end. */
export type OutputTop = number | { readonly before: number } | null;

export interface Ui {
  readonly columns: number;
  readonly rows: number;
  /** It is a region of a few rows below what is printed, not the whole screen. */
  readonly inline: boolean;
  readonly screen: 'home' | 'run';
  readonly pane: 'steps' | 'detail' | 'output';
  /** By how many cells the edge between the panes was moved to the right. */
  readonly edge: number;
  /** Phases that were folded (false) or opened (true) by hand, by their place in the pane; the others open by themselves. */
  readonly folds: ReadonlyMap<number, boolean>;
  /** The output fills the screen. */
  readonly zoomed: boolean;
  /** What the left pane lists at a checklist. */
  readonly show: Show;
  /** Entry of the home screen. */
  readonly entry: number;
  /** The step that is looked at; null: the current one, whichever that is. */
  readonly selected: StepId | null;
  /** Items that the next answer is for, all of them. */
  readonly marked: ReadonlySet<StepId>;
  /** Which file of the attempt. */
  readonly stream: 'output' | 'stderr';
  readonly outputTop: OutputTop;
  readonly outputLeft: number;
  /** Lines of output go on in the next row. */
  readonly wrapped: boolean;
  /** First row of the detail pane. */
  readonly detailTop: number;
  /** Null: nothing is looked for. */
  readonly find: Find | null;
  /** What was looked for last. */
  readonly needle: string;
  /** `R` was used in this run. */
  readonly ranOn: boolean;
  /** What `R` goes through, in words; null: it does not. */
  readonly runningOn: string | null;
  /** The last one is on top. */
  readonly overlays: readonly Overlay[];
  readonly drafts: ReadonlyMap<string, Draft>;
  readonly message: { readonly text: string; readonly bad: boolean } | null;
}

/** The screen at its start. In a region of a few rows what runs is looked at, not the list of the steps. */
export function initialUi(columns: number, rows: number, screen: Ui['screen'], inline = false): Ui {
  return {
    columns,
    rows,
    inline,
    screen,
    pane: inline ? 'output' : 'steps',
    edge: 0,
    folds: new Map(),
    zoomed: false,
    show: 'all',
    entry: 0,
    selected: null,
    marked: new Set(),
    stream: 'output',
    outputTop: null,
    outputLeft: 0,
    wrapped: true,
    detailTop: 0,
    find: null,
    needle: '',
    ranOn: false,
    runningOn: null,
    overlays: [],
    drafts: new Map(),
    message: null,
  };
}

/** What narrows the list on screen; empty: nothing does. */
export function filterOf(ui: Ui): string {
  return ui.find?.place === 'list' && topOverlay(ui) === null ? ui.find.text : '';
}

/** The choices of a dialog's menu that are listed, by their places in the dialog. */
export function listedChoices({ find }: Ui, { choices }: Dialog): readonly number[] {
  const all = choices.map((_, index) => index);
  if (find?.place !== 'list' || find.text === '') return all;
  return all.filter((index) => isMatch(choices[index]?.label ?? '', find.text));
}

/** The first of the `rows` lines that hold what is to be shown; null: the newest. */
export function firstLine(top: OutputTop, rows: number): number | null {
  return typeof top === 'object' && top !== null ? Math.max(0, top.before - rows) : top;
}

/** The overlay on top, or null. */
export function topOverlay(ui: Ui): Overlay | null {
  return ui.overlays.at(-1) ?? null;
}

/** The step that is looked at: by the marked choice of the dialog on top, else by the cursor; null: whichever is current. */
export function lookedAt(ui: Ui): StepId | null {
  const top = topOverlay(ui);
  const about = top?.kind === 'dialog' ? top.dialog.choices[top.draft.choice ?? top.draft.marked]?.about : null;
  return about ?? ui.selected;
}

/** Who hears keys, innermost first. */
export function scopesOf(ui: Ui, ended: boolean): readonly Scope[] {
  if (ui.find?.typing === true) return ['find', 'always'];
  return ui.find === null ? placesOf(ui, ended) : ['found', ...placesOf(ui, ended)];
}

function placesOf(ui: Ui, ended: boolean): readonly Scope[] {
  const top = topOverlay(ui);
  if (top === null) {
    if (ui.screen === 'home') return ['home', 'always'];
    return ended ? ['finished', ui.pane, 'run', 'always'] : [ui.pane, 'run', 'always'];
  }
  switch (top.kind) {
    case 'reader':
      return top.page.kind === 'plan' ? ['plan', 'reader', 'always'] : ['reader', 'always'];
    case 'confirm':
      return ['confirm', 'always'];
    case 'dialog':
      return [top.draft.choice === null ? 'menu' : 'form', 'always'];
  }
}

/** `ui` with `overlay` on top. */
export function pushed(ui: Ui, overlay: Overlay): Ui {
  return { ...ui, overlays: [...ui.overlays, overlay], find: null, message: null };
}

/** `ui` with `overlay` instead of the one on top. */
export function replaced(ui: Ui, overlay: Overlay): Ui {
  return { ...ui, overlays: [...ui.overlays.slice(0, -1), overlay] };
}

/** `ui` without the overlay on top; text that was typed in it is kept, what confirms something is not. */
export function closed(ui: Ui): Ui {
  const top = topOverlay(ui);
  if (top === null) return ui;
  const drafts = top.kind === 'dialog' ? new Map(ui.drafts).set(top.dialog.key, withoutConfirmations(top)) : ui.drafts;
  return { ...ui, overlays: ui.overlays.slice(0, -1), find: null, drafts };
}

function withoutConfirmations({ dialog, draft }: DialogOverlay): Draft {
  const typed = dialog.choices.flatMap(({ fields }, choice) =>
    fields.filter(({ confirms }) => confirms).map((field) => fieldKey(choice, field)),
  );
  if (typed.length === 0) return draft;
  const values = Object.fromEntries(Object.entries(draft.values).filter(([key]) => !typed.includes(key)));
  return { ...draft, values, caret: 0 };
}

/** `ui` without any overlay of the dialog `key`, and without what was typed in it. */
export function ended(ui: Ui, key: string): Ui {
  const drafts = new Map(ui.drafts);
  drafts.delete(key);
  const overlays = ui.overlays.filter(
    (one) => !(one.kind === 'dialog' && one.dialog.key === key) && !(one.kind === 'confirm' && one.from === key),
  );
  return { ...ui, drafts, overlays };
}

/** `ui` with `dialog` on top, as it was left the last time. */
export function withDialog(ui: Ui, dialog: Dialog): Ui {
  const known = ui.drafts.get(dialog.key);
  return pushed(ui, {
    kind: 'dialog',
    dialog,
    draft: known ?? freshDraft(dialog),
    top: 0,
    error: null,
    sending: false,
  });
}

function freshDraft(dialog: Dialog): Draft {
  const only = dialog.choices.length === 1 ? dialog.choices[0] : undefined;
  const empty: Draft = { choice: null, marked: dialog.start, values: {}, field: 0, caret: 0 };
  return only === undefined || only.fields.length === 0 ? empty : chosen(empty, dialog, 0);
}

/** The draft after choice `index` was taken from the menu: its fields are shown. */
export function chosen(draft: Draft, dialog: Dialog, index: number): Draft {
  return atField({ ...draft, choice: index, marked: index }, dialog, 0);
}

/** The fields of the choice that is being filled in. */
export function fieldsOf(overlay: DialogOverlay): readonly Field[] {
  const { choice } = overlay.draft;
  return choice === null ? [] : (overlay.dialog.choices[choice]?.fields ?? []);
}

/** Text that stands in a field. */
export function fieldValue(draft: Draft, field: Field): string {
  return draft.values[fieldKey(draft.choice ?? 0, field)] ?? field.initial;
}

/** The values of the choice that is being filled in, by field id. */
export function valuesOf(overlay: DialogOverlay): Values {
  return Object.fromEntries(fieldsOf(overlay).map((field) => [field.id, fieldValue(overlay.draft, field)]));
}

/** The caret at the end of field `index`. */
export function atField(draft: Draft, dialog: Dialog, index: number): Draft {
  const field = draft.choice === null ? undefined : dialog.choices[draft.choice]?.fields[index];
  return field === undefined ? draft : { ...draft, field: index, caret: [...fieldValue(draft, field)].length };
}

/** How a field changes. */
export type Edit =
  | { readonly kind: 'insert'; readonly text: string }
  | { readonly kind: 'erase' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'caret'; readonly to: number };

/** `overlay` after an edit of the field with the caret. An error message goes when the text changes. */
export function edited(overlay: DialogOverlay, edit: Edit): DialogOverlay {
  const { draft } = overlay;
  const field = fieldsOf(overlay)[draft.field];
  if (field === undefined || overlay.sending) return overlay;
  const characters = [...fieldValue(draft, field)];
  const caret = Math.min(draft.caret, characters.length);
  switch (edit.kind) {
    case 'insert': {
      const inserted = [...edit.text];
      return withValue(
        overlay,
        field,
        [...characters.slice(0, caret), ...inserted, ...characters.slice(caret)],
        caret + inserted.length,
      );
    }
    case 'erase':
      if (caret === 0) return overlay;
      return withValue(overlay, field, [...characters.slice(0, caret - 1), ...characters.slice(caret)], caret - 1);
    case 'clear':
      return withValue(overlay, field, [], 0);
    case 'caret':
      return { ...overlay, draft: { ...draft, caret: Math.max(0, Math.min(characters.length, edit.to)) } };
  }
}

function withValue(overlay: DialogOverlay, field: Field, characters: readonly string[], caret: number): DialogOverlay {
  const { draft } = overlay;
  const values = { ...draft.values, [fieldKey(draft.choice ?? 0, field)]: characters.join('') };
  return { ...overlay, error: null, draft: { ...draft, values, caret } };
}

function fieldKey(choice: number, field: Field): string {
  return `${choice}.${field.id}`;
}
