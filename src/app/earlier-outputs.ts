/** How much the steps of a document printed when they last passed. */

import { JournalError } from '../journal/journal.ts';
import { HistoryError } from '../run/reduce.ts';
import { outputBytes } from '../run/typical.ts';
import type { StepId } from '../runbook/document.ts';
import { readRun, type World } from './world.ts';

/** Runs of the same title that are looked at: who wants to know of steps that last passed long ago reads the runs. */
const runsMax = 3;
/** Among how many of that title they are looked for. */
const listedMax = 50;
/** To read a longer one would hold up whoever is at the keys. */
const stepsMax = 2000;

/** Bytes of output by step, of the newest run of `title` that passed it; run `id` itself does not count. A run that cannot be read is passed over. */
export async function earlierOutputs(world: World, title: string, id: string): Promise<ReadonlyMap<StepId, number>> {
  const found = new Map<StepId, number>();
  const runs = (await world.journals.list({ titles: [title], most: listedMax })).filter(
    (one) => one.run !== id && one.problem === null && one.total <= stepsMax,
  );
  for (const { run } of runs.slice(0, runsMax)) {
    try {
      const { state } = await readRun(world, run);
      for (const { id: step, visits } of state.steps.values()) {
        const bytes = outputBytes(visits.at(-1));
        if (bytes !== null && !found.has(step)) found.set(step, bytes);
      }
    } catch (error) {
      if (!(error instanceof JournalError || error instanceof HistoryError)) throw error;
    }
  }
  return found;
}
