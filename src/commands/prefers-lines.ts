import type { Io } from './command.ts';

/** True where a screen that is drawn over and over serves nobody: a dumb terminal, CI, a screen reader. */
export function prefersLines(env: Io['env']): boolean {
  return env['TERM'] === 'dumb' || env['CI'] !== undefined || env['INK_SCREEN_READER'] === 'true';
}
