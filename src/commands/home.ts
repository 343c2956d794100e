/** `gonogo` alone: the home screen, its prompts where a screen serves nobody, or the list of runs where there is no terminal. */
import { type Io, openWorld, type StateOptions } from './command.ts';
import { list } from './list.ts';
import { prefersLines } from './prefers-lines.ts';

/** Opens the home screen. */
export async function home(options: StateOptions, io: Io): Promise<number> {
  if (!io.terminal) return list(options, io);
  const { runHome, runPlainHome } = await import('./front-ends.ts');
  const world = await openWorld(options);
  return prefersLines(io.env) ? runPlainHome(world, io) : runHome(world, io);
}
