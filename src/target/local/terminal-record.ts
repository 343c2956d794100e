/**
 * Records what a command shows on the terminal, by `script` of util-linux, which gives it a terminal of its own and copies both ways.
 *
 * Invariants:
 * - The command sees the environment and the words that it was to see, and its exit is the one that is reported.
 * - Nothing is recorded past a mask: a command that is given a secret is not recorded, and neither is one where `script` is missing
 *   or another program than it is taken for.
 */
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** How a command is begun on the terminal. */
export interface Recorded {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

interface Recording {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute: the file that takes the record. */
  readonly file: string;
}

/** The command as `program` (absolute, see `findRecorder`) runs it. */
export function recorded(program: string, { argv, env, file }: Recording): Recorded {
  const shell = env['SHELL'];
  // It has its command run by whatever `SHELL` names, so that is a shell that is known, and the command's own again inside.
  const restore = shell === undefined ? 'unset SHELL' : `SHELL=${quoted(shell)}; export SHELL`;
  const command = `${restore}; exec ${argv.map(quoted).join(' ')}`;
  const recording = [program, '-q', '-e', '-f', '-c', command, file];
  return { argv: ['/bin/sh', '-c', recordedWaiting, 'gonogo-record', ...recording], env: { ...env, SHELL: '/bin/sh' } };
}

/** Ended by a signal, `script` exits with 0; the shell that waits for it gets the signal as well, and ends by it. */
export const recordedWaiting = '"$@"; exit "$?"';

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

const found = new Map<string, string | null>();

/** The `script` on `searchPath` that is known to give the exit of its command; null: there is none. */
export function findRecorder(searchPath: string): string | null {
  const known = found.get(searchPath);
  if (known !== undefined) return known;
  const program = searchPath
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, 'script'))
    .find((path) => {
      const asked = spawnSync(path, ['--version'], {
        encoding: 'utf8',
        timeout: 2000,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return asked.status === 0 && asked.stdout.includes('util-linux');
    });
  found.set(searchPath, program ?? null);
  return program ?? null;
}
