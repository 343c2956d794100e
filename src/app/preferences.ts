/**
 * What an operator prefers of the screen, from `config.yaml` in their own config folder. Nothing of a run depends on it.
 *
 * Invariants: a file that is not there says nothing; of one that cannot be taken as a whole nothing is taken, and what is said
 * about it tells where and what is allowed.
 */
import { join } from 'node:path';
import { configFolder } from '../host/config-folder.ts';
import { type Host, HostError } from '../host/host.ts';
import type { Preferences } from './preferences-file.ts';

/** Where nothing is preferred. */
export const noPreferences: Preferences = { bell: true, title: true, mouse: false, theme: '16', keys: {} };

/** The preferences with the path of their file, or why they cannot be taken, for a person. `saysState`: where runs live stands in it. */
export type ReadPreferences =
  | { readonly ok: true; readonly path: string; readonly value: Preferences }
  | { readonly ok: false; readonly path: string; readonly problem: string; readonly saysState: boolean };

const bytesMax = 64 * 1024;

/** Reads them. A machine without a home folder has none. */
export async function readPreferences({ host }: { readonly host: Host }): Promise<ReadPreferences> {
  const folder = configFolder(host);
  if (folder === null) return { ok: true, path: '', value: noPreferences };
  const path = join(folder, 'config.yaml');
  let text = '';
  const refused = (problem: string): ReadPreferences => {
    return { ok: false, path, problem: `${path}: ${problem}`, saysState: /^\s*state\s*:/m.test(text) };
  };
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await host.files.read(path, { bytesMax }));
    const value = (await import('./preferences-file.ts')).parsePreferences(text);
    return typeof value === 'string' ? refused(value) : { ok: true, path, value };
  } catch (error) {
    if (error instanceof HostError && error.code === 'not-found') return { ok: true, path, value: noPreferences };
    return refused(error instanceof Error ? (error.message.split('\n')[0] ?? '') : '');
  }
}
