/**
 * Makes a folder and those above it that are missing. Node's own recursive form goes round for ever where a file system says of a
 * new name that it does not exist (`/proc`).
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes `path`, mode 0777 less the umask unless given. Throws what the file system refuses, `EEXIST` where a file is in the way. */
export function makeFolders(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolders(dirname(path), mode);
    mkdirSync(path, { mode });
  }
}
