/**
 * Lends the terminal to a command (`tty: true`): the screen steps aside, the command has the terminal, the screen comes
 * back.
 *
 * Made before the engine and given to both: the engine calls `lend` around such a step, the app attaches how it steps
 * aside. With nothing attached `lend` only runs its argument.
 */

/** Runs `use` with the screen out of the way. */
type StepAside = (use: () => Promise<void>) => Promise<void>;

export interface TerminalLease {
  /** Resolves as `use` does, after the screen is back. */
  lend<T>(use: () => Promise<T>): Promise<T>;
  /** Sets how the screen steps aside; null when there is no screen any more. */
  attach(stepAside: StepAside | null): void;
}

/** A lease with nothing attached. */
export function createTerminalLease(): TerminalLease {
  let stepAside: StepAside | null = null;
  return {
    async lend<T>(use: () => Promise<T>): Promise<T> {
      if (stepAside === null) return use();
      let outcome: { readonly value: T } | null = null;
      await stepAside(async () => {
        outcome = { value: await use() };
      });
      return unwrap(outcome);
    },
    attach(next) {
      stepAside = next;
    },
  };
}

function unwrap<T>(outcome: { readonly value: T } | null): T {
  if (outcome === null) throw new Error('the terminal was handed over, but the command was not run');
  return outcome.value;
}
