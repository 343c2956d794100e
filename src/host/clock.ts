/**
 * The real clock. Nothing outside `host/` reads the time or waits for it.
 *
 * Invariant: what is waited for and measured goes by clocks that nobody sets. Node's own stands still while Linux sleeps; the
 * system's uptime does not, and what it is ahead is what was slept. Where both go on (macOS) nothing is told apart.
 */
import { uptime } from 'node:os';
import { startAlarm } from './alarm.ts';
import type { Clock } from './host.ts';

/** Less than this between two readings is how coarse the uptime is, or a moment between them. */
const asleepMinMs = 1000;

/** What the machine has slept since this process began. */
class Sleep {
  #ms = 0;
  readonly #ahead = Sleep.#uptimeAhead();
  /** By how much the clock was ahead of Node's at the last look: who sleeps changes that, so nobody has to look in between. */
  #looked = Date.now() - performance.now();

  static #uptimeAhead(): number | null {
    try {
      return uptime() * 1000 - performance.now();
    } catch {
      // Some sandboxes do not tell.
      return null;
    }
  }

  ms(): number {
    const looked = Date.now() - performance.now();
    if (Math.abs(looked - this.#looked) < asleepMinMs) return this.#ms;
    this.#looked = looked;
    const ahead = Sleep.#uptimeAhead();
    const more = ahead === null || this.#ahead === null ? 0 : ahead - this.#ahead - this.#ms;
    if (more >= asleepMinMs) this.#ms += more;
    return this.#ms;
  }
}

const sleep = new Sleep();

/** The system's clock: `now` in integer epoch milliseconds; `sleep` ends early on abort and never rejects. */
export const realClock: Clock = {
  now: () => Math.floor(Date.now()),
  steady: () => performance.now() + sleep.ms(),
  asleep: () => sleep.ms(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const finish = (): void => {
        cancel();
        signal?.removeEventListener('abort', finish);
        resolve();
      };
      const cancel = startAlarm(ms, finish);
      signal?.addEventListener('abort', finish, { once: true });
    }),
};
