/**
 * Looking for text in what is on screen. Pure for pages and for what is known of a step; in output the search itself is the
 * feed's, and only its result is put in place here.
 *
 * Invariants: typing changes nothing but the text that is looked for; a place that is found is on screen.
 */
import { detailRows } from './present/detail.ts';
import { layoutOf, listedSteps } from './present/frame.ts';
import { nextMatch } from './present/match.ts';
import { pageHeight, pageRows } from './present/reader.ts';
import { type Find, listedChoices, replaced, topOverlay, type Ui } from './ui.ts';
import { currentStep, selectedStep, type View } from './view.ts';

/** Where a find that begins now looks: in the page, else in the pane that has the keys. */
export function findPlace(ui: Ui): Find['place'] {
  if (topOverlay(ui)?.kind === 'reader') return 'reader';
  if (topOverlay(ui) !== null || ui.screen === 'home' || ui.pane === 'steps') return 'list';
  return ui.pane;
}

/** A find begins: its text is typed. */
export function findBegun(ui: Ui): Ui {
  return { ...ui, find: { place: findPlace(ui), text: '', errors: false, typing: true, at: null }, message: null };
}

/** The text that is looked for after an edit; empty `typed` takes its last character away. */
export function findTyped(ui: Ui, find: Find, typed: string): Ui {
  const text = typed === '' ? [...find.text].slice(0, -1).join('') : find.text + typed;
  return { ...ui, find: { ...find, text } };
}

/** Enter: what was typed (nothing: what was looked for last) is looked for. Null: there is nothing to look for. */
export function findAccepted(ui: Ui, find: Find): Find | null {
  const text = find.text === '' ? ui.needle : find.text;
  return text === '' ? null : { ...find, text, typing: false };
}

/** Rows in which a find looks; null: in the output, which is not all here. */
export function findRows(view: View, find: Find): readonly string[] | null {
  const top = topOverlay(view.ui);
  if (find.place === 'reader') return top?.kind === 'reader' ? pageRows(view, top.page) : [];
  if (find.place === 'output' || find.place === 'list' || view.run === null) return null;
  return detailRows(view.run, selectedStep(view), view.look, view.now, layoutOf(view).rightWidth);
}

/** Where a find goes on from: the place that it stands on, else just outside what is on screen. */
export function findFrom(view: View, find: Find, forward: boolean): number {
  if (find.at !== null) return find.at;
  const top = topOverlay(view.ui);
  const first =
    find.place === 'reader'
      ? top?.kind === 'reader'
        ? top.top
        : 0
      : find.place === 'detail'
        ? view.ui.detailTop
        : typeof view.ui.outputTop === 'number'
          ? view.ui.outputTop
          : (view.output.first ?? 0);
  return forward ? first - 1 : first;
}

/** The next (or previous) place in `rows`, on screen; null: it is not there. */
export function foundInRows(view: View, find: Find, rows: readonly string[], forward: boolean): Ui | null {
  const at = nextMatch(rows, find.text, findFrom(view, find, forward), forward);
  return at === null ? null : placed(view, { ...find, at });
}

/** `find` with its place on screen, a third from the top. */
export function placed(view: View, find: Find): Ui {
  const { ui } = view;
  const next: Ui = { ...ui, find, needle: find.errors ? ui.needle : find.text, message: null };
  const at = find.at ?? 0;
  const top = topOverlay(ui);
  if (find.place === 'reader') {
    if (top?.kind !== 'reader') return next;
    return replaced(next, { ...top, top: Math.max(0, at - Math.floor(pageHeight(view) / 3)) });
  }
  const layout = layoutOf(view);
  if (find.place === 'detail') return { ...next, detailTop: Math.max(0, at - Math.floor(layout.detailRows / 3)) };
  return { ...next, pane: 'output', outputTop: Math.max(0, at - Math.floor(layout.outputRows / 3)) };
}

/** The cursor after what narrows the list has changed: where it is if that is still listed, else on the first entry. */
export function narrowed(view: View): Ui {
  const { ui } = view;
  const top = topOverlay(ui);
  if (top?.kind === 'dialog') {
    const listed = listedChoices(ui, top.dialog);
    const marked = listed.includes(top.draft.marked) ? top.draft.marked : (listed[0] ?? top.draft.marked);
    return replaced(ui, { ...top, draft: { ...top.draft, marked } });
  }
  if (ui.screen === 'home') return { ...ui, entry: 0 };
  const listed = listedSteps(view);
  const at = ui.selected ?? (view.run === null ? null : currentStep(view.run));
  return at !== null && listed.includes(at) ? ui : { ...ui, selected: listed[0] ?? ui.selected };
}
