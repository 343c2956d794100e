/** The folder of the operator's own files. */
import { join } from 'node:path';
import type { Host } from './host.ts';

/** Where the operator's own files are; null: they have no home folder. */
export function configFolder({ machine }: Host): string | null {
  const named = machine.env['XDG_CONFIG_HOME'] ?? '';
  // A relative one is to be ignored (XDG Base Directory Specification).
  if (named.startsWith('/')) return join(named, 'gonogo');
  const home = machine.env['HOME'] ?? '';
  return home.startsWith('/') ? join(home, '.config', 'gonogo') : null;
}
