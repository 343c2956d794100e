/** The home screen: its lists, and opening what is on them. One thing is opened at a time. */
import { changesDialog } from './dialogs/own.ts';
import type { HomeEntry } from './present/home.ts';
import { asError, type RunDesk } from './run-desk.ts';
import type { ScreenState } from './screen-state.ts';
import { pushed } from './ui.ts';

export class HomeDesk {
  readonly #screen: ScreenState;
  readonly #desk: RunDesk;

  constructor(screen: ScreenState, desk: RunDesk) {
    this.#screen = screen;
    this.#desk = desk;
  }

  /** Reads the lists; what cannot be read is empty, and the reason is said. */
  async load(): Promise<void> {
    const screen = this.#screen;
    const { home } = screen.options;
    screen.home = { ...screen.home, loading: true };
    const [runs, runbooks] = await Promise.allSettled([home.runs(), home.runbooks()]);
    screen.home = {
      ...screen.home,
      loading: false,
      runs: runs.status === 'fulfilled' ? runs.value : [],
      runbooks: runbooks.status === 'fulfilled' ? runbooks.value : [],
    };
    const failed = runs.status === 'rejected' ? runs.reason : runbooks.status === 'rejected' ? runbooks.reason : null;
    if (failed !== null) screen.say(asError(failed).message, true);
    else screen.publish();
  }

  async enter(entry: HomeEntry): Promise<void> {
    const screen = this.#screen;
    if (screen.home.opening !== null) return;
    const { problem } = entry.kind === 'start' ? entry.file : entry.run;
    if (problem !== null) {
      screen.say(problem, true);
      return;
    }
    const opening = entry.kind === 'start' ? `Starting ${entry.file.title}` : `Opening ${entry.run.run}`;
    screen.home = { ...screen.home, opening };
    screen.set({ ...screen.ui, message: null });
    try {
      await this.#open(entry);
    } catch (error) {
      screen.say(asError(error).message, true);
    }
    screen.home = { ...screen.home, opening: null };
    screen.publish();
  }

  /** Changed documents are shown whole before it is asked what is to become of them. */
  async #resume(run: string): Promise<void> {
    const screen = this.#screen;
    const opened = await screen.options.home.open(run, { kind: 'ask' });
    if (opened.kind === 'opened') {
      await this.#desk.take(opened.session);
      return;
    }
    const { changes } = opened;
    screen.show(changesDialog(run, changes));
    screen.set(pushed(screen.ui, { kind: 'reader', page: { kind: 'changes', changes }, top: 0 }));
  }

  async #open(entry: HomeEntry): Promise<void> {
    const { home } = this.#screen.options;
    if (entry.kind === 'read') this.#desk.look(await home.read(entry.run.run));
    else if (entry.kind === 'start') await this.#desk.take(await home.start(entry.file.path));
    else await this.#resume(entry.run.run);
  }
}
