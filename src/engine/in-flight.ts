/** The attempts and probes that this process waits for, by folder. */

export class InFlight {
  readonly #works = new Map<string, Promise<void>>();
  readonly #crash: (error: unknown) => void;

  /** `crash` is told what a work rejects with. */
  constructor(crash: (error: unknown) => void) {
    this.#crash = crash;
  }

  get size(): number {
    return this.#works.size;
  }

  has(folder: string): boolean {
    return this.#works.has(folder);
  }

  forget(folder: string): void {
    this.#works.delete(folder);
  }

  /** Waits for `work`, and forgets the folder when it has ended. */
  track(folder: string, work: Promise<unknown>): void {
    const settled = work.then(
      () => {},
      (error: unknown) => this.#crash(error),
    );
    this.#works.set(folder, settled);
    settled.then(() => this.#works.delete(folder)).catch(() => {});
  }
}
