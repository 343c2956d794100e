/** Runs the command that gives a secret, here, as whoever drives the run. What it prints goes to memory and nowhere else. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { execa } from 'execa';
import type { ReadSecret } from '../engine/secret-source.ts';
import type { Host } from '../host/host.ts';

const secretBytesMax = 64 * 1024;
const timeoutMs = 60_000;

/** Reads secrets in the folder `cwd`, with the environment of this process. */
export function secretReader({ machine }: Host, cwd: string): ReadSecret {
  return async ([program = '', ...words], cancelSignal) => {
    const result = await execa(program, words, {
      cwd,
      env: machine.env,
      extendEnv: false,
      stdin: 'ignore',
      stderr: 'ignore',
      reject: false,
      timeout: timeoutMs,
      maxBuffer: secretBytesMax,
      cancelSignal,
    });
    const value = result.stdout;
    if (result.timedOut) return { ok: false, reason: `${program} did not end within a minute` };
    if (result.isMaxBuffer) return { ok: false, reason: `${program} printed more than ${secretBytesMax} bytes` };
    if (result.exitCode === undefined)
      return { ok: false, reason: `${program} did not run (${result.code ?? result.signal ?? 'stopped'})` };
    if (result.exitCode !== 0) return { ok: false, reason: `${program} ended with exit ${result.exitCode}` };
    return value === '' ? { ok: false, reason: `${program} printed nothing` } : { ok: true, value };
  };
}

/** Whether `program` can be run from `cwd` with the PATH of `env`. */
export function isProgram(program: string, cwd: string, env: Readonly<Record<string, string | undefined>>): boolean {
  if (program.includes('/')) return isExecutable(resolve(cwd, program));
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.some((folder) => isExecutable(join(isAbsolute(folder) ? folder : resolve(cwd, folder), program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
