/**
 * Lends the terminal to a command (`tty: true`): the screen steps aside, the command has the terminal, the screen comes
 * back.
 *
 * Made before the engine and given to both: the engine calls `lend` around such a step, the app attaches how it steps
 * aside. With nothing attached `lend` only runs its argument.
 */

/** What whoever has the terminal shows there: output, which stays until it was read, or a question, which is over when it is answered. */
export type Shows = 'output' | 'question';

/** Runs `use` with the screen out of the way. */
type StepAside = (use: () => Promise<void>, shows: Shows) => Promise<void>;

export interface TerminalLease {
  /** Resolves as `use` does, at once when that does: the screen may be away for longer, so that what was shown can be read. */
  lend<T>(use: () => Promise<T>, shows?: Shows): Promise<T>;
  /** Sets how the screen steps aside; null when there is no screen any more. */
  attach(stepAside: StepAside | null): void;
}

/** A lease with nothing attached. */
export function createTerminalLease(): TerminalLease {
  let stepAside: StepAside | null = null;
  return {
    lend<T>(use: () => Promise<T>, shows: Shows = 'output'): Promise<T> {
      if (stepAside === null) return use();
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const aside = stepAside(async () => {
        const used = use();
        resolve(used);
        await used.catch(() => undefined);
      }, shows);
      // Who waits for the command has what it waits for by then.
      aside.then(() => reject(new Error('the terminal was handed over, but the command was not run')), reject);
      return promise;
    },
    attach(next) {
      stepAside = next;
    },
  };
}
