/**
 * The library of `faults.c`, built by the C compiler of this machine, and the environment that puts it before a process.
 *
 * Invariant: what is started with it runs Node's file calls by the C library (no io_uring), where they can be counted.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How the call goes wrong; see `faults.c`. */
export const faultKinds = ['EIO', 'ENOSPC', 'EACCES', 'EMFILE', 'before', 'after', 'torn'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** The calls of a process from number `at` on, `count` of them. */
export interface Fault {
  readonly at: number;
  readonly kind: FaultKind;
  readonly count: number;
}

/** `path`: of the library. `remove` takes it away. `reason`: why there is none here. */
export type Built =
  | { readonly ok: true; readonly path: string; remove(): void }
  | { readonly ok: false; readonly reason: string };

/** Builds the library. */
export function buildPreload(): Built {
  if (process.platform !== 'linux') return { ok: false, reason: 'a library is put before a process so on Linux only' };
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-preload-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const path = join(folder, 'faults.so');
  const source = join(import.meta.dirname, 'faults.c');
  try {
    execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', path, source, '-ldl'], {
      stdio: 'pipe',
    });
  } catch (error) {
    remove();
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      return { ok: false, reason: 'there is no C compiler (cc) here' };
    throw error;
  }
  return { ok: true, path, remove };
}

/** The environment in which a process counts its calls on what is under `root`, of these only those on paths that begin with `on`;
 * `log`: where it writes them down. */
export function faultEnvironment(
  library: string,
  root: string,
  { fault, on, log }: { readonly fault?: Fault; readonly on?: string; readonly log?: string },
): Readonly<Record<string, string>> {
  return {
    LD_PRELOAD: library,
    UV_USE_IO_URING: '0',
    FAULTS_ROOT: root,
    FAULTS_AT: String(fault?.at ?? 0),
    FAULTS_FOR: String(fault?.count ?? 1),
    FAULTS_KIND: fault?.kind ?? 'EIO',
    ...(on === undefined ? {} : { FAULTS_ON: on }),
    ...(log === undefined ? {} : { FAULTS_LOG: log }),
  };
}
