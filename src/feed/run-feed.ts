/**
 * Following a run that somebody else may drive: its events as they come, and the state after them.
 *
 * Invariants:
 * - Every event is handed on exactly once, in the order of the journal; `state()` is the state after the last of them.
 * - One look at a time; nothing is looked at after `follow` resolved.
 * - Looking changes nothing: whoever drives the run does not notice.
 */
import type { RunEvent } from '../run/event.ts';
import { reduce } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';

/** Where the events of runs come from. */
export interface EventSource {
  /** The events of run `id` after record `seq`, in their order. */
  readAfter(id: string, seq: number): Promise<readonly RunEvent[]>;
  /** Resolves when run `id` may have grown, when `signal` aborts, and after a moment in any case. */
  wait(id: string, signal: AbortSignal): Promise<void>;
}

/** What a follower is told: the events, and the state after each of them. */
export type Told = (event: RunEvent, state: RunState) => void;

/** A run as it is followed. */
export class RunFeed {
  readonly #source: EventSource;
  readonly #listeners = new Set<Told>();
  #state: RunState;

  /** `state`: after the events that are known already. */
  constructor(source: EventSource, state: RunState) {
    this.#source = source;
    this.#state = state;
  }

  /** The state after the newest event that was seen. */
  state(): RunState {
    return this.#state;
  }

  /** Tells `listener` of every event from now on; returns what ends that. */
  subscribe(listener: Told): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes in what came since the last look. Rejects as the source does. */
  async look(): Promise<void> {
    const { id, head } = this.#state;
    for (const event of await this.#source.readAfter(id, head.seq)) {
      this.#state = reduce(this.#state, event, id);
      for (const listener of this.#listeners) listener(event, this.#state);
    }
  }

  /** A while later, or when `signal` aborts: what came since. */
  async wait(signal: AbortSignal): Promise<void> {
    await this.#source.wait(this.#state.id, signal);
    if (!signal.aborted) await this.look();
  }

  /** Looks again and again, until the run has ended or `signal` is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    while (this.#state.endedAt === null && !signal.aborted) {
      await this.look();
      if (this.#state.endedAt === null) await this.#source.wait(this.#state.id, signal);
    }
  }
}
