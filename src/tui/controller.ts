/**
 * Between the terminal and the session: keys become commands, commands change the screen or ask the engine for something.
 *
 * Invariants:
 * - Everything goes through the keymap.
 * - After `dispose` nothing is called and no timer is left.
 */
import type { Watched } from '../app/watched.ts';
import type { Session } from '../engine/session.ts';
import { lastAnswer } from '../run/judging.ts';
import { outlineOf } from '../run/outline.ts';
import { capturedBy } from '../run/response.ts';
import { rollbackPlan } from '../run/rollback.ts';
import { auditAt } from './audit.ts';
import type { Dialog, Intent } from './dialogs/dialog.ts';
import { dialogFor } from './dialogs/of-question.ts';
import {
  abortDialog,
  correctDialog,
  interruptDialog,
  noteDialog,
  offerDialog,
  recordDialog,
  redoDialog,
  reportDialog,
  rollbackDialog,
  saveDialog,
  skipDialog,
} from './dialogs/own.ts';
import { itemDialog, itemsDialog } from './dialogs/questions/item.ts';
import { Finder } from './finder.ts';
import { findBegun } from './finding.ts';
import { HomeDesk } from './home-desk.ts';
import { KeyInput } from './key-input.ts';
import type { Binding, CommandName } from './keys/binding.ts';
import { keyOf } from './keys/labels.ts';
import type { KeyFlags } from './keys/press.ts';
import { type MouseEvent, moused } from './mouse.ts';
import {
  accepted,
  confirmation,
  editedDialog,
  filteredItems,
  foldedPhases,
  markedItems,
  markedQuestions,
  movedEntry,
  movedStep,
  scrolledDetail,
  scrolledOutput,
  scrolledReader,
  scrolledText,
  sideStep,
} from './moves.ts';
import { copyOutput, pageOutput, type TextTerminal } from './output-desk.ts';
import { isTooSmall } from './present/frame.ts';
import { homeEntries } from './present/home.ts';
import { type Exit, RunDesk } from './run-desk.ts';
import { RunOn } from './run-on.ts';
import { askedIn, type ScreenOptions, ScreenState } from './screen-state.ts';
import { stoppableNow } from './stoppable.ts';
import type { Subject } from './subject.ts';
import {
  closed,
  type DialogOverlay,
  edited,
  type Find,
  filterOf,
  type Overlay,
  type Page,
  pushed,
  replaced,
  scopesOf,
  topOverlay,
} from './ui.ts';
import { askedHere, currentStep, factsOf, hasEnded, type RunView, selectedStep, type View } from './view.ts';

export interface ControllerOptions extends ScreenOptions {
  readonly session: Session | null;
  /** A run to watch; null: none. Leaving it leaves the app. */
  readonly watched: Watched | null;
}

/** What only the terminal can do. */
export interface Terminal extends TextTerminal {
  /** To the shell, until SIGCONT. */
  suspend(): void;
  /** Draws everything again. */
  redraw(): void;
}

/** Of a second each. */
const peopleEveryTicks = 3;

export class Controller {
  readonly #options: ControllerOptions;
  readonly #screen: ScreenState;
  readonly #desk: RunDesk;
  readonly #home: HomeDesk;
  readonly #finder: Finder;
  readonly #runOn: RunOn;
  readonly #keys: KeyInput;
  #terminal: Terminal | null = null;
  #clock: ReturnType<typeof setInterval> | null = null;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const atHome = options.session === null && options.watched === null;
    this.#screen = new ScreenState(options, atHome ? 'home' : 'run');
    this.#desk = new RunDesk(this.#screen);
    this.#home = new HomeDesk(this.#screen, this.#desk);
    this.#finder = new Finder(this.#screen);
    this.#runOn = new RunOn(this.#screen);
    this.#desk.onMove(() => this.#runOn.look());
    this.#keys = new KeyInput({
      keys: this.#screen.view().keys,
      now: () => options.now(),
      scopes: () => scopesOf(this.#screen.ui, this.#screen.hasEnded()),
      meaning: () => [topOverlay(this.#screen.ui), askedIn(this.#screen.run())],
      command: (binding, name) => this.#command(binding, name),
      ignored: () => this.#ignored(),
      type: (text) => this.#type(text),
    });
  }

  /** Resolves when the app is to be left. */
  get done(): Promise<Exit> {
    return this.#desk.done;
  }

  get subscribe(): (listener: () => void) => () => void {
    return this.#screen.subscribe;
  }

  get view(): () => View {
    return this.#screen.view;
  }

  /** Lines above the region of the inline screen, all so far. */
  get printed(): readonly string[] {
    return this.#screen.printed;
  }

  /** Begins: attaches the session or loads the home lists. */
  start(): void {
    let ticks = 0;
    this.#clock = setInterval(() => {
      ticks += 1;
      if (ticks % peopleEveryTicks === 0) void this.#desk.lookAtPeople();
      this.#screen.publish();
    }, 1000);
    this.#screen.output.start();
    const { session, watched } = this.#options;
    if (session !== null) this.#desk.attach(session);
    else if (watched !== null) this.#desk.watch(watched);
    else void this.#home.load();
  }

  /** Says what is wrong, until a key is pressed. */
  tell(text: string): void {
    this.#screen.say(text, true);
  }

  dispose(): void {
    this.#screen.dispose();
    this.#desk.dispose();
    this.#keys.dispose();
    if (this.#clock !== null) clearInterval(this.#clock);
  }

  attachTerminal(terminal: Terminal | null): void {
    this.#terminal = terminal;
  }

  resize(columns: number, rows: number): void {
    this.#screen.set({ ...this.#screen.ui, columns, rows });
  }

  /** The marked choice of the menu on top, as the menu widget moves it. */
  highlight(index: number): void {
    const { ui } = this.#screen;
    const top = topOverlay(ui);
    if (top?.kind !== 'dialog' || top.draft.marked === index) return;
    this.#screen.set(replaced(ui, { ...top, draft: { ...top.draft, marked: index } }));
  }

  /** Lets go of the run because the process was told to end. */
  interrupted(): void {
    void this.#desk.leave('interrupted');
  }

  /** After the screen broke: lets go of the run, so that a resume finds it as it is. */
  letGo(): Promise<void> {
    return this.#desk.letGo();
  }

  /** One event of Ink's `useInput`. */
  input(input: string, key: KeyFlags): void {
    // What comes while nothing is shown is not kept for the moment when the terminal has grown.
    if (isTooSmall(this.#screen.ui) && !(key.ctrl === true && input === 'c')) return;
    this.#keys.input(input, key);
  }

  /** What the terminal tells of the mouse. */
  mouse(event: MouseEvent): void {
    const screen = this.#screen;
    if (!screen.disposed && !isTooSmall(screen.ui)) screen.set(moused(screen.view(), event));
  }

  /** What the terminal says was pasted. */
  paste(text: string): void {
    if (isTooSmall(this.#screen.ui)) return;
    this.#keys.paste(text);
  }

  #ignored(): void {
    const text = 'Keys came together and were taken for pasted text: they did nothing. Press them one by one.';
    this.#screen.say(text, false);
  }

  #type(text: string): void {
    const { ui } = this.#screen;
    const top = topOverlay(ui);
    if (ui.find?.typing === true) {
      if (text !== '') this.#finder.type(ui.find, text);
      return;
    }
    if (text === '' || top?.kind !== 'dialog' || top.draft.choice === null) return;
    this.#screen.set(replaced(ui, edited(top, { kind: 'insert', text })));
  }

  #command(binding: Binding, key: string): void {
    const screen = this.#screen;
    if (screen.disposed) return;
    if (isTooSmall(screen.ui)) {
      if (binding.command === 'interrupt') void this.#desk.leave('asked');
      return;
    }
    const run = screen.run();
    const why = binding.disabled(factsOf(screen.view()));
    if (why !== null) {
      screen.say(why, false);
      return;
    }
    screen.ui = { ...screen.ui, message: null };
    const top = topOverlay(screen.ui);
    if (binding.command === 'interrupt') this.#interrupt();
    else if (binding.command === 'suspend') this.#terminal?.suspend();
    else if (binding.command === 'redraw') this.#terminal?.redraw();
    else if (screen.ui.find !== null && (binding.scope === 'find' || binding.scope === 'found')) {
      void this.#finder.command(screen.ui.find, binding.command);
    } else if (binding.command === 'find') screen.set(findBegun(screen.ui));
    else if (binding.command === 'help') this.#help();
    else if (top !== null) this.#inOverlay(top, binding.command);
    else if (screen.ui.screen === 'home') this.#atHome(binding.command);
    else if (run !== null && binding.command === 'side-by-side') screen.set(sideStep(screen.view(), run, Number(key)));
    else if (run !== null) this.#inRun(run, binding.command);
  }

  /** Ctrl-C: asks; the second time it leaves everything running and quits. */
  #interrupt(): void {
    const run = this.#screen.run();
    const top = topOverlay(this.#screen.ui);
    const asks = top?.kind === 'dialog' && top.dialog.key === 'interrupt';
    if (run === null || run.readOnly || hasEnded(run) || asks) void this.#desk.leave('asked');
    else this.#screen.show(interruptDialog(stoppableNow(run.activity)));
  }

  #help(): void {
    const { ui } = this.#screen;
    const scopes = scopesOf(ui, this.#screen.hasEnded());
    this.#screen.set(pushed(ui, { kind: 'reader', page: { kind: 'help', scopes }, top: 0 }));
  }

  #atHome(command: CommandName): void {
    const screen = this.#screen;
    const entry = homeEntries(screen.home, filterOf(screen.ui))[screen.ui.entry];
    if (command === 'detach') void this.#desk.leave('asked');
    else if (command !== 'choose-entry') screen.set(movedEntry(screen.view(), command));
    else if (entry !== undefined) void this.#home.enter(entry);
  }

  #inRun(run: RunView, command: CommandName): void {
    const screen = this.#screen;
    const { ui } = screen;
    const dialog = this.#ownDialog(run, command);
    if (dialog !== null) screen.show(dialog);
    else if (command === 'run') this.#run(run);
    else if (command === 'run-on' || command === 'run-on-again') this.#runOn.toggle();
    else if (command === 'answer') this.#answer(run);
    else if (command === 'show') this.#filter(run);
    else if (command === 'mark' || command === 'mark-all') screen.set(markedItems(screen.view(), run, command));
    else if (command === 'fold' || command === 'unfold' || command === 'fold-all')
      screen.set(foldedPhases(screen.view(), run, command));
    else if (command === 'plan' || command === 'timeline') this.#read({ kind: command });
    else if (command === 'preview') void this.#desk.preview();
    else if (command === 'read-all') this.#readAll();
    else if (command === 'detach') this.#detach(run);
    else if (command === 'other-pane') {
      screen.set({ ...ui, pane: nextPane[ui.pane], zoomed: false, message: null });
    } else if (command === 'narrower') screen.set({ ...ui, edge: ui.edge - 4 });
    else if (command === 'wider') screen.set({ ...ui, edge: ui.edge + 4 });
    else if (command === 'wrap') screen.set({ ...ui, wrapped: !ui.wrapped, outputLeft: 0, message: null });
    else if (command === 'page' && this.#terminal !== null) void pageOutput(screen, run.state.id, this.#terminal);
    else if (command === 'copy' && this.#terminal !== null) copyOutput(screen, this.#terminal);
    else if (command === 'errors') void this.#finder.go(errorsSought, true);
    else if (command === 'stream') {
      screen.set({ ...ui, stream: ui.stream === 'output' ? 'stderr' : 'output', outputTop: null });
    } else if (ui.pane === 'steps') screen.set(movedStep(screen.view(), run, command));
    else if (ui.pane === 'detail') screen.set(scrolledDetail(screen.view(), run, command));
    else if (command === 'follow' && ui.zoomed) screen.set({ ...ui, zoomed: false });
    else screen.set(scrolledOutput(screen.view(), command));
  }

  /** `z`: the output over the whole screen and back, or all that is known of the step. */
  #readAll(): void {
    const { ui } = this.#screen;
    const step = selectedStep(this.#screen.view());
    if (ui.pane === 'output') this.#screen.set({ ...ui, zoomed: !ui.zoomed, message: null });
    else if (step !== null) this.#read({ kind: 'step', step });
  }

  #read(page: Page): void {
    this.#screen.set(pushed(this.#screen.ui, { kind: 'reader', page, top: 0 }));
  }

  #detach(run: RunView): void {
    if (!run.readOnly || this.#options.watched !== null) {
      void this.#desk.leave('asked');
      return;
    }
    this.#desk.close();
    void this.#home.load();
  }

  #filter(run: RunView): void {
    const view = this.#screen.view();
    const audit = auditAt(run.state, selectedStep(view), view.now);
    if (audit !== null) this.#screen.set(filteredItems(view, audit));
  }

  /** The dialog that a key opens; null when the key opens none. */
  #ownDialog(run: RunView, command: CommandName): Dialog | null {
    const { ui } = this.#screen;
    const question = run.activity.kind === 'waiting' ? run.activity.question : null;
    const here = askedHere(ui, run);
    const asked = here === null || here.again !== undefined ? question : here;
    const atStep = asked !== null && 'step' in asked ? asked : null;
    switch (command) {
      case 'record':
        return atStep === null ? null : recordDialog(atStep, capturedBy(run.state, atStep.step));
      case 'skip':
        return atStep === null ? null : skipDialog(atStep, capturedBy(run.state, atStep.step));
      case 'note':
        return noteDialog(ui.selected ?? atStep?.step ?? currentStep(run));
      case 'handover':
        return offerDialog(run.state);
      case 'redo':
        return redoDialog(selectedStep(this.#screen.view()) ?? '');
      case 'correct':
        return correctDialog(run.state);
      case 'abort':
        return abortDialog(stoppableNow(run.activity), question);
      case 'report':
        return reportDialog();
      case 'save':
        return saveDialog(this.#screen.view().output.path, selectedStep(this.#screen.view()) ?? 'output');
      default:
        return null;
    }
  }

  /** `r`: reads at once, changes after a y/n; what is dangerous asks for the target's name itself, so no y/n before. */
  #run(run: RunView): void {
    if (run.activity.kind !== 'waiting') return;
    const { question } = run.activity;
    if (question.kind !== 'ready') {
      this.#answer(run);
      return;
    }
    const intent: Intent = { kind: 'answer', question, answer: { kind: 'run' } };
    const danger = outlineOf(run.state.runbook).places.get(question.step)?.step.danger ?? false;
    if (!question.changes || danger) void this.#desk.carry(intent, null);
    else {
      const title = `Run ${question.step}: ${question.title}`;
      const subject: Subject = { kind: 'step', step: question.step };
      const asked = confirmation({ title, text: ['It changes something. Run it?'], subject }, intent, null);
      this.#screen.set(pushed(this.#screen.ui, asked));
    }
  }

  /** Opens the dialog of the question; what is ready to run is not a question that Enter answers. */
  #answer(run: RunView): void {
    const marked = markedQuestions(this.#screen.ui, run);
    const here = askedHere(this.#screen.ui, run);
    this.#screen.ownOrder = marked.length > 1 || (marked[0] ?? here) !== null;
    if (marked.length > 1) {
      this.#screen.show(itemsDialog(marked));
      return;
    }
    const [one = here] = marked;
    if (one !== null) {
      this.#screen.show(itemDialog(one, lastAnswer(run.state)));
      return;
    }
    if (run.activity.kind !== 'waiting') return;
    const dialog = dialogFor(run.activity.question, run.state);
    this.#screen.dismissed = null;
    if (dialog === null)
      this.#screen.say(`${keyOf(this.#screen.view().keys, 'run')} runs the step that is next; Enter never does`, false);
    else this.#screen.show(dialog);
  }

  #inOverlay(top: Overlay, command: CommandName): void {
    if (top.kind === 'reader') this.#inReader(top, command);
    else if (command === 'read-all') this.#read(textPage(top));
    else if (command === 'plan') this.#read({ kind: 'plan' });
    else if (top.kind === 'confirm') this.#inConfirm(top, command);
    else this.#inDialog(top, command);
  }

  #inReader(top: Extract<Overlay, { kind: 'reader' }>, command: CommandName): void {
    const screen = this.#screen;
    const run = screen.run();
    if (command === 'close') screen.set(closed(screen.ui));
    else if (command !== 'rollback') screen.set(scrolledReader(screen.view(), top, command));
    else if (run !== null) screen.show(rollbackDialog(rollbackPlan(run.state).length));
  }

  #inConfirm(top: Extract<Overlay, { kind: 'confirm' }>, command: CommandName): void {
    const screen = this.#screen;
    if (command === 'yes' && !top.sending) void this.#desk.carry(top.intent, top.from);
    else if (command === 'no') screen.set(closed(screen.ui));
    else screen.set(scrolledText(screen.view(), top, command));
  }

  #inDialog(top: DialogOverlay, command: CommandName): void {
    const screen = this.#screen;
    if (top.sending) return;
    if (command === 'close') this.#closeDialog(top);
    else if (command === 'page-up' || command === 'page-down') screen.set(scrolledText(screen.view(), top, command));
    else if (command !== 'accept') screen.set(editedDialog(screen.ui, top, command));
    else {
      const next = accepted(screen.ui, top);
      if (next.ui !== null) screen.set(next.ui);
      else void this.#desk.carry(next.intent, top.dialog.key);
    }
  }

  /** Esc: from a form back to its menu, from a menu back to the screen. */
  #closeDialog(top: DialogOverlay): void {
    const screen = this.#screen;
    if (top.draft.choice !== null && top.dialog.choices.length > 1) {
      screen.set(replaced(screen.ui, { ...top, error: null, draft: { ...top.draft, choice: null } }));
      return;
    }
    if (top.dialog.key === screen.asked) screen.dismissed = screen.asked;
    screen.set(closed(screen.ui));
  }
}

const nextPane = { steps: 'output', output: 'detail', detail: 'steps' } as const;

/** What a dialog or a y/n says, to read over the whole screen. */
function textPage(top: Exclude<Overlay, { kind: 'reader' }>): Page {
  const { title, text, subject } = top.kind === 'dialog' ? top.dialog : top;
  return { kind: 'text', title, text, subject };
}

/** What `E` looks for. */
const errorsSought: Find = { place: 'output', text: '', errors: true, typing: false, at: null };
