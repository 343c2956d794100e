/**
 * Which attempts of a run are under way, as its events tell. For who watches, and for how long a store that is away is waited for: nothing
 * that is decided rests on it.
 */
import type { RunEvent } from '../run/event.ts';

export class Running {
  /** Step, visit and attempt → the attempt's folder. */
  readonly #folders = new Map<string, string>();

  take({ type, data }: RunEvent): void {
    if (type === 'step.started') this.#folders.set(keyOf(data), data.folder);
    if (type === 'attempt.ended' || type === 'attempt.voided') this.#folders.delete(keyOf(data));
    if (type === 'run.ended') this.#folders.clear();
  }

  /** Relative to the run's. */
  folders(): readonly string[] {
    return [...this.#folders.values()];
  }
}

function keyOf({
  step,
  visit,
  attempt,
}: {
  readonly step: string;
  readonly visit: number;
  readonly attempt: number;
}): string {
  return `${step} ${visit} ${attempt}`;
}
