/**
 * Running on: reads are ordered one after the other, as if each had got its own `r`.
 *
 * Invariants:
 * - Only a step that changes nothing is ordered; at a change, a question, a failure or the end it is over, and so it is when the
 *   operator presses the key again or stops.
 * - One order at a time, each for the question that is open then; a refused one ends it.
 */
import type { Question } from '../run/question.ts';
import { aheadOf, aheadText } from './ahead.ts';
import { keyOf } from './keys/labels.ts';
import { asError } from './run-desk.ts';
import type { ScreenState } from './screen-state.ts';

export class RunOn {
  readonly #screen: ScreenState;
  #going = false;
  #ordering = false;

  constructor(screen: ScreenState) {
    this.#screen = screen;
  }

  /** Begins at the question that is open, or, while it goes on, ends it after the step that runs. */
  toggle(): void {
    if (this.#going) {
      this.#over(`${this.#key()} ran on until you stopped it; what runs now ends first.`);
      return;
    }
    const question = this.#ready();
    const run = this.#screen.run();
    if (run === null || question === null) return;
    const ahead = aheadOf(run.state, question.step);
    if (question.changes || ahead.count === 0) {
      const why = ahead.stop === null ? 'it changes something' : ahead.stop.why.replace('which', 'it');
      this.#screen.say(
        `${this.#key()} runs nothing here: ${question.step} is next, and ${why}; ${keyOf(this.#screen.view().keys, 'run')} runs it alone.`,
        false,
      );
      return;
    }
    this.#going = true;
    this.#screen.set({ ...this.#screen.ui, ranOn: true, runningOn: aheadText(ahead), selected: null });
    this.look();
  }

  /** Orders the next step when it is ready and only reads; called whenever the run may have moved. */
  look(): void {
    const run = this.#screen.run();
    if (!this.#going || this.#ordering || run === null) return;
    if (run.activity.kind === 'ended') this.#over(null);
    else if (run.activity.kind === 'waiting') {
      const question = this.#ready();
      if (question === null || question.changes) this.#over(null);
      else void this.#order(question);
    }
  }

  async #order(question: Question<'ready'>): Promise<void> {
    const session = this.#screen.open?.session ?? null;
    this.#ordering = true;
    try {
      await session?.answer({ kind: 'run' }, question);
    } catch (error) {
      this.#over(asError(error).message);
    }
    this.#ordering = false;
    this.look();
  }

  #key(): string {
    return keyOf(this.#screen.view().keys, 'run-on');
  }

  #ready(): Question<'ready'> | null {
    const activity = this.#screen.run()?.activity;
    return activity?.kind === 'waiting' && activity.question.kind === 'ready' ? activity.question : null;
  }

  #over(text: string | null): void {
    this.#going = false;
    const { ui } = this.#screen;
    this.#screen.set({ ...ui, runningOn: null, message: text === null ? ui.message : { text, bad: false } });
  }
}
