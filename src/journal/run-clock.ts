/**
 * The time of one run: what its records are dated by, and what its waits are measured with, while one process drives it.
 *
 * Invariants:
 * - It never goes back, and goes on evenly whatever becomes of the machine's clock. It follows that clock forward only in `jump`,
 *   whose events say so: a wait is then measured without what was moved.
 * - A clock that is set back is not followed: the run's time goes on from where it was, ahead of that clock, until a later process
 *   begins with whichever is later.
 * - A clock that is a little off (it is being slewed, or was stepped by less than `clockSetMinMs`) is approached by a thousandth of the
 *   time that passes, so no wait is felt to be longer or shorter.
 */
import { type Clock, clockSetMinMs } from '../host/host.ts';
import type { DataOf } from '../run/event.ts';

/** How fast a clock that is a little off is approached. */
const slew = 0.001;

export class RunClock {
  readonly #clock: Pick<Clock, 'now' | 'steady' | 'asleep'>;
  #time: number;
  #steady: number;
  #asleep: number;
  /** By how much the machine's clock is known to be behind the run's time: 0 or less. */
  #behind: number;

  /**
   * `newest`: the time (epoch ms) of the run's newest record. `behind`: by how much the machine's clock was behind then (ms, 0 or
   * more); a clock that is further behind now was set back meanwhile.
   */
  constructor(clock: Pick<Clock, 'now' | 'steady' | 'asleep'>, newest: number, behind = 0) {
    const now = clock.now();
    this.#clock = clock;
    this.#time = Math.max(now, newest);
    this.#steady = clock.steady();
    this.#asleep = clock.asleep();
    this.#behind = -Math.min(this.#time - now, behind);
  }

  /** Epoch ms, an integer. */
  now(): number {
    this.#advance();
    return Math.floor(this.#time);
  }

  /**
   * What became of the machine's clock since the last call, one thing at a time; null: nothing more. From now on the run's time is
   * as the event says, which has to be the next record.
   */
  jump(): DataOf<'clock.jumped'> | null {
    this.#advance();
    const slept = Math.round(this.#clock.asleep() - this.#asleep);
    if (slept >= clockSetMinMs) {
      this.#asleep += slept;
      return { cause: 'asleep', byMs: slept, movedMs: 0 };
    }
    const byMs = Math.round(this.#off());
    if (Math.abs(byMs) < clockSetMinMs) return null;
    const movedMs = Math.max(0, byMs + Math.round(this.#behind));
    this.#behind = Math.min(0, this.#behind + byMs);
    this.#time += movedMs;
    return { cause: 'set', byMs, movedMs };
  }

  /** How much further ahead the machine's clock is than is known; less than 0: further behind. */
  #off(): number {
    return this.#clock.now() - this.#time - this.#behind;
  }

  #advance(): void {
    const steady = this.#clock.steady();
    const passed = Math.max(0, steady - this.#steady);
    this.#steady = steady;
    this.#time += passed;
    const off = this.#off();
    if (Math.abs(off) < clockSetMinMs) this.#time += Math.max(-passed * slew, Math.min(passed * slew, off));
  }
}
