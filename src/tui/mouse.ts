/**
 * The mouse, where the operator wants it: a click looks at something, the wheel scrolls what is under it. Pure: a view and an event in,
 * the next `Ui` out.
 *
 * Invariants: a click answers nothing, accepts nothing and runs nothing; what it marks still takes its key; elsewhere it does nothing.
 */
import type { CommandName } from './keys/binding.ts';
import {
  foldedPhase,
  movedEntry,
  movedStep,
  scrolledDetail,
  scrolledOutput,
  scrolledReader,
  scrolledText,
} from './moves.ts';
import { frame, homeArea, layoutOf, leftAt, rowsAboveBody } from './present/frame.ts';
import { homeEntryAt } from './present/home.ts';
import { type DialogOverlay, replaced, topOverlay, type Ui } from './ui.ts';
import type { RunView, View } from './view.ts';

/** `column` and `row`: 0-based, of the terminal. */
export interface MouseEvent {
  readonly kind: 'click' | 'wheel-up' | 'wheel-down' | 'other';
  readonly column: number;
  readonly row: number;
}

const linesAWheel = 3;

/** The screen after `event`. */
export function moused(view: View, event: MouseEvent): Ui {
  if (event.kind === 'other') return view.ui;
  const top = topOverlay(view.ui);
  const wheel = event.kind === 'click' ? null : event.kind === 'wheel-up' ? 'up' : 'down';
  if (top !== null) {
    if (wheel !== null) return rolled(view, (one) => scrolledOverlay(one, wheel));
    return top.kind === 'dialog' ? pointedChoice(view, top, event) : view.ui;
  }
  if (view.run === null) return wheel === null ? pointedEntry(view, event) : movedEntry(view, wheel);
  return wheel === null ? pointed(view, view.run, event) : wheeled(view, view.run, event, wheel);
}

function scrolledOverlay(view: View, wheel: CommandName): Ui {
  const top = topOverlay(view.ui);
  if (top === null) return view.ui;
  return top.kind === 'reader' ? scrolledReader(view, top, wheel) : scrolledText(view, top, wheel);
}

/** Some lines at once. */
function rolled(view: View, scroll: (view: View) => Ui): Ui {
  let { ui } = view;
  for (let line = 0; line < linesAWheel; line += 1) ui = scroll({ ...view, ui });
  return ui;
}

/** A click on a choice marks it; Enter takes it. A menu that does not show all its choices is moved by its keys. */
function pointedChoice(view: View, top: DialogOverlay, { row }: MouseEvent): Ui {
  const { above, menu } = frame(view);
  if (menu === null || menu.rows < menu.labels.length || top.sending) return view.ui;
  const marked = menu.choices[row - above.length];
  if (marked === undefined) return view.ui;
  return replaced(view.ui, { ...top, draft: { ...top.draft, marked }, pointed: (top.pointed ?? 0) + 1 });
}

function pointedEntry(view: View, { row }: MouseEvent): Ui {
  const area = homeArea(view);
  const entry = row < area.above ? null : homeEntryAt(view, area, row - area.above);
  return entry === null ? view.ui : { ...view.ui, entry, message: null };
}

type Place = 'steps' | 'detail' | 'output';

/** The pane at a place of the run screen; null: none. */
function paneAt(view: View, { column, row }: MouseEvent): Place | null {
  const { leftWidth, bodyRows, detailRows } = layoutOf(view);
  const at = row - rowsAboveBody(view);
  const { ui } = view;
  if (at < -1 || at >= bodyRows) return null;
  const onlyOne = leftWidth >= ui.columns;
  if (ui.zoomed && ui.pane === 'output') return 'output';
  if (onlyOne ? ui.pane === 'steps' : column < leftWidth) return 'steps';
  return at < detailRows ? 'detail' : 'output';
}

/** A click gives the keys to the pane, and the cursor to the step; on a phase it folds or opens it. */
function pointed(view: View, run: RunView, event: MouseEvent): Ui {
  const pane = paneAt(view, event);
  if (pane === null) return view.ui;
  const ui: Ui = { ...view.ui, pane, message: null };
  const found = pane === 'steps' ? leftAt(view, run, event.row - rowsAboveBody(view)) : null;
  if (found === null) return ui;
  if (typeof found !== 'string') return foldedPhase({ ...view, ui }, run, found.phase);
  return { ...ui, selected: found, outputTop: null, outputLeft: 0, detailTop: 0 };
}

function wheeled(view: View, run: RunView, event: MouseEvent, wheel: CommandName): Ui {
  switch (paneAt(view, event)) {
    case null:
      return view.ui;
    case 'steps':
      return movedStep(view, run, wheel);
    case 'detail':
      return rolled(view, (one) => scrolledDetail(one, run, wheel));
    case 'output':
      return rolled(view, (one) => scrolledOutput(one, wheel));
  }
}
