/**
 * What is on screen and what it is drawn from: the `Ui`, the home lists, the open run; and the one view that is made of them.
 *
 * Invariants:
 * - No run state is kept here: every view is built anew from the open run and the output window.
 * - A dialog about a question is open only while that question is; the operator's own dialogs stay.
 * - After `dispose` nothing is called and no timer is left.
 */
import type { People } from '../app/people.ts';
import type { Activity, Session } from '../engine/session.ts';
import { noOutput, type OutputWanted, OutputWindow } from '../feed/output-window.ts';
import { attemptOf, evidenceOf } from '../feed/step-output.ts';
import type { RunState } from '../run/state.ts';
import type { Dialog } from './dialogs/dialog.ts';
import { dialogFor } from './dialogs/of-question.ts';
import { questionKey } from './dialogs/question-key.ts';
import type { Home } from './home.ts';
import type { Binding } from './keys/binding.ts';
import { bindings } from './keys/bindings.ts';
import { evidenceView } from './present/audit.ts';
import { auditOnScreen, layoutOf } from './present/frame.ts';
import type { Look } from './present/look.ts';
import { soughtBy } from './present/output.ts';
import { endRows } from './present/panel.ts';
import { stoppableNow } from './stoppable.ts';
import { Transcript } from './transcript.ts';
import { ended, firstLine, initialUi, type Ui, withDialog } from './ui.ts';
import { type History, type HomeView, hasEnded, openQuestions, outputStep, type RunView, type View } from './view.ts';

/** How often session events may redraw the screen. */
const redrawMs = 33;

/** The run on screen. */
export interface OpenRun {
  /** Null: it is only looked at. */
  readonly session: Session | null;
  state(): RunState;
  activity(): Activity;
}

export interface ScreenOptions {
  readonly home: Home;
  readonly look: Look;
  /** As the operator has them; absent: ours. */
  readonly keys?: readonly Binding[];
  /** Draw a region of a few rows, and print what is over above it. */
  readonly inline?: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Epoch ms. */
  now(): number;
  offsetMs(atMs: number): number;
}

export class ScreenState {
  readonly options: ScreenOptions;
  readonly output: OutputWindow;
  /** Changed by `set`; written to directly only before one. */
  ui: Ui;
  home: HomeView = { loading: true, opening: null, runs: [], runbooks: [] };
  open: OpenRun | null = null;
  history: History = new Map();
  /** Bytes that each step printed when it last passed. */
  outputs: ReadonlyMap<string, number> = new Map();
  /** Who is at the open run. */
  people: People | null = null;
  /** Path of the written report of the open run. */
  report: string | null = null;
  /** Key of the question whose dialog the operator closed. */
  dismissed: string | null = null;
  /** Items of a checklist are answered in the operator's order: the next one does not come by itself. */
  ownOrder = false;
  /** What is printed above the region of the inline screen; the same array until there is more. */
  printed: readonly string[] = [];
  readonly #transcript = new Transcript({ onlyOver: true });
  readonly #listeners = new Set<() => void>();
  /** What ran or was asked at the last look. */
  #doing = '';
  /** Key of the question that waited at the last look, and of all that were open. */
  #asked: string | null = null;
  #open: ReadonlySet<string> = new Set();
  #view: View;
  #redrawTimer: ReturnType<typeof setTimeout> | null = null;
  #disposed = false;

  constructor(options: ScreenOptions, screen: Ui['screen']) {
    this.options = options;
    this.ui = initialUi(options.columns, options.rows, screen, options.inline);
    this.output = new OutputWindow(
      (run) => options.home.evidence(run),
      () => this.#outputWanted(),
      () => this.publish(),
    );
    this.#view = this.#build();
  }

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Key of the question that is asked now. */
  get asked(): string | null {
    return this.#asked;
  }

  readonly view = (): View => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  dispose(): void {
    this.#disposed = true;
    this.output.stop();
    if (this.#redrawTimer !== null) clearTimeout(this.#redrawTimer);
    this.#listeners.clear();
  }

  /** The open run as it stands at this moment; null: the home screen. */
  run(): RunView | null {
    if (this.open === null) return null;
    return {
      state: this.open.state(),
      activity: this.open.activity(),
      history: this.history,
      outputs: this.outputs,
      people: this.people,
      report: this.report,
      readOnly: this.open.session === null,
    };
  }

  hasEnded(): boolean {
    return hasEnded(this.run());
  }

  set(ui: Ui): void {
    // A new message is about what happens now, not about what happened at the last look.
    if (ui.message !== this.ui.message && ui.message !== null) this.#doing = this.#doingNow();
    this.ui = ui;
    this.publish();
    void this.output.follow();
  }

  say(text: string, bad: boolean): void {
    this.set({ ...this.ui, message: { text, bad } });
  }

  show(dialog: Dialog): void {
    this.set(withDialog(this.ui, dialog));
  }

  #doingNow(): string {
    const run = this.run();
    return `${askedIn(run) ?? ''} ${run === null ? '' : (stoppableNow(run.activity)?.what ?? '')}`;
  }

  /** Brings the dialogs in line with what is asked now, so that no view shows a question that is answered already. */
  #align(): void {
    const run = this.run();
    const key = askedIn(run);
    const open = new Set(run === null ? [] : openQuestions(run).map(questionKey));
    for (const gone of this.#open) if (!open.has(gone)) this.ui = ended(this.ui, gone);
    if (key !== this.#asked) this.#dropStale(key, open);
    this.#open = open;
    const doing = this.#doingNow();
    // What was said about a key that did nothing is not true any more once something else happens.
    if (doing !== this.#doing && this.ui.message?.bad === false) this.ui = { ...this.ui, message: null };
    this.#doing = doing;
    const question = run?.activity.kind === 'waiting' ? run.activity.question : null;
    if (run === null || run.readOnly || question === null) return;
    if (key === this.dismissed || this.ui.overlays.length > 0) return;
    if (this.ownOrder && question.kind === 'item') return;
    const dialog = dialogFor(question, run.state);
    if (dialog !== null) this.ui = withDialog(this.ui, dialog);
  }

  /** Session events come in bursts; the screen follows at a bounded rate. */
  readonly soon = (): void => {
    if (this.#redrawTimer !== null || this.#disposed) return;
    this.#redrawTimer = setTimeout(() => {
      this.#redrawTimer = null;
      this.publish();
    }, redrawMs);
  };

  publish(): void {
    if (this.#disposed) return;
    this.#align();
    if (this.ui.inline && this.open !== null) {
      const fresh = this.#transcript.fresh(this.open.state());
      if (fresh.length > 0) this.printed = [...this.printed, ...fresh];
    }
    this.#view = this.#build();
    for (const listener of this.#listeners) listener();
  }

  #dropStale(asked: string | null, open: ReadonlySet<string>): void {
    const stale = this.ui.overlays.filter(
      (one) => one.kind === 'dialog' && isAbout(one.dialog.key, this.#asked) && !open.has(one.dialog.key),
    );
    for (const one of stale) if (one.kind === 'dialog') this.ui = ended(this.ui, one.dialog.key);
    this.ui = { ...this.ui, overlays: this.ui.overlays.filter((one) => one.kind !== 'confirm' || one.from !== null) };
    this.#asked = asked;
    this.dismissed = null;
  }

  #build(): View {
    const now = this.open?.session?.now() ?? this.options.now();
    const view: View = {
      ui: this.ui,
      look: this.options.look,
      keys: this.options.keys ?? bindings,
      now,
      offsetMs: this.options.offsetMs(now),
      run: this.run(),
      home: this.home,
      output: this.output.view,
    };
    return { ...view, output: shownOutput(view) };
  }

  #outputWanted(): OutputWanted | null {
    const step = outputStep(this.#view);
    if (this.open === null || step === null) return null;
    const state = this.open.state();
    const attempt = attemptOf(state, step);
    if (attempt === null) return null;
    const growing = attempt.status === 'started' || attempt.status === 'stopping';
    const { stream, outputTop, wrapped, outputLeft } = this.ui;
    const { folder } = attempt;
    // A dialog tells the end of it where no pane has room.
    const rows = Math.max(endRows, layoutOf(this.#view).outputRows);
    const evidence = evidenceOf(attempt);
    const { find } = this.ui;
    const sought = find?.place !== 'output' || find.typing ? null : soughtBy(find);
    const top = firstLine(outputTop, rows);
    const filled = !wrapped || outputLeft > 0;
    return { run: state.id, step, folder, growing, stream, evidence, top, rows, filled, sought };
  }
}

/** The output that belongs to the step that is looked at; an item that printed nothing shows the places that it rests on. */
function shownOutput(view: View): View['output'] {
  const step = outputStep(view);
  const closed = step !== null && (view.run?.state.steps.get(step)?.visits.at(-1)?.closedSeq ?? null) !== null;
  const output = view.output.step === step ? view.output : { ...noOutput, step, open: !closed };
  const item = auditOnScreen(view)?.items.find((one) => one.step.id === step);
  if (item === undefined || output.bytes > 0) return output;
  const { outputRows: rows } = layoutOf(view);
  return evidenceView(item, firstLine(view.ui.outputTop, rows), rows) ?? output;
}

/** Whether a dialog belongs to the question `asked`: its own, or one that decides about its step. */
function isAbout(dialogKey: string, asked: string | null): boolean {
  return asked !== null && (dialogKey === asked || dialogKey.startsWith('skip ') || dialogKey.startsWith('record '));
}

/** Key of the question that is open in a run; null without one. */
export function askedIn(run: RunView | null): string | null {
  return run?.activity.kind === 'waiting' ? questionKey(run.activity.question) : null;
}
