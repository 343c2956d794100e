/**
 * A store that went back to an earlier moment, as a backup that was restored: what a run lacks since, and putting it back.
 *
 * Invariant: only what this machine recorded itself is put back, and only by whoever goes on with the run.
 */
import { JournalError } from '../journal/journal.ts';
import { isRunId } from '../journal/run-id.ts';
import type { Apart } from '../store/store.ts';
import type { World } from './world.ts';

/** What is to be told of a run beside its own records, one line each. */
export function apartWords({ lacking, branches }: Apart, run: string): readonly string[] {
  const lacks =
    lacking === null
      ? []
      : [
          `the store went back to an earlier moment and lacks ${records(lacking.from, lacking.to)}, which this machine has; gonogo resume ${run} puts them back`,
        ];
  const others = branches.map(({ after, to, hostname, kept }) => {
    const where = kept === null ? 'kept on this machine alone' : `kept beside it since ${kept}`;
    return `another branch: the store went back to an earlier moment, and the run was gone on with; ${records(after + 1, to)} as ${hostname} had recorded them are ${where}`;
  });
  return [...lacks, ...others];
}

function records(from: number, to: number): string {
  return from === to ? `record ${from}` : `records ${from} to ${to}`;
}

/** Puts back what the store lacks of `name`; what was done, one line each; none: nothing was to be done, or it is driven elsewhere. */
export async function putBack({ journals, runsAt }: World, name: string): Promise<readonly string[]> {
  const run = await runNamed(journals, name);
  if (run === null) return [];
  const before = (await journals.apart([run])).get(run);
  if (before === undefined || (before.lacking === null && before.branches.every(({ kept }) => kept !== null)))
    return [];
  try {
    await (await journals.open(run)).close();
  } catch (error) {
    if (error instanceof JournalError && error.code === 'held') return [];
    throw error;
  }
  const { lacking } = before;
  if (lacking !== null)
    return [
      `${runsAt} went back to an earlier moment: ${records(lacking.from, lacking.to)} of run ${run} were not there any more, and were put back from this machine's copy`,
    ];
  const now = (await journals.apart([run])).get(run);
  return now === undefined ? [] : apartWords(now, run);
}

/** A run that the store has lost as a whole is known by its full id only. */
async function runNamed(journals: World['journals'], name: string): Promise<string | null> {
  try {
    return await journals.resolve(name);
  } catch (error) {
    if (error instanceof JournalError && (error.code === 'not-found' || error.code === 'ambiguous'))
      return isRunId(name) ? name : null;
    throw error;
  }
}
