/** `gonogo rollback [RUN]`: starts the rollback of a run, or goes on with it. */
import { putBack } from '../app/put-back.ts';
import { rollBack } from '../app/resume.ts';
import { visible, visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodeOf } from '../engine/exit-code.ts';
import { outcomeSentence } from '../report/outcome.ts';
import { type Io, openWorld, type StateOptions, UsageError } from './command.ts';
import { assertSaid, type DriveOptions, drive, isGuided } from './drive.ts';
import { takingOverOf } from './taking-over.ts';

export interface RollbackOptions extends StateOptions, DriveOptions {
  readonly answers?: string | undefined;
  readonly operator?: string | undefined;
  readonly reason?: string | undefined;
  /** The newest run on the target, over which it is rolled back. */
  readonly over?: string | undefined;
  /** Why the run is taken over from whoever drives it elsewhere. */
  readonly takeOver?: string | undefined;
}

/**
 * Rolls `run` back: under way, completed or failed. A rollback that has begun is gone on with; of a run that is rolled back
 * already the result is said.
 */
export async function rollback(run: string, options: RollbackOptions, io: Io): Promise<number> {
  const { answers, operator, reason } = options;
  if (reason?.trim() === '') throw new UsageError('--reason: the reason is empty; say why, or leave --reason out');
  if (options.over !== undefined && reason === undefined)
    throw new UsageError('--over: say with --reason why the run is rolled back over a newer one');
  assertSaid(options);
  const world = await openWorld(options);
  for (const line of await putBack(world, run)) io.stderr(`${visibleLine(line)}\n`);
  const over = options.over === undefined ? undefined : await world.journals.resolve(options.over);
  const guided = isGuided(options, io);
  const takingOver = await takingOverOf(world, { run, guided, answers, reason: options.takeOver }, io);
  const found = await rollBack(world, { run, guided, answers, operator, reason, over, takingOver });
  if (found.kind === 'opened') return drive(world, found, options, io);
  io.stdout(`${visible(outcomeSentence(found.state))}\n`);
  return exitCodeOf(found.state);
}
