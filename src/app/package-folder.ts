/**
 * Where this package lies, from the sources as well as from `dist/`. The single executable lies nowhere: what it carries for the
 * disk (shipped documents, the demo's service) it unpacks into the user's data folder, by its version and contents.
 *
 * Invariants:
 * - What is unpacked is whole or not there: it is written beside its place and renamed into it.
 * - A folder that is there is used only when it holds what the executable carries, byte by byte; else it is made anew.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { carriedFiles, isBinary } from '../host/own-programs.ts';
import { Refusal } from './refusal.ts';
import { version } from './version.ts';

/** Absolute path of the folder that holds `package.json`, `runbooks/` and `checklists/`. Throws `Refusal` when there can be none. */
export function packageFolder(): string {
  if (isBinary()) return unpack(dataFolder(process.env), carriedFiles());
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** As `packageFolder`; null where there can be none. */
export function shippedFolder(): string | null {
  try {
    return packageFolder();
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** Absolute path of the runbook that the demo walks through. */
export function demoRunbook(): string {
  return demoIn(packageFolder());
}

/** Where that runbook lies in the folder of `packageFolder`. */
export function demoIn(folder: string): string {
  return join(folder, 'runbooks/local-release.yaml');
}

/** `gonogo` in the user's data folder (XDG Base Directory Specification). */
function dataFolder({ XDG_DATA_HOME: named = '', HOME: home = '' }: NodeJS.ProcessEnv): string {
  if (named.startsWith('/')) return join(named, 'gonogo');
  if (home.startsWith('/')) return join(home, '.local/share/gonogo');
  const message = 'there is no folder for the documents that come with gonogo: HOME and XDG_DATA_HOME are not set';
  throw new Refusal({ code: 'shipped', path: null }, message);
}

const filesSchema = z.record(z.string(), z.string());

/** Unpacks `carried` (JSON: text by relative path) into a folder of its own in `base`, unless it is there, and returns the folder. */
export function unpack(base: string, carried: string): string {
  const files = Object.entries(filesSchema.parse(JSON.parse(carried)));
  const folder = join(base, `${version}-${createHash('sha256').update(carried).digest('hex').slice(0, 12)}`);
  const isThere = (): boolean => files.every(([path, text]) => textOf(join(folder, path)) === text);
  if (isThere()) return folder;
  const made = `${folder}.${randomUUID()}`;
  try {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(made, path)), { recursive: true, mode: 0o700 });
      writeFileSync(join(made, path), text);
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(made, folder);
  } catch (cause) {
    rmSync(made, { recursive: true, force: true });
    // Another gonogo may have been faster.
    if (isThere()) return folder;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `the documents that come with gonogo cannot be unpacked into ${folder}: ${why}`;
    throw new Refusal({ code: 'shipped', path: folder }, message, cause);
  }
  return folder;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
