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
  tell(name: string, problems: readonly string[], detail: string): void {
    const more = problems.length > problemsMax ? [`and ${problems.length - problemsMax} more`] : [];
    const told = [...problems.slice(0, problemsMax), ...more].join('; ');
    this.add(name, problems.length === 0, problems.length === 0 ? detail : told);
  }

  /** Makes a check; what it throws fails it. */
  attempt(name: string, verify: () => void): void {
    try {
      verify();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.add(name, false, `it cannot be checked: ${error.message}`);
    }
  }
}
