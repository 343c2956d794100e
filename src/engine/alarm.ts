/** The one moment at which the engine looks again by itself. */
import type { Clock } from '../host/host.ts';

export class Alarm {
  readonly #clock: Pick<Clock, 'sleep'>;
  readonly #ring: () => Promise<void>;
  #set: AbortController | null = null;

  /** `ring` is called when it is time; what it rejects with is told elsewhere. */
  constructor(clock: Pick<Clock, 'sleep'>, ring: () => Promise<void>) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings once after `ms`, at once for less than nothing, unless it is set anew or off before. Null: never. */
  set(ms: number | null): void {
    this.off();
    if (ms === null) return;
    const set = new AbortController();
    this.#set = set;
    this.#clock
      .sleep(Math.max(0, ms), set.signal)
      .then(() => (set.signal.aborted ? undefined : this.#ring()))
      .catch(() => {});
  }

  off(): void {
    this.#set?.abort();
    this.#set = null;
  }
}
