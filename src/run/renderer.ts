/**
 * Which rendering the report of a run has. The run's start records it, so the same journal gives the same report in every later
 * version; what a report says otherwise than before belongs to a new number, and the older one keeps its bytes.
 *
 * Invariant: a report section asks `rendererOf` before it says what renderer 1 did not, unless older journals hold nothing of it.
 */
import type { RunState } from './state.ts';

/** The renderer of the runs that are started now. */
export const newestRenderer = 3;

/** The renderer of a run: the first one where its start names none. */
export function rendererOf({ started }: Pick<RunState, 'started'>): number {
  return started.renderer ?? 1;
}
