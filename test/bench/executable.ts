/** Where a program is. */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** The first executable file of that name in `folders`; null where there is none. */
export function findExecutable(name: string, folders: readonly string[]): string | null {
  const runs = (path: string): boolean => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  };
  return folders.map((folder) => join(folder, name)).find(runs) ?? null;
}
