/**
 * A persistent list: `append` and `replaceLast` give a new one and leave the old one as it was, copying a few short arrays instead
 * of everything. What a run gathers grows with its events, so copied arrays would make a long run quadratic.
 *
 * Invariants:
 * - Whoever holds a series sees the same items for ever.
 * - Leaves of the tree are full and lie equally deep; the last items, 1 to WIDTH of them, are beside it. Only an empty series has none.
 */

const WIDTH = 32;

type Node<T> =
  | { readonly kind: 'leaf'; readonly items: readonly T[] }
  | { readonly kind: 'branch'; readonly nodes: readonly Node<T>[] };

export class Series<T> implements Iterable<T> {
  readonly length: number;
  readonly #last: readonly T[];
  readonly #tree: Node<T> | null;
  /** How many items the tree has room for. */
  readonly #room: number;

  private constructor(tree: Node<T> | null, room: number, last: readonly T[], length: number) {
    this.#tree = tree;
    this.#room = room;
    this.#last = last;
    this.length = length;
  }

  /** A series of `items`. */
  static of<T>(...items: readonly T[]): Series<T> {
    return Series.from(items);
  }

  /** A series of what `items` yields. */
  static from<T>(items: Iterable<T>): Series<T> {
    let series = new Series<T>(null, 0, [], 0);
    for (const item of items) series = series.append(item);
    return series;
  }

  /** This series with `item` after its last. */
  append(item: T): Series<T> {
    if (this.#last.length < WIDTH) {
      return new Series(this.#tree, this.#room, [...this.#last, item], this.length + 1);
    }
    const leaf: Node<T> = { kind: 'leaf', items: this.#last };
    if (this.#tree === null) return new Series(leaf, WIDTH, [item], this.length + 1);
    const isFull = this.length - WIDTH === this.#room;
    const tree: Node<T> = isFull
      ? { kind: 'branch', nodes: [this.#tree, spine(leaf, this.#room)] }
      : withLeaf(this.#tree, leaf, this.#room);
    return new Series(tree, isFull ? this.#room * WIDTH : this.#room, [item], this.length + 1);
  }

  /** This series with `item` instead of its last; an empty one with `item` alone. */
  replaceLast(item: T): Series<T> {
    if (this.length === 0) return this.append(item);
    return new Series(this.#tree, this.#room, [...this.#last.slice(0, -1), item], this.length);
  }

  /**
   * This series with each item for which `holds` by what `change` makes of it. Costs a look at every item, and the copies of
   * those places only that changed.
   */
  changed(holds: (item: T) => boolean, change: (item: T) => T): Series<T> {
    let place = 0;
    let series: Series<T> = this;
    for (const item of this) {
      if (holds(item)) series = series.#with(place, change(item));
      place += 1;
    }
    return series;
  }

  #with(place: number, item: T): Series<T> {
    const before = this.length - this.#last.length;
    if (place >= before) return new Series(this.#tree, this.#room, this.#last.with(place - before, item), this.length);
    const tree = this.#tree === null ? null : withItem(this.#tree, place, { room: this.#room, item });
    return new Series(tree, this.#room, this.#last, this.length);
  }

  /** The item at `index`, from the end where it is negative. */
  at(index: number): T | undefined {
    const place = index < 0 ? this.length + index : index;
    const before = this.length - this.#last.length;
    if (place >= before) return this.#last[place - before];
    return place < 0 || this.#tree === null ? undefined : itemIn(this.#tree, place, this.#room);
  }

  *[Symbol.iterator](): Generator<T, void> {
    if (this.#tree !== null) yield* itemsOf(this.#tree);
    yield* this.#last;
  }

  map<U>(each: (item: T, index: number) => U): U[] {
    return this.toJSON().map(each);
  }

  flatMap<U>(each: (item: T) => U | readonly U[]): U[] {
    return this.toJSON().flatMap(each);
  }

  filter(holds: (item: T) => boolean): T[] {
    return this.toJSON().filter(holds);
  }

  slice(start: number, end?: number): T[] {
    return this.toJSON().slice(start, end);
  }

  reduce<U>(each: (before: U, item: T) => U, first: U): U {
    let result = first;
    for (const item of this) result = each(result, item);
    return result;
  }

  some(holds: (item: T) => boolean): boolean {
    for (const item of this) if (holds(item)) return true;
    return false;
  }

  every(holds: (item: T) => boolean): boolean {
    return !this.some((item) => !holds(item));
  }

  find(holds: (item: T) => boolean): T | undefined {
    for (const item of this) if (holds(item)) return item;
    return undefined;
  }

  findLast(holds: (item: T) => boolean): T | undefined {
    const place = this.findLastIndex(holds);
    return place < 0 ? undefined : this.at(place);
  }

  findLastIndex(holds: (item: T) => boolean): number {
    for (let place = this.length - 1; place >= 0; place -= 1) {
      const item = this.at(place);
      if (item !== undefined && holds(item)) return place;
    }
    return -1;
  }

  includes(item: T): boolean {
    return this.some((one) => one === item);
  }

  /** All items, as an array of the caller's own. */
  toJSON(): T[] {
    return [...this];
  }
}

/** `leaf` under as many branches as a tree with room for `room` items is deep. */
function spine<T>(leaf: Node<T>, room: number): Node<T> {
  return room === WIDTH ? leaf : { kind: 'branch', nodes: [spine(leaf, room / WIDTH)] };
}

/** `tree`, which has room for `room` items and is not full, with `leaf` after its last. */
function withLeaf<T>(tree: Node<T>, leaf: Node<T>, room: number): Node<T> {
  if (tree.kind === 'leaf') return leaf;
  const below = room / WIDTH;
  const last = tree.nodes.at(-1);
  if (last === undefined || isFull(last, below)) return { kind: 'branch', nodes: [...tree.nodes, spine(leaf, below)] };
  return { kind: 'branch', nodes: [...tree.nodes.slice(0, -1), withLeaf(last, leaf, below)] };
}

function isFull<T>(tree: Node<T>, room: number): boolean {
  if (tree.kind === 'leaf') return true;
  const last = tree.nodes.at(-1);
  return tree.nodes.length === WIDTH && last !== undefined && isFull(last, room / WIDTH);
}

function itemIn<T>(tree: Node<T>, place: number, room: number): T | undefined {
  if (tree.kind === 'leaf') return tree.items[place];
  const below = room / WIDTH;
  const node = tree.nodes[Math.floor(place / below)];
  return node === undefined ? undefined : itemIn(node, place % below, below);
}

function withItem<T>(tree: Node<T>, place: number, { room, item }: { room: number; item: T }): Node<T> {
  if (tree.kind === 'leaf') return { kind: 'leaf', items: tree.items.with(place, item) };
  const below = room / WIDTH;
  const at = Math.floor(place / below);
  const node = tree.nodes[at];
  if (node === undefined) return tree;
  return { kind: 'branch', nodes: tree.nodes.with(at, withItem(node, place % below, { room: below, item })) };
}

function* itemsOf<T>(tree: Node<T>): Generator<T, void> {
  if (tree.kind === 'leaf') yield* tree.items;
  else for (const node of tree.nodes) yield* itemsOf(node);
}
