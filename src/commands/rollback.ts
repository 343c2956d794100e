/** `gonogo rollback [RUN]`: starts the rollback of a run, or goes on with it. */

import { visible } from '../diagnostics/sanitise.ts';
import { exitCodeOf } from '../engine/exit-code.ts';
import { outcomeSentence } from '../report/outcome.ts';
import { hasChanged } from '../run/rollback.ts';
import { type Io, openWorld, readRun, UsageError } from './command.ts';
import { drive } from './drive.ts';
import { headless, operatorName, resumeAnswers, resumeRun } from './open-run.ts';
import type { ResumeOptions } from './resume.ts';

export interface RollbackOptions extends ResumeOptions {
  readonly reason?: string | undefined;
}

/**
 * Rolls `name` back: under way, completed or failed. A rollback that has begun is gone on with; of a run that is rolled back
 * already the result is said.
 */
export async function rollback(name: string, options: RollbackOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const read = await readRun(world, name);
  const { id, state } = read;
  if (state.status === 'rolled-back') {
    io.stdout(`${visible(outcomeSentence(state))}\n`);
    return exitCodeOf(state);
  }
  if (state.status === 'abandoned')
    throw new UsageError(`run ${id} was abandoned; what it did is no longer gonogo's to undo`);
  if (state.rollback === null && !hasChanged(state)) {
    throw new UsageError(`run ${id} has changed nothing yet, so there is nothing to roll back`);
  }
  const operator = operatorName(options.operator, world.host.machine.user);
  const guided = !headless(options, io);
  const answers = await resumeAnswers(read, options.answers, guided);
  const begun = state.rollback !== null || state.rollbackRequested !== null;
  const session = await resumeRun(world, id, {
    operator,
    guided,
    arrivals: answers?.arrivals ?? new Set(),
    adoption: null,
    rollback: begun ? null : (options.reason ?? `asked for by ${operator}`),
  });
  return drive(world, session, { ...options, answers, operator }, io);
}
