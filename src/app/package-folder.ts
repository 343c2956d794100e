/** Where this package lies, from the sources as well as from `dist/`. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the folder that holds `package.json`, `runbooks/` and `checklists/`. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Absolute path of the runbook that the demo walks through. */
export function demoRunbook(): string {
  return join(packageFolder(), 'runbooks/local-release.yaml');
}
