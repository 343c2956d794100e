/** What deciding may know of the process that drives a run. */
import type { Circumstances } from '../run/circumstances.ts';
import type { SessionOptions } from './session-options.ts';

/** The circumstances of a session right now; `moving`: what changes while it lasts. */
export function circumstancesIn(
  { journal, actions, guided, arrivals, previous, earlier, lendTerminal }: SessionOptions,
  moving: Pick<Circumstances, 'held' | 'unavailable' | 'bootId'>,
): Circumstances {
  const terminal = lendTerminal !== undefined;
  return {
    specs: actions,
    now: journal.now(),
    guided,
    arrivals,
    previous,
    ...(earlier === undefined ? {} : { earlier }),
    terminal,
    ...moving,
  };
}
