/**
 * A persistent map: `with` gives a new table and leaves the old one as it was, copying two short arrays instead of
 * everything. A run of 10,000 steps changes one step per event, so a copied `Map` would make a run quadratic.
 *
 * Invariants:
 * - Iteration is in order of first insertion; a key's place never changes.
 * - Tables that were made of each other share one index of places, which only grows: what it says of a place that a table does not
 *   have, or that another key has there, is another table's.
 */

const CHUNK = 128;

export class Table<K, V> implements ReadonlyMap<K, V> {
  readonly #index: Map<K, number>;
  readonly #chunks: readonly (readonly (readonly [K, V])[])[];
  readonly size: number;

  private constructor(index: Map<K, number>, chunks: readonly (readonly (readonly [K, V])[])[], size: number) {
    this.#index = index;
    this.#chunks = chunks;
    this.size = size;
  }

  /** A table of `entries`, in their order; a later entry of the same key replaces an earlier one. */
  static of<K, V>(entries: Iterable<readonly [K, V]>): Table<K, V> {
    const all = [...new Map(entries)];
    const chunks: (readonly (readonly [K, V])[])[] = [];
    for (let at = 0; at < all.length; at += CHUNK) chunks.push(all.slice(at, at + CHUNK));
    return new Table(new Map(all.map(([key], place) => [key, place])), chunks, all.length);
  }

  /** This table with `value` at `key`. */
  with(key: K, value: V): Table<K, V> {
    const place = this.#placeOf(key);
    if (place === null) return this.#added(key, value);
    const chunkAt = Math.floor(place / CHUNK);
    const chunk = [...(this.#chunks[chunkAt] ?? [])];
    chunk[place % CHUNK] = [key, value];
    const chunks = [...this.#chunks];
    chunks[chunkAt] = chunk;
    return new Table(this.#index, chunks, this.size);
  }

  #added(key: K, value: V): Table<K, V> {
    // A key that another table has put elsewhere: they part.
    const parts = this.#index.has(key);
    const index = parts ? new Map([...this.keys()].map((own, place) => [own, place])) : this.#index;
    index.set(key, this.size);
    const last = Math.floor(this.size / CHUNK);
    const chunks = [...this.#chunks];
    chunks[last] = [...(chunks[last] ?? []), [key, value]];
    return new Table(index, chunks, this.size + 1);
  }

  #placeOf(key: K): number | null {
    const place = this.#index.get(key);
    if (place === undefined || place >= this.size) return null;
    return this.#entryAt(place)?.[0] === key ? place : null;
  }

  #entryAt(place: number): readonly [K, V] | undefined {
    return this.#chunks[Math.floor(place / CHUNK)]?.[place % CHUNK];
  }

  get(key: K): V | undefined {
    const place = this.#placeOf(key);
    return place === null ? undefined : this.#entryAt(place)?.[1];
  }

  has(key: K): boolean {
    return this.#placeOf(key) !== null;
  }

  *entries(): MapIterator<[K, V]> {
    for (const chunk of this.#chunks) for (const [key, value] of chunk) yield [key, value];
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }
}
