/**
 * Between the terminal and the session: keys become commands, commands change the screen or ask the engine for something.
 *
 * Invariants:
 * - No run state is kept here: every view is built from `session.state()`, `session.activity()` and the output file.
 * - Everything goes through the keymap; a key that acts is not believed inside a paste.
 * - A refused answer leaves what was typed as it was and shows why.
 * - After `dispose` nothing is called and no timer is left.
 */
import { type Activity, AnswerError, type Session } from '../engine/session.ts';
import { noOutput, type OutputWanted, OutputWindow } from '../feed/output-window.ts';
import { attemptOf, evidenceOf } from '../feed/step-output.ts';
import { outlineOf } from '../run/outline.ts';
import { rollbackPlan } from '../run/rollback.ts';
import type { RunState } from '../run/state.ts';
import { auditAt } from './audit.ts';
import type { Dialog, Intent } from './dialogs/dialog.ts';
import { dialogFor } from './dialogs/of-question.ts';
import {
  abortDialog,
  findDialog,
  interruptDialog,
  noteDialog,
  recordDialog,
  reportDialog,
  rollbackDialog,
  skipDialog,
} from './dialogs/own.ts';
import { questionKey } from './dialogs/question-key.ts';
import type { Home } from './home.ts';
import { type Binding, type CommandName, type KeyFlags, pressOf, route } from './keymap.ts';
import {
  accepted,
  confirmation,
  editedDialog,
  filteredItems,
  movedEntry,
  movedStep,
  scrolledOutput,
  scrolledReader,
} from './moves.ts';
import { afterCharacter, afterPaste, burstMs, mayAct, noPaste, type PasteGuard } from './paste-guard.ts';
import { evidenceView } from './present/audit.ts';
import { auditOnScreen, columnsMin, layoutOf, rowsMin } from './present/frame.ts';
import { type HomeEntry, homeEntries } from './present/home.ts';
import type { Look } from './present/look.ts';
import { sendAnswer } from './send-answer.ts';
import {
  closed,
  type DialogOverlay,
  edited,
  ended,
  initialUi,
  type Overlay,
  pushed,
  replaced,
  scopesOf,
  topOverlay,
  type Ui,
  withDialog,
} from './ui.ts';
import {
  currentStep,
  factsOf,
  type History,
  type HomeView,
  hasEnded,
  type RunView,
  runningStep,
  selectedStep,
  type View,
} from './view.ts';

/** How often session events may redraw the screen. */
const redrawMs = 33;

export interface ControllerOptions {
  readonly home: Home;
  readonly session: Session | null;
  readonly look: Look;
  readonly columns: number;
  readonly rows: number;
  /** Epoch ms. */
  now(): number;
  offsetMs(atMs: number): number;
}

/** How the app was left. `state`: of the run that was on screen, for the summary. */
export interface Exit {
  readonly code: number;
  readonly error: Error | null;
  readonly state: RunState | null;
  readonly report: string | null;
}

/** What only the terminal can do. */
export interface Screen {
  /** To the shell, until SIGCONT. */
  suspend(): void;
  /** Draws everything again. */
  redraw(): void;
}

interface OpenRun {
  /** Null: it is only looked at. */
  readonly session: Session | null;
  state(): RunState;
  activity(): Activity;
}

export class Controller {
  readonly #options: ControllerOptions;
  readonly #follower: OutputWindow;
  readonly #listeners = new Set<() => void>();
  readonly #done = Promise.withResolvers<Exit>();
  #screen: Screen | null = null;
  #ui: Ui;
  #open: OpenRun | null = null;
  #history: History = new Map();
  #report: string | null = null;
  #home: HomeView = { loading: true, opening: null, runs: [], runbooks: [] };
  #view: View;
  #guard: PasteGuard = noPaste;
  /** Key of the question whose dialog the operator closed. */
  #dismissed: string | null = null;
  /** Key of the question that was open at the last look. */
  #asked: string | null = null;
  #unsubscribe: (() => void) | null = null;
  #redrawTimer: ReturnType<typeof setTimeout> | null = null;
  #clock: ReturnType<typeof setInterval> | null = null;
  #holdTimer: ReturnType<typeof setTimeout> | null = null;
  #disposed = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#ui = initialUi(options.columns, options.rows, options.session === null ? 'home' : 'run');
    this.#follower = new OutputWindow(
      (run) => options.home.evidence(run),
      () => this.#outputWanted(),
      () => this.#publish(),
    );
    this.#view = this.#build();
  }

  /** Resolves when the app is to be left. */
  get done(): Promise<Exit> {
    return this.#done.promise;
  }

  /** Begins: attaches the session or loads the home lists. */
  start(): void {
    this.#clock = setInterval(() => this.#publish(), 1000);
    this.#follower.start();
    if (this.#options.session === null) void this.#loadHome();
    else this.#attach(this.#options.session);
  }

  dispose(): void {
    this.#disposed = true;
    this.#follower.stop();
    this.#unsubscribe?.();
    if (this.#clock !== null) clearInterval(this.#clock);
    for (const timer of [this.#redrawTimer, this.#holdTimer]) if (timer !== null) clearTimeout(timer);
    this.#listeners.clear();
  }

  attachScreen(screen: Screen | null): void {
    this.#screen = screen;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly view = (): View => this.#view;

  resize(columns: number, rows: number): void {
    this.#set({ ...this.#ui, columns, rows });
  }

  /** The marked choice of the menu on top, as the menu widget moves it. */
  highlight(index: number): void {
    const top = topOverlay(this.#ui);
    if (top?.kind !== 'dialog' || top.draft.marked === index) return;
    this.#set(replaced(this.#ui, { ...top, draft: { ...top.draft, marked: index } }));
  }

  /** Lets go of the run because the process was told to end. */
  interrupted(): void {
    void this.#leave('interrupted');
  }

  /** After the screen broke: lets go of the run, so that a resume finds it as it is. */
  async letGo(): Promise<void> {
    const session = this.#open?.session ?? null;
    if (session === null || hasEnded(this.#runView())) return;
    try {
      await session.leave('interrupted');
    } catch {
      // What broke the screen is told; the journal's own failure would only hide it.
    }
  }

  // --- keys ---

  /** One event of Ink's `useInput`. */
  input(input: string, key: KeyFlags): void {
    const press = pressOf(input, key);
    if (press === null) return;
    if (press.kind === 'key') {
      this.#key(press.name, press.typed);
      return;
    }
    this.#guard = afterPaste(this.#guard, this.#options.now());
    this.paste(press.text);
  }

  /**
   * Several characters at once: text for a field, nothing anywhere else. Where the terminal says itself that this is a paste,
   * the keys after it are typed, whatever their time.
   */
  paste(text: string): void {
    this.#type(text.replaceAll(/[\r\n\t]+/g, ' '));
  }

  #key(name: string, typed: boolean): void {
    const now = this.#options.now();
    const before = this.#guard;
    const { guard, burst } = typed ? afterCharacter(before, now) : { guard: before, burst: false };
    this.#guard = guard;
    const scopes = scopesOf(this.#ui, hasEnded(this.#runView()));
    const binding = route(scopes, name);
    if (scopes[0] === 'form' && typed && (binding === null || name === 'tab')) {
      if (name === 'tab' && binding !== null && !burst) this.#command(binding);
      else this.#type(name === 'space' || name === 'tab' ? ' ' : [...name].length === 1 ? name : '');
      return;
    }
    if (binding === null || (binding.acts && burst)) return;
    if (binding.acts && typed && name !== 'enter') this.#hold(binding, guard);
    else this.#command(binding);
  }

  /**
   * A key that acts waits until it is clear that it does not begin a paste. It means what was on screen when it was pressed:
   * when something else is asked or open by then, it does nothing.
   */
  #hold(binding: Binding, guard: PasteGuard): void {
    const top = topOverlay(this.#ui);
    const asked = askedIn(this.#view.run);
    if (this.#holdTimer !== null) clearTimeout(this.#holdTimer);
    this.#holdTimer = setTimeout(() => {
      this.#holdTimer = null;
      const isSame = topOverlay(this.#ui) === top && askedIn(this.#runView()) === asked;
      if (mayAct(this.#guard, guard.count) && isSame) this.#command(binding);
    }, burstMs + 1);
  }

  #type(text: string): void {
    const top = topOverlay(this.#ui);
    if (text === '' || top?.kind !== 'dialog' || top.draft.choice === null) return;
    this.#set(replaced(this.#ui, edited(top, { kind: 'insert', text })));
  }

  #command(binding: Binding): void {
    if (this.#disposed) return;
    const { columns, rows } = this.#ui;
    if (columns < columnsMin || rows < rowsMin) {
      if (binding.command === 'interrupt') void this.#leave('asked');
      return;
    }
    const run = this.#runView();
    const why = binding.disabled(factsOf(this.#view));
    if (why !== null) {
      this.#say(why, false);
      return;
    }
    this.#ui = { ...this.#ui, message: null };
    const top = topOverlay(this.#ui);
    if (binding.command === 'interrupt') this.#interrupt();
    else if (binding.command === 'suspend') this.#screen?.suspend();
    else if (binding.command === 'redraw') this.#screen?.redraw();
    else if (top !== null) this.#inOverlay(top, binding.command);
    else if (this.#ui.screen === 'home') this.#atHome(binding.command);
    else if (run !== null) this.#inRun(run, binding.command);
  }

  /** Ctrl-C: asks; the second time it leaves everything running and quits. */
  #interrupt(): void {
    const top = topOverlay(this.#ui);
    if (
      this.#open === null ||
      hasEnded(this.#runView()) ||
      (top?.kind === 'dialog' && top.dialog.key === 'interrupt')
    ) {
      void this.#leave('asked');
      return;
    }
    const run = this.#runView();
    this.#show(interruptDialog(run === null ? null : runningStep(run)));
  }

  #atHome(command: CommandName): void {
    const entry = homeEntries(this.#home)[this.#ui.entry];
    if (command === 'help') this.#set(pushed(this.#ui, { kind: 'help', top: 0 }));
    else if (command === 'detach') void this.#leave('asked');
    else if (command !== 'choose-entry') this.#set(movedEntry(this.#view, command));
    else if (entry !== undefined) void this.#enter(entry);
  }

  #inRun(run: RunView, command: CommandName): void {
    const dialog = this.#ownDialog(run, command);
    if (dialog !== null) this.#show(dialog);
    else if (command === 'run') this.#run(run);
    else if (command === 'answer') this.#answer(run);
    else if (command === 'show') this.#filter(run);
    else if (command === 'plan' || command === 'help') this.#set(pushed(this.#ui, { kind: command, top: 0 }));
    else if (command === 'detach' && run.readOnly) this.#closeRun();
    else if (command === 'detach') void this.#leave('asked');
    else if (command === 'other-pane') {
      this.#set({ ...this.#ui, pane: this.#ui.pane === 'steps' ? 'output' : 'steps', message: null });
    } else if (command === 'stream') {
      this.#set({ ...this.#ui, stream: this.#ui.stream === 'output' ? 'stderr' : 'output', outputTop: null });
    } else if (this.#ui.pane === 'steps') this.#set(movedStep(this.#view, run, command));
    else this.#set(scrolledOutput(this.#view, command));
  }

  #filter(run: RunView): void {
    const audit = auditAt(run.state, selectedStep(this.#view), this.#view.now);
    if (audit !== null) this.#set(filteredItems(this.#view, audit));
  }

  /** The dialog that a key opens; null when the key opens none. */
  #ownDialog(run: RunView, command: CommandName): Dialog | null {
    const question = run.activity.kind === 'waiting' ? run.activity.question : null;
    const atStep = question !== null && 'step' in question ? question : null;
    switch (command) {
      case 'record':
        return atStep === null ? null : recordDialog(atStep);
      case 'skip':
        return atStep === null ? null : skipDialog(atStep);
      case 'note':
        return noteDialog(this.#ui.selected ?? atStep?.step ?? currentStep(run));
      case 'abort':
        return abortDialog(runningStep(run), question);
      case 'report':
        return reportDialog();
      case 'find':
        return findDialog(this.#ui.needle);
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
    const text = [question.summary, 'It changes something. Run it?'];
    if (!question.changes || danger) void this.#carry(intent, null);
    else this.#set(pushed(this.#ui, confirmation(`Run ${question.step}: ${question.title}`, text, intent, null)));
  }

  /** Opens the dialog of the question; what is ready to run is not a question that Enter answers. */
  #answer(run: RunView): void {
    if (run.activity.kind !== 'waiting') return;
    const dialog = dialogFor(run.activity.question, run.state);
    this.#dismissed = null;
    if (dialog === null) this.#say('r runs the step that is next; Enter never does', false);
    else this.#show(dialog);
  }

  #inOverlay(top: Overlay, command: CommandName): void {
    const run = this.#runView();
    if (top.kind === 'confirm') {
      if (command === 'yes' && !top.sending) void this.#carry(top.intent, top.from);
      else if (command === 'no') this.#set(closed(this.#ui));
    } else if (top.kind === 'dialog') this.#inDialog(top, command);
    else if (command === 'close') this.#set(closed(this.#ui));
    else if (command !== 'rollback') this.#set(scrolledReader(this.#view, top, command));
    else if (top.kind === 'plan' && run !== null) this.#show(rollbackDialog(rollbackPlan(run.state).length));
  }

  #inDialog(top: DialogOverlay, command: CommandName): void {
    if (top.sending) return;
    if (command === 'close') this.#closeDialog(top);
    else if (command !== 'accept') this.#set(editedDialog(this.#ui, top, command));
    else {
      const next = accepted(this.#ui, top);
      if (next.ui !== null) this.#set(next.ui);
      else void this.#carry(next.intent, top.dialog.key);
    }
  }

  /** Esc: from a form back to its menu, from a menu back to the screen. */
  #closeDialog(top: DialogOverlay): void {
    if (top.draft.choice !== null && top.dialog.choices.length > 1) {
      this.#set(replaced(this.#ui, { ...top, error: null, draft: { ...top.draft, choice: null } }));
      return;
    }
    if (top.dialog.key === this.#asked) this.#dismissed = this.#asked;
    this.#set(closed(this.#ui));
  }

  // --- what is wanted ---

  /** Carries `intent` out; `from`: key of the dialog it came from. */
  async #carry(intent: Intent, from: string | null): Promise<void> {
    const session = this.#open?.session ?? null;
    this.#sending(true);
    try {
      await this.#perform(intent, session);
      this.#finished(intent, from);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const top = topOverlay(this.#ui);
      if (top?.kind === 'dialog' || top?.kind === 'confirm') {
        this.#set(replaced(this.#ui, { ...top, sending: false, error: text }));
      } else this.#say(text, true);
      if (!(error instanceof AnswerError)) this.#sync();
    }
  }

  async #perform(intent: Intent, session: Session | null): Promise<void> {
    switch (intent.kind) {
      case 'back':
        return;
      case 'find':
        return await this.#find(intent.needle);
      case 'report':
        return await this.#writeReport(intent.key);
      case 'leave':
        return await this.#leave('asked');
      case 'answer':
        return session === null ? undefined : await sendAnswer(session, intent);
      case 'note':
        return await session?.note(intent.text, intent.step ?? undefined);
      case 'rollback':
        return await session?.rollback(intent.reason);
      case 'stop':
        return await session?.stop(intent.reason);
      case 'abandon':
        return await session?.abandon(intent.reason);
    }
  }

  #finished(intent: Intent, from: string | null): void {
    const top = topOverlay(this.#ui);
    let ui = from === null ? (top?.kind === 'confirm' ? closed(this.#ui) : this.#ui) : ended(this.#ui, from);
    if (intent.kind === 'back' && from !== null && from === this.#asked) this.#dismissed = from;
    const done = doneText(intent);
    if (done !== null) ui = { ...ui, message: { text: done, bad: false } };
    if (intent.kind === 'rollback') ui = { ...ui, overlays: [], selected: null };
    if (intent.kind === 'answer' && this.#ui.selected !== null && ui.pane === 'steps') ui = { ...ui, selected: null };
    this.#set(ui);
    this.#sync();
  }

  #sending(sending: boolean): void {
    const top = topOverlay(this.#ui);
    if (top?.kind !== 'dialog' && top?.kind !== 'confirm') return;
    this.#set(replaced(this.#ui, { ...top, sending, error: null }));
  }

  async #find(needle: string): Promise<void> {
    const from = this.#ui.found === null ? (this.#ui.outputTop ?? 0) : this.#ui.found + 1;
    const line = await this.#follower.find(needle, from);
    if (line === null) throw new AnswerError(`"${needle}" is not in the output`);
    const rows = layoutOf(this.#view).outputRows;
    const top = Math.max(0, line - Math.floor(rows / 3));
    this.#set({ ...this.#ui, needle, found: line, outputTop: top, pane: 'output' });
  }

  async #leave(reason: 'asked' | 'interrupted'): Promise<void> {
    const session = this.#open?.session ?? null;
    if (session === null || hasEnded(this.#runView())) {
      const code = session === null ? 0 : await session.done;
      this.#exit(reason === 'interrupted' ? 130 : code, null);
      return;
    }
    try {
      await session.leave(reason);
    } catch (error) {
      // It ended or was left in the meantime: then that is how the app ends.
      if (error instanceof AnswerError) this.#exit(await session.done, null);
      else this.#exit(1, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #exit(code: number, error: Error | null): void {
    const run = this.#runView();
    this.#done.resolve({ code, error, state: run === null || run.readOnly ? null : run.state, report: this.#report });
  }

  // --- runs ---

  async #loadHome(): Promise<void> {
    const { home } = this.#options;
    this.#home = { ...this.#home, loading: true };
    const [runs, runbooks] = await Promise.allSettled([home.runs(), home.runbooks()]);
    this.#home = {
      ...this.#home,
      loading: false,
      runs: runs.status === 'fulfilled' ? runs.value : [],
      runbooks: runbooks.status === 'fulfilled' ? runbooks.value : [],
    };
    const failed = runs.status === 'rejected' ? runs.reason : runbooks.status === 'rejected' ? runbooks.reason : null;
    if (failed !== null) this.#say(failed instanceof Error ? failed.message : String(failed), true);
    else this.#publish();
  }

  async #enter(entry: HomeEntry): Promise<void> {
    if (this.#home.opening !== null) return;
    const { problem } = entry.kind === 'start' ? entry.file : entry.run;
    if (problem !== null) {
      this.#say(problem, true);
      return;
    }
    const { home } = this.#options;
    this.#home = {
      ...this.#home,
      opening: entry.kind === 'start' ? `Starting ${entry.file.title}` : `Opening ${entry.run.run}`,
    };
    this.#set({ ...this.#ui, message: null });
    try {
      if (entry.kind === 'read') this.#look(await home.read(entry.run.run));
      else
        await this.#take(entry.kind === 'start' ? await home.start(entry.file.path) : await home.open(entry.run.run));
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error), true);
    }
    this.#home = { ...this.#home, opening: null };
    this.#publish();
  }

  /** A session that was opened from here. When the app was left meanwhile, so is the session. */
  async #take(session: Session): Promise<void> {
    if (this.#disposed) await session.leave('interrupted');
    else this.#attach(session);
  }

  #attach(session: Session): void {
    this.#open = {
      session,
      state: () => session.state(),
      activity: () => session.activity(),
    };
    this.#unsubscribe = session.subscribe(() => this.#soon());
    session.done.then(
      (code) => this.#runDone(code),
      (error: unknown) => this.#exit(1, error instanceof Error ? error : new Error(String(error))),
    );
    this.#begin();
  }

  #look(state: RunState): void {
    this.#open = { session: null, state: () => state, activity: () => ({ kind: 'ended' }) };
    this.#begin();
  }

  #begin(): void {
    const { columns, rows } = this.#ui;
    this.#ui = initialUi(columns, rows, 'run');
    const state = this.#open?.state();
    if (state !== undefined) {
      void this.#options.home.durations(state.runbook.title).then(
        (history) => {
          this.#history = history;
          this.#publish();
        },
        () => undefined, // Without history the estimate says so.
      );
      void this.#readReport(state.id);
    }
    this.#sync();
  }

  async #readReport(run: string): Promise<void> {
    try {
      this.#report = await this.#options.home.report(run);
    } catch {
      this.#report = null; // The command that writes it is named instead.
    }
    this.#publish();
  }

  async #writeReport(key: string | null): Promise<void> {
    const run = this.#open?.state().id;
    if (run !== undefined) this.#report = await this.#options.home.writeReport(run, key);
  }

  /** Back to the home screen from a run that was only looked at. */
  #closeRun(): void {
    this.#open = null;
    this.#report = null;
    const { columns, rows } = this.#ui;
    this.#set(initialUi(columns, rows, 'home'));
    void this.#loadHome();
  }

  /** The run ended: it stays on screen. It was left or paused: the app is left. */
  async #runDone(code: number): Promise<void> {
    const state = this.#open?.state();
    if (state === undefined || state.endedAt === null) {
      this.#exit(code, null);
      return;
    }
    await this.#readReport(state.id);
    this.#sync();
  }

  // --- view ---

  /** Session events come in bursts; the screen follows at a bounded rate. */
  #soon(): void {
    if (this.#redrawTimer !== null || this.#disposed) return;
    this.#redrawTimer = setTimeout(() => {
      this.#redrawTimer = null;
      this.#sync();
    }, redrawMs);
  }

  /** Brings the dialogs in line with what is asked now, then publishes. */
  #sync(): void {
    const run = this.#runView();
    const question = run?.activity.kind === 'waiting' ? run.activity.question : null;
    const key = askedIn(run);
    if (key !== this.#asked) {
      const stale = this.#ui.overlays.filter((one) => one.kind === 'dialog' && isAbout(one.dialog.key, this.#asked));
      for (const one of stale) if (one.kind === 'dialog') this.#ui = ended(this.#ui, one.dialog.key);
      this.#ui = {
        ...this.#ui,
        overlays: this.#ui.overlays.filter((one) => one.kind !== 'confirm' || one.from !== null),
      };
      this.#asked = key;
      this.#dismissed = null;
    }
    if (run !== null && question !== null && key !== this.#dismissed && this.#ui.overlays.length === 0) {
      const dialog = dialogFor(question, run.state);
      if (dialog !== null) this.#ui = withDialog(this.#ui, dialog);
    }
    this.#publish();
  }

  #show(dialog: Dialog): void {
    this.#set(withDialog(this.#ui, dialog));
  }

  #say(text: string, bad: boolean): void {
    this.#set({ ...this.#ui, message: { text, bad } });
  }

  #set(ui: Ui): void {
    const emptied = this.#ui.overlays.length > 0 && ui.overlays.length === 0;
    this.#ui = ui;
    if (emptied) this.#sync();
    else this.#publish();
    void this.#follower.refresh();
  }

  #publish(): void {
    if (this.#disposed) return;
    this.#view = this.#build();
    for (const listener of this.#listeners) listener();
  }

  #runView(): RunView | null {
    if (this.#open === null) return null;
    return {
      state: this.#open.state(),
      activity: this.#open.activity(),
      history: this.#history,
      report: this.#report,
      readOnly: this.#open.session === null,
    };
  }

  #build(): View {
    const now = this.#options.now();
    const view: View = {
      ui: this.#ui,
      look: this.#options.look,
      now,
      offsetMs: this.#options.offsetMs(now),
      run: this.#runView(),
      home: this.#home,
      output: this.#follower.view,
    };
    return { ...view, output: shownOutput(view) };
  }

  #outputWanted(): OutputWanted | null {
    const step = selectedStep(this.#view);
    if (this.#open === null || step === null) return null;
    const state = this.#open.state();
    const attempt = attemptOf(state, step);
    if (attempt === null) return null;
    const growing = attempt.status === 'started' || attempt.status === 'stopping';
    const { stream, outputTop } = this.#ui;
    const { folder } = attempt;
    const rows = layoutOf(this.#view).outputRows;
    const evidence = evidenceOf(attempt);
    return { run: state.id, step, folder, growing, stream, evidence, top: outputTop, rows };
  }
}

/** The output of the step that is looked at; an item that printed nothing shows the places that it rests on. */
function shownOutput(view: View): View['output'] {
  const step = selectedStep(view);
  const closed = step !== null && (view.run?.state.steps.get(step)?.visits.at(-1)?.closedSeq ?? null) !== null;
  const output = view.output.step === step ? view.output : { ...noOutput, step, open: !closed };
  const item = auditOnScreen(view)?.items.find((one) => one.step.id === step);
  if (item === undefined || output.bytes > 0) return output;
  return evidenceView(item, view.ui.outputTop, layoutOf(view).outputRows) ?? output;
}

/** What is said once `intent` was carried out; null: the screen shows it by itself. */
function doneText(intent: Intent): string | null {
  if (intent.kind === 'note') return 'The note is in the journal.';
  if (intent.kind !== 'report') return null;
  return intent.key === null ? 'The report is written.' : 'The report is written and signed.';
}

/** Whether a dialog belongs to the question `asked`: its own, or one that decides about its step. */
function isAbout(dialogKey: string, asked: string | null): boolean {
  return asked !== null && (dialogKey === asked || dialogKey.startsWith('skip ') || dialogKey.startsWith('record '));
}

/** Key of the question that is open in a run; null without one. */
function askedIn(run: RunView | null): string | null {
  return run?.activity.kind === 'waiting' ? questionKey(run.activity.question) : null;
}
