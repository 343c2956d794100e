/**
 * Looks that stay in one folder: what an audit reads is what is in it, so a symbolic link that leaves it is no evidence.
 *
 * Invariants:
 * - A path that is named outside the folder is looked at as it is named: who wrote the checklist meant it. Only where a path of the
 *   folder comes out is judged.
 * - The real place of a folder is asked for once.
 */
import { posix } from 'node:path';
import { type FileLooks, HostError } from '../host/host.ts';

/** Where a link leads that leaves the folder. `kind`: of what is there. */
export interface WayOut {
  readonly to: string;
  readonly kind: 'file' | 'folder';
}

/** `files`, as far as they are in `root` (absolute). What a link leads out of it to is refused: `HostError` `link`, naming both. */
export function insideFolder(files: FileLooks, root: string): FileLooks {
  const folders = new Map<string, Promise<void>>();
  let real: Promise<string | null> | null = null;
  const realRoot = (): Promise<string | null> => {
    real ??= files.realPath(root);
    return real;
  };
  const assertInside = async (path: string): Promise<void> => {
    const to = await outside(files, { root, realRoot }, path);
    if (to === null) return;
    const message = `${path} leads out of the audited folder by a symbolic link, to ${to}: that is no evidence`;
    throw new HostError('link', path, message);
  };
  const assertFolder = (path: string): Promise<void> => {
    const known = folders.get(path) ?? assertInside(path);
    folders.set(path, known);
    return known;
  };
  const { readAtOnce } = files;
  return {
    read: async (path, options) => {
      await assertInside(path);
      return files.read(path, options);
    },
    readRange: async (path, start, length) => {
      await assertInside(path);
      return files.readRange(path, start, length);
    },
    // For what was looked at before and is no link; the folder that it is in was looked at too.
    ...(readAtOnce === undefined ? {} : { readAtOnce }),
    facts: async (path) => {
      await assertFolder(posix.dirname(path));
      return files.facts(path);
    },
    realPath: (path) => files.realPath(path),
    list: async (path) => {
      await assertFolder(path);
      return files.list(path);
    },
  };
}

/** Where the link at `path` leads when that is out of `root`; null: it stays inside, or leads nowhere. */
export async function wayOut(files: FileLooks, root: string, path: string): Promise<WayOut | null> {
  const to = await outside(files, { root, realRoot: () => files.realPath(root) }, path);
  if (to === null) return null;
  const facts = await files.facts(to);
  return { to, kind: facts?.kind === 'directory' ? 'folder' : 'file' };
}

interface Folder {
  readonly root: string;
  readonly realRoot: () => Promise<string | null>;
}

/** The real place of `path` when it is named inside the folder and is outside; null otherwise. */
async function outside(files: FileLooks, { root, realRoot }: Folder, path: string): Promise<string | null> {
  if (!isIn(posix.normalize(root), posix.normalize(path))) return null;
  const real = await files.realPath(path);
  const inside = await realRoot();
  return real === null || inside === null || isIn(inside, real) ? null : real;
}

function isIn(root: string, path: string): boolean {
  const folder = root.endsWith('/') ? root : `${root}/`;
  return path === root || path === folder || path.startsWith(folder);
}
