/**
 * Lends the terminal to a command (`tty: true`): the screen steps aside, the command has the terminal, the screen comes
 * back.
 *
 * Made before the engine and given to both: the engine calls `lend` around such a step, the app attaches how it steps
 * aside. With nothing attached `lend` only runs its argument. One after the other has it: the next when what the one before showed was read.
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
  /** Whoever has the terminal now, and what it shows. */
  let last: Promise<unknown> = Promise.resolve();
  return {
    lend<T>(use: () => Promise<T>, shows: Shows = 'output'): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const handOver = async (): Promise<void> => {
        if (stepAside === null) return use().then(resolve);
        await stepAside(async () => {
          const used = use();
          resolve(used);
          await used.catch(() => undefined);
        }, shows);
        // Who waits for the command has what it waits for by then.
        throw new Error('the terminal was handed over, but the command was not run');
      };
      last = last.then(handOver).catch(reject);
      return promise;
    },
    attach(next) {
      stepAside = next;
    },
  };
}
