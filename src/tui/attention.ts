/**
 * What the terminal shows of a run while nobody looks at it: its title, its bell, its progress.
 *
 * Invariants: only sequences that move no cursor and draw nothing; texts are sanitised; nothing is written twice; what was changed is
 * put back at the end.
 */
import { visibleLine } from '../diagnostics/sanitise.ts';
import { progress } from '../run/progress.ts';
import { dueReminders } from '../run/reminders.ts';
import { targetName } from '../run/trace.ts';
import { shortId } from './present/format.ts';
import { stoppableNow } from './stoppable.ts';
import { hasEnded, type RunView, type View } from './view.ts';

/** What of it the operator wants. */
export interface Attention {
  readonly bell: boolean;
  readonly title: boolean;
  /** Undefined: where the terminal is known to show it. */
  readonly progress?: boolean | undefined;
}

/** Something that was over sooner was waited for by whoever ordered it. */
const bellAfterMs = 10_000;

const saveTitle = '\x1b[22;0t';
const restoreTitle = '\x1b[23;0t';
const noProgress = '\x1b]9;4;0\x07';

export class AttentionSeeker {
  readonly #wanted: Attention;
  readonly #showsProgress: boolean;
  readonly #write: (text: string) => void;
  #title: string | null = null;
  #progress: string | null = null;
  /** Since when something runs; null: nothing does. */
  #busySince: number | null = null;
  /** How often reminders had come up when they were last looked at. */
  #due = 0;

  /** `write`: to the terminal, now. */
  constructor(wanted: Attention, env: Readonly<Record<string, string | undefined>>, write: (text: string) => void) {
    this.#wanted = wanted;
    this.#showsProgress = wanted.progress ?? knowsProgress(env);
    this.#write = write;
  }

  /** Tells what has changed. */
  look(view: View): void {
    const { run, now } = view;
    if (run === null) return;
    this.#ring(run, now);
    this.#ringReminders(run, now);
    if (this.#wanted.title) this.#retitle(titleOf(run));
    if (this.#showsProgress) this.#advance(progressOf(run));
  }

  /** Puts back what was there before. */
  end(): void {
    if (this.#title !== null) this.#write(restoreTitle);
    if (this.#progress !== null) this.#write(noProgress);
    this.#title = null;
    this.#progress = null;
  }

  #ring(run: RunView, now: number): void {
    const waits = run.activity.kind === 'waiting' || hasEnded(run);
    if (!waits) this.#busySince ??= now;
    else if (this.#busySince !== null) {
      if (this.#wanted.bell && !run.readOnly && now - this.#busySince >= bellAfterMs) this.#write('\x07');
      this.#busySince = null;
    }
  }

  /** Once for each time that something comes up. */
  #ringReminders(run: RunView, now: number): void {
    const due = hasEnded(run) ? 0 : dueReminders(run.state, now).reduce((sum, { times }) => sum + times, 0);
    if (due > this.#due && this.#wanted.bell && !run.readOnly) this.#write('\x07');
    this.#due = due;
  }

  #retitle(text: string): void {
    if (text === this.#title) return;
    this.#write(`${this.#title === null ? saveTitle : ''}\x1b]2;${text}\x07`);
    this.#title = text;
  }

  #advance(sequence: string): void {
    if (sequence === this.#progress) return;
    this.#write(sequence);
    this.#progress = sequence;
  }
}

/** `waits for you: shop-production 8/14 k7q2 - gonogo`. */
function titleOf(run: RunView): string {
  const { state } = run;
  const { passed, total } = progress(state);
  const name = targetName(state) ?? state.runbook.title;
  return visibleLine(`${doingOf(run)}: ${name} ${passed}/${total} ${shortId(state.id)} - gonogo`);
}

function doingOf(run: RunView): string {
  if (hasEnded(run)) return run.state.status;
  if (run.activity.kind === 'waiting') return failing(run) ? 'FAILED' : 'waits for you';
  return stoppableNow(run.activity)?.what ?? 'works';
}

/** ConEmu's sequence: 1 goes on, 2 has failed, 4 waits; then the percentage. */
function progressOf(run: RunView): string {
  if (hasEnded(run) && run.state.status === 'completed') return noProgress;
  const { done, total } = progress(run.state);
  const state = failing(run) ? 2 : run.activity.kind === 'waiting' ? 4 : 1;
  return `\x1b]9;4;${state};${total === 0 ? 0 : Math.floor((done / total) * 100)}\x07`;
}

function failing({ activity, state }: RunView): boolean {
  return state.status === 'failed' || (activity.kind === 'waiting' && activity.question.kind === 'failure');
}

/** Terminals that show OSC 9;4; others take what begins with OSC 9 for a message to pop up. */
function knowsProgress(env: Readonly<Record<string, string | undefined>>): boolean {
  if ((env['TMUX'] ?? '') !== '') return false;
  const known = new Set(['WezTerm', 'ghostty']);
  return env['WT_SESSION'] !== undefined || env['ConEmuANSI'] === 'ON' || known.has(env['TERM_PROGRAM'] ?? '');
}
