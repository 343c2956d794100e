/**
 * The run that is on screen: taking it, carrying out what the operator wants of it, letting go of it; and how the app ends.
 *
 * Invariants:
 * - A refused answer leaves what was typed as it was and shows why.
 * - The app ends once; whatever it held is let go of before.
 */

import { answerQuestion } from '../app/answer.ts';
import type { AboutChanges } from '../app/resume.ts';
import type { Watched } from '../app/watched.ts';
import { AnswerError, type Session } from '../engine/session.ts';
import type { RunState } from '../run/state.ts';
import type { StepId } from '../runbook/document.ts';
import type { Intent } from './dialogs/dialog.ts';
import type { ScreenState } from './screen-state.ts';
import { closed, ended, initialUi, type Page, pushed, replaced, topOverlay } from './ui.ts';

/** How the app was left. `state`: of the run that was on screen, for the summary. */
export interface Exit {
  readonly code: number;
  readonly error: Error | null;
  readonly state: RunState | null;
  readonly report: string | null;
}

export class RunDesk {
  readonly #screen: ScreenState;
  readonly #done = Promise.withResolvers<Exit>();
  #unsubscribe: (() => void) | null = null;
  /** Where the last output was saved. */
  #saved = '';
  #moved: () => void = () => {};
  #looksAtPeople = false;

  constructor(screen: ScreenState) {
    this.#screen = screen;
  }

  /** Resolves when the app is to be left. */
  get done(): Promise<Exit> {
    return this.#done.promise;
  }

  /** `moved` is called whenever the run may have moved. */
  onMove(moved: () => void): void {
    this.#moved = moved;
  }

  dispose(): void {
    this.#unsubscribe?.();
  }

  /** A session that was opened from here. When the app was left meanwhile, so is the session. */
  async take(session: Session): Promise<void> {
    if (this.#screen.disposed) await session.leave('interrupted');
    else this.attach(session);
  }

  attach(session: Session): void {
    this.#screen.open = { session, state: () => session.state(), activity: () => session.activity() };
    this.#unsubscribe = session.subscribe(() => {
      this.#screen.soon();
      this.#moved();
    });
    session.done.then(
      (code) => this.#runDone(code),
      (error: unknown) => this.#exit(1, asError(error)),
    );
    this.#begin();
  }

  /** A run that nobody drives from here. */
  look(state: RunState): void {
    this.#screen.open = { session: null, state: () => state, activity: () => ({ kind: 'ended' }) };
    this.#begin();
  }

  /** A run that somebody else may drive, as it goes on. */
  watch(watched: Watched): void {
    this.#screen.open = { session: null, state: () => watched.state(), activity: () => watched.activity() };
    const leaving = new AbortController();
    const off = watched.subscribe(() => this.#screen.soon());
    this.#unsubscribe = () => {
      off();
      leaving.abort();
    };
    watched.follow(leaving.signal).then(
      () => this.#readReport(watched.state().id),
      (error: unknown) => this.#screen.say(asError(error).message, true),
    );
    this.#begin();
  }

  /** From a run that was only looked at. */
  close(): void {
    const screen = this.#screen;
    this.#unsubscribe?.();
    screen.open = null;
    screen.report = null;
    screen.set(initialUi(screen.ui.columns, screen.ui.rows, 'home'));
  }

  /** Carries `intent` out; `from`: key of the dialog it came from. */
  async carry(intent: Intent, from: string | null): Promise<void> {
    const screen = this.#screen;
    this.#sending(true);
    try {
      await this.#perform(intent, screen.open?.session ?? null);
      this.#finished(intent, from);
    } catch (error) {
      const text = asError(error).message;
      const top = topOverlay(screen.ui);
      if (top?.kind === 'dialog' || top?.kind === 'confirm') {
        screen.set(replaced(screen.ui, { ...top, sending: false, error: text }));
      } else screen.say(text, true);
    }
  }

  /** Shows the report as it stands. Its page is there at once; whoever closes it before the report is made ends the making of it. */
  async preview(): Promise<void> {
    const screen = this.#screen;
    const run = screen.open?.state().id;
    if (run === undefined) return;
    const waiting = previewPage(
      ['The report is being made as it stands. Nothing is written, and the run goes on.'],
      null,
    );
    const isOpen = (): boolean => screen.ui.overlays.some((one) => one.kind === 'reader' && one.page === waiting);
    const show = (page: Page): void => {
      const overlays = screen.ui.overlays.map((one) =>
        one.kind === 'reader' && one.page === waiting ? { ...one, page } : one,
      );
      screen.set({ ...screen.ui, overlays });
    };
    screen.set(pushed(screen.ui, { kind: 'reader', page: waiting, top: 0 }));
    const making = new AbortController();
    const unsubscribe = screen.subscribe(() => {
      if (!isOpen()) making.abort();
    });
    try {
      show(previewPage([], await screen.options.home.previewReport(run, making.signal)));
    } catch (error) {
      if (!making.signal.aborted) show(previewPage([`The report cannot be made: ${asError(error).message}`], null));
    } finally {
      unsubscribe();
    }
  }

  /** Lets go of the run and ends the app. */
  async leave(reason: 'asked' | 'interrupted'): Promise<void> {
    const session = this.#screen.open?.session ?? null;
    if (session === null || this.#screen.hasEnded()) {
      const code = session === null ? 0 : await session.done;
      this.#exit(reason === 'interrupted' ? 130 : code, null);
      return;
    }
    try {
      await session.leave(reason);
    } catch (error) {
      // It ended or was left in the meantime: then that is how the app ends.
      if (error instanceof AnswerError) this.#exit(await session.done, null);
      else this.#exit(1, asError(error));
    }
  }

  /** After the screen broke: lets go of the run, so that a resume finds it as it is. */
  async letGo(): Promise<void> {
    const session = this.#screen.open?.session ?? null;
    if (session === null || this.#screen.hasEnded()) return;
    try {
      await session.leave('interrupted');
    } catch {
      // What broke the screen is told; the journal's own failure would only hide it.
    }
  }

  #exit(code: number, error: Error | null): void {
    const run = this.#screen.run();
    const state = run === null || run.readOnly ? null : run.state;
    this.#done.resolve({ code, error, state, report: this.#screen.report });
  }

  async #perform(intent: Intent, session: Session | null): Promise<void> {
    switch (intent.kind) {
      case 'back':
        return;
      case 'all':
        return await this.#performAll(intent.intents, session);
      case 'report':
        return await this.#writeReport(intent.key);
      case 'save':
        return await this.#save(intent.path, intent.file);
      case 'leave':
        return await this.leave('asked');
      case 'answer':
        return session === null ? undefined : await answerQuestion(session, intent);
      case 'note':
        return await session?.note(intent.text, intent.step ?? undefined);
      case 'redo':
        return await session?.redo(intent.step, intent.reason);
      case 'say':
        return await session?.say(intent.saying);
      case 'judge':
        return await session?.judge(intent.step, intent.answer);
      case 'correct':
        return await session?.correct(intent.name, intent.value, intent.reason);
      case 'rollback':
        return await session?.rollback(intent.reason);
      case 'stop':
        return await session?.stop(intent.reason);
      case 'open':
        return await this.#open(intent.run, intent.changes);
      case 'abandon':
        return await session?.abandon(intent.reason);
    }
  }

  /** Each in its turn; where one is refused, those before it hold, and that is said. */
  async #performAll(intents: readonly Intent[], session: Session | null): Promise<void> {
    for (const [done, intent] of intents.entries()) {
      try {
        await this.#perform(intent, session);
      } catch (error) {
        throw done === 0
          ? error
          : new AnswerError(`${done} of ${intents.length} are answered; then: ${asError(error).message}`);
      }
    }
  }

  #finished(intent: Intent, from: string | null): void {
    const screen = this.#screen;
    const top = topOverlay(screen.ui);
    let ui = from === null ? (top?.kind === 'confirm' ? closed(screen.ui) : screen.ui) : ended(screen.ui, from);
    if (intent.kind === 'back' && from !== null && from === screen.asked) screen.dismissed = from;
    const done = intent.kind === 'save' ? `Saved as ${this.#saved}` : doneText(intent);
    if (done !== null) ui = { ...ui, message: { text: done, bad: false } };
    if (intent.kind === 'rollback') ui = { ...ui, overlays: [], selected: null };
    if (intent.kind === 'all') ui = { ...ui, marked: new Set() };
    const answered = answeredItem(intent);
    // Enter is about what is marked: what has its answer is not.
    if (answered !== null) ui = { ...ui, marked: new Set([...ui.marked].filter((step) => step !== answered)) };
    // Whoever answers items in an order of their own stays where they are.
    const stays = intent.kind === 'answer' && intent.question.kind === 'item' && screen.ownOrder;
    if (intent.kind === 'answer' && !stays && ui.selected !== null && ui.pane === 'steps')
      ui = { ...ui, selected: null };
    screen.set(ui);
  }

  #sending(sending: boolean): void {
    const screen = this.#screen;
    const top = topOverlay(screen.ui);
    if (top?.kind !== 'dialog' && top?.kind !== 'confirm') return;
    screen.set(replaced(screen.ui, { ...top, sending, error: null }));
  }

  async #save(path: string, file: string): Promise<void> {
    const screen = this.#screen;
    const run = screen.open?.state().id;
    if (run !== undefined) this.#saved = await screen.options.home.saveOutput(run, path, file);
  }

  async #open(run: string, changes: AboutChanges): Promise<void> {
    const opened = await this.#screen.options.home.open(run, changes);
    if (opened.kind === 'opened') await this.take(opened.session);
  }

  #begin(): void {
    const screen = this.#screen;
    screen.history = new Map();
    screen.outputs = new Map();
    screen.people = null;
    screen.ui = initialUi(screen.ui.columns, screen.ui.rows, 'run', screen.ui.inline);
    const state = screen.open?.state();
    if (state !== undefined) {
      void this.#readHistory(state);
      void this.#readReport(state.id);
      void this.lookAtPeople();
    }
    screen.publish();
  }

  /** Who is at the run that is open; where that cannot be told now, it stays as it was. */
  async lookAtPeople(): Promise<void> {
    const screen = this.#screen;
    const run = screen.open?.state().id;
    if (run === undefined || this.#looksAtPeople) return;
    this.#looksAtPeople = true;
    const people = await screen.options.home.people(run).catch(() => screen.people);
    this.#looksAtPeople = false;
    if (screen.disposed || screen.open?.state().id !== run || people === null) return;
    screen.people = people;
    screen.soon();
  }

  /** One after the other: both look at the list of all runs. Without history the estimate says so, and nothing is compared. */
  async #readHistory({ id, runbook }: RunState): Promise<void> {
    const screen = this.#screen;
    const { home } = screen.options;
    const history = await home.durations(runbook.title).catch(() => new Map());
    // Meanwhile another run may have been opened.
    if (screen.open?.state().id !== id) return;
    screen.history = history;
    screen.publish();
    const outputs = await home.lastOutputs(runbook.title, id).catch(() => new Map());
    if (screen.open?.state().id !== id) return;
    screen.outputs = outputs;
    screen.publish();
  }

  async #readReport(run: string): Promise<void> {
    const screen = this.#screen;
    try {
      screen.report = await screen.options.home.report(run);
    } catch {
      screen.report = null; // The command that writes it is named instead.
    }
    screen.publish();
  }

  async #writeReport(key: string | null): Promise<void> {
    const screen = this.#screen;
    const run = screen.open?.state().id;
    if (run !== undefined) screen.report = await screen.options.home.writeReport(run, key);
  }

  /** The run ended: it stays on screen. It was left or paused: the app is left. */
  async #runDone(code: number): Promise<void> {
    const state = this.#screen.open?.state();
    if (state === undefined || state.endedAt === null) {
      this.#exit(code, null);
      return;
    }
    await this.#readReport(state.id);
    this.#screen.publish();
  }
}

function previewPage(text: readonly string[], markdown: string | null): Page {
  const subject = markdown === null ? null : ({ kind: 'markdown', text: markdown } as const);
  return { kind: 'text', title: 'The report as it stands, not written', text, subject };
}

/** What was thrown, as an error. */
export function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** What is said once `intent` was carried out; null: the screen shows it by itself. */
function doneText(intent: Intent): string | null {
  if (intent.kind === 'note') return 'The note is in the journal.';
  if (intent.kind === 'all') return `${intent.what} answered.`;
  if (intent.kind !== 'report') return null;
  return intent.key === null ? 'The report is written.' : 'The report is written and signed.';
}

/** The item that `intent` answers alone; null: none. */
function answeredItem(intent: Intent): StepId | null {
  if (intent.kind === 'judge') return intent.step;
  return intent.kind === 'answer' && intent.question.kind === 'item' ? intent.question.step : null;
}
