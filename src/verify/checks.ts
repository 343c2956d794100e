/**
 * What a verification found, in the order in which it was looked at.
 *
 * Invariants: a check that failed is never left out; what is hostile can make any of our own code fail, and that is a check that
 * failed, not an accident.
 */

/** `detail` is one line; it says what was proven, or what not and why. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const problemsMax = 5;

/** What is wrong, of which the first few are told: whoever makes a million files wrong fills no memory. */
export class Problems {
  readonly #first: string[];
  #count: number;

  constructor(problems: Iterable<string> = []) {
    this.#first = [];
    this.#count = 0;
    for (const problem of problems) this.add(problem);
  }

  get count(): number {
    return this.#count;
  }

  add(problem: string): void {
    this.#count += 1;
    if (this.#first.length < problemsMax) this.#first.push(problem);
  }

  copy(): Problems {
    const copy = new Problems(this.#first);
    copy.#count = this.#count;
    return copy;
  }

  toString(): string {
    const more = this.#count > problemsMax ? [`and ${this.#count - problemsMax} more`] : [];
    return [...this.#first, ...more].join('; ');
  }
}

export class Checks {
  readonly #all: Check[] = [];

  get all(): readonly Check[] {
    return this.#all;
  }

  add(name: string, ok: boolean, detail: string): void {
    this.#all.push({ name, ok, detail });
  }

  addAll(checks: readonly Check[]): void {
    this.#all.push(...checks);
  }

  /** Fails with `problems`, the first few of them; with none it holds, as `detail` says. */
  tell(name: string, problems: Problems | readonly string[], detail: string): void {
    const found = problems instanceof Problems ? problems : new Problems(problems);
    this.add(name, found.count === 0, found.count === 0 ? detail : `${found}`);
  }

  /** Makes a check; what it throws fails it. */
  async attempt(name: string, verify: () => Promise<void> | void): Promise<void> {
    try {
      await verify();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.add(name, false, `it cannot be checked: ${error.message}`);
    }
  }
}
