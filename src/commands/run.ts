/** `gonogo run FILE`: starts a run and drives it in the terminal app, with plain prompts, or headless. */
import { start } from '../app/start.ts';
import { type Io, openWorld, type StateOptions } from './command.ts';
import { assertSaid, type DriveOptions, drive, isGuided } from './drive.ts';
import { type NarrowingFlags, narrowingOf } from './narrowing-flags.ts';
import { parseVariableFlags } from './variable-flags.ts';

export interface RunOptions extends StateOptions, DriveOptions, NarrowingFlags {
  /** `k=v`. */
  readonly vars?: readonly string[] | undefined;
  readonly varsFile?: string | undefined;
  readonly answers?: string | undefined;
  readonly operator?: string | undefined;
  /** Folder that commands run in instead of the present one. */
  readonly repo?: string | undefined;
}

/** Starts a run of `file`. Resolves with the exit code. */
export async function run(file: string, options: RunOptions, io: Io): Promise<number> {
  const { varsFile, answers, operator, repo } = options;
  const vars = parseVariableFlags(options.vars ?? []);
  assertSaid(options);
  const narrowing = narrowingOf(options);
  const world = await openWorld(options);
  const guided = isGuided(options, io);
  const opened = await start(world, { file, guided, vars, varsFile, answers, operator, repo, narrowing });
  return drive(world, opened, options, io);
}
