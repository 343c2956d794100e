/** Why nothing can be recorded now: known to whoever shows a run, as soon as it is. */
export class Trouble {
  #words: string | null = null;
  readonly #listeners = new Set<(words: string | null) => void>();

  /** null: all is well. */
  get words(): string | null {
    return this.#words;
  }

  /** Tells those who listen, also when it lasts. */
  set(words: string | null): void {
    this.#words = words;
    for (const listener of this.#listeners) listener(words);
  }

  /** Returns what ends it. */
  subscribe(listener: (words: string | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What whoever drives is told. */
export function troubleText(words: string | null): string {
  if (words === null) return 'everything is recorded again';
  return `nothing is being recorded: ${words}. What runs goes on, and nothing new begins until it is recorded`;
}
