/**
 * Whether the program of a command is there, looked for as the shell does that runs it: a name with a slash from the folder that it
 * runs in, any other in the folders of PATH. What is found may be gone by the time it is run; then the command has begun and failed.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { HostError } from '../../host/host.ts';
import type { Command } from '../target.ts';
import type { AttemptSpec } from './attempt.ts';

/** Throws `HostError` `not-found` or `denied` where the program of the command cannot be run. */
export function assertProgramThere({ command, env, cwd }: Pick<AttemptSpec, 'command' | 'env' | 'cwd'>): void {
  const name = programOf(command);
  // Without PATH each shell has folders of its own.
  if (name === undefined || (!name.includes('/') && env['PATH'] === undefined)) return;
  const folders = name.includes('/') ? [''] : (env['PATH'] ?? '').split(':').map((folder) => `${folder || '.'}/`);
  let isDenied = false;
  for (const folder of folders) {
    const look = lookAt(resolve(cwd, `${folder}${name}`));
    if (look === 'runs') return;
    isDenied ||= look === 'denied';
  }
  if (isDenied) {
    throw new HostError(
      'denied',
      name,
      `cannot run ${name}: it is no program, or its file is not executable (chmod +x)`,
    );
  }
  const wayOut = name.includes('/') ? 'its file is not there' : 'install it, or put its folder on PATH';
  throw new HostError('not-found', name, `command not found: ${name}: ${wayOut}`);
}

function programOf(command: Command): string | undefined {
  return command.kind === 'argv' ? command.argv[0] : command.shell[0];
}

function lookAt(path: string): 'runs' | 'denied' | 'absent' {
  try {
    const facts = statSync(path, { throwIfNoEntry: false });
    if (facts === undefined) return 'absent';
    if (!facts.isFile()) return 'denied';
  } catch {
    return 'absent';
  }
  try {
    accessSync(path, constants.X_OK);
    return 'runs';
  } catch {
    return 'denied';
  }
}
