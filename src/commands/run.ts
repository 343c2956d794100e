/** `gonogo run FILE`: starts a run and drives it in the terminal app, with plain prompts, or headless. */
import { type Io, openWorld } from './command.ts';
import { drive } from './drive.ts';
import { type RunOptions, startRun } from './open-run.ts';

/** Starts a run of `file`. Resolves with the exit code. */
export async function run(file: string, options: RunOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const started = await startRun(world, file, options, io);
  return drive(world, started.session, { ...options, answers: started.answers, operator: started.operator }, io);
}
