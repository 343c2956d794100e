/**
 * Keeps this gonogo from writing to a run that it does not know all of: what it would add might contradict what it cannot read.
 */
import { JournalError } from '../journal/journal.ts';
import { writtenByNewer } from '../run/newer.ts';
import type { NewerRecord } from '../run/state.ts';

/** Throws `JournalError 'newer'` when a newer gonogo wrote to the run `id`; the message says that nothing was changed. */
export function assertKnown(id: string, state: { readonly newer: Iterable<NewerRecord> }): void {
  const newer = writtenByNewer(state);
  if (newer === null) return;
  throw new JournalError('newer', `run ${id} was ${newer}; nothing was changed. Update gonogo to go on with it.`);
}
