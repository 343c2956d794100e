/**
 * Files of the operator's (documents, pages, keys) that are written whole or not at all, whenever this process dies: by a temporary
 * file beside them that takes their name.
 *
 * Invariants:
 * - What stood under a name is there until all of the new content is on the disk.
 * - What a death leaves is a hidden file `.NAME.HEX.tmp`, which stands in nobody's way.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The name of a file that is to become `path`. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** What a process that died in the middle of a write left in a folder. */
export const leftover = /(?:^|\/)\.[^/]+\.[0-9a-f]{12}\.tmp$/;

/** Errors of file systems that know no second name of a file. */
const noLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** True when `error` says that a file can have no second name here. */
export function knowsNoLinks(error: unknown): boolean {
  return error instanceof Error && 'code' in error && noLinks.has(String(error.code));
}

/** Makes `path`, mode 0666 less the umask. Throws what the file system refuses, `EEXIST` where something stands there. */
export function createWhole(path: string, content: string): void {
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, content, { flag: 'wx', flush: true });
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (!knowsNoLinks(error)) throw error;
      writeFileSync(path, content, { flag: 'wx', flush: true });
    }
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolder(path);
}

/**
 * Writes `content` over the file at `path`, or over the one that a link there leads to; it keeps its mode, and its owner where this
 * user may give it away. Throws what the file system refuses.
 */
export function replaceWhole(path: string, content: string): void {
  const target = realpathSync(path);
  const { mode, uid, gid } = statSync(target);
  const temporary = temporaryName(target);
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode: mode & 0o777, flush: true });
    keepOwner(temporary, uid, gid);
    // The mode given above is cut by the umask, and a change of the owner takes bits away.
    chmodSync(temporary, mode & 0o7777);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(target);
}

/**
 * Gives what was written to `temporary`, which lies beside it and is on the disk, the name `path`, and takes the other name away.
 * Throws what the file system refuses, `EEXIST` where something stands there; then only the temporary file is gone.
 */
export function takeName(temporary: string, path: string): void {
  try {
    try {
      linkSync(temporary, path);
    } catch (error) {
      if (!knowsNoLinks(error)) throw error;
      // Where no second name can be, the name is taken first and then given away.
      closeSync(openSync(path, 'wx'));
      renameSync(temporary, path);
    }
  } finally {
    rmSync(temporary, { force: true });
  }
  syncFolder(path);
}

function keepOwner(path: string, uid: number, gid: number): void {
  const own = statSync(path);
  if (own.uid === uid && own.gid === gid) return;
  try {
    chownSync(path, uid, gid);
  } catch {
    // Only root gives a file away: it is then this user's, as everything that they write.
  }
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
