/** `gonogo` alone: the home screen, or its text where there is no terminal. */
import { type Io, openWorld, type StateOptions } from './command.ts';
import { prefersLines } from './drive.ts';
import { list } from './list.ts';

/** Opens the home screen. */
export async function home(options: StateOptions, io: Io): Promise<number> {
  if (!io.terminal || prefersLines(io.env)) return list(options, io);
  const { runHome } = await import('./front-ends.ts');
  return runHome(await openWorld(options), io);
}
