/** A disk of a few pages, to be filled and made read-only. Needs the right to mount. */
import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** Mounts a tmpfs of `size` on `folder` until the test ends; false, with the reason for the test's report, when that is not permitted. */
export function mountSmall(
  folder: string,
  size: string,
): { readonly ok: true } | { readonly ok: false; readonly reason: string } {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    return { ok: false, reason: `mounting a tmpfs is not permitted here: ${String(error).split('\n')[0]}` };
  }
  onTestFinished(() => void execFileSync('umount', ['-l', folder]));
  return { ok: true };
}

export function remount(folder: string, mode: 'ro' | 'rw'): void {
  execFileSync('mount', ['-o', `remount,${mode}`, folder], { stdio: 'pipe' });
}
