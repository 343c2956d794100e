/**
 * By which rules a run is decided. The run's start records it, so what an earlier version began goes on, and is verified, by the
 * rules that it began with.
 *
 * Invariant: a rule that forbids what an earlier one allowed asks `rulesOf` first.
 */
import type { RunState } from './state.ts';

/**
 * The rules of the runs that are started now. 2: reads whose outcome is lost are bounded; a `done_when` that could not be read, and
 * a target that is read for the first time after it could not be at the start, are asked about. 3: a command that ended left what it
 * printed as evidence, or has failed; a run with a target holds it; a text that is adopted names the rehearsal that it asks for. 4: a run is handed
 * over when whoever takes it has read back what is in doubt and what is owed.
 */
export const newestRules = 4;

/** The rules of a run: the first ones where its start names none. */
export function rulesOf({ started }: Pick<RunState, 'started'>): number {
  return started.rules ?? 1;
}
