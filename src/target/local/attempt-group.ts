/**
 * A control group of its own for each attempt, where this process may make one (Linux, cgroup v2, in the group that it is in itself).
 * Whatever a command begins stays in it, also what has left the session, closed every file and lost its parent.
 *
 * Invariants:
 * - A group that cannot be looked at is not taken for an empty one.
 * - Where there is none, or the kernel refuses it, everything goes on without, and nobody is told.
 * - The file `cgroup` in the attempt's folder says where the group is. It is believed only for a folder of the kernel's own file
 *   system that has this very attempt's name, so that a file which somebody wrote names no other processes.
 */
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { HostError } from '../../host/host.ts';

/** Of statfs(2). */
const CGROUP2_MAGIC = 0x63_67_72_70;

const FILE = 'cgroup';

/** Makes groups in `base`, an absolute folder; null: there is no place for them. */
export interface Groups {
  /** The group of the attempt in `folder`, made now and named there; null: there is none. */
  make(folder: string): string | null;
}

/** Groups in the one that this process is in. */
export function ownGroups(): Groups {
  let base: string | null | undefined;
  let swept = false;
  return {
    make: (folder) => {
      if (base === undefined) base = ownGroup();
      if (base === null) return null;
      const path = join(base, nameFor(folder));
      try {
        mkdirSync(path);
      } catch {
        // Who may make none here may not the next time either.
        base = null;
        return null;
      }
      writeFileSync(join(folder, FILE), `${path}\n`, { flag: 'wx', mode: 0o600 });
      if (!swept) removeLeft(base, path);
      swept = true;
      return path;
    },
  };
}

/** A group that was made longer ago than this, and in which nothing runs, is not about to be entered. */
const ENTERED_MS = 60_000;

/** Takes away the empty groups of attempts that nobody looked at to their end. `made`: a group that was made now. */
function removeLeft(base: string, made: string): void {
  try {
    const now = statSync(made).mtimeMs;
    for (const name of readdirSync(base)) {
      const path = join(base, name);
      // The kernel refuses it for a group in which something runs.
      if (/^gonogo-[0-9a-f]{32}$/.test(name) && statSync(path).mtimeMs < now - ENTERED_MS)
        tolerating(() => rmdirSync(path));
    }
  } catch {
    // Another process took one away meanwhile; what is left is left to the next.
  }
}

function tolerating(work: () => void): void {
  try {
    work();
  } catch {
    // It is in use.
  }
}

/** Where no groups are to be made. */
export const noGroups: Groups = { make: () => null };

/** The folder of this process's group, or null. See cgroups(7), proc_pid_mountinfo(5). */
function ownGroup(): string | null {
  try {
    const own = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
      const [root, mounted] = line.split(' ').slice(3, 5);
      if (!line.includes(' - cgroup2 ') || own === undefined || root === undefined || mounted === undefined) continue;
      const within = root === '/' ? own : own.startsWith(`${root}/`) || own === root ? own.slice(root.length) : null;
      // A group above the namespace's root begins with `/..`.
      if (within !== null && !within.startsWith('/..')) return join(mounted, within);
    }
  } catch {
    // No /proc, or none of ours.
  }
  return null;
}

/** Differs for every folder of this machine, so that one attempt's group is not taken for another's. */
function nameFor(folder: string): string {
  return `gonogo-${createHash('sha256').update(realpathSync.native(folder)).digest('hex').slice(0, 32)}`;
}

/** The group of the attempt in `folder`, as far as it is there and its own; null: there is none. Throws `HostError` when it cannot be told. */
function groupOf(folder: string): string | null {
  const path = unlessGone(() => readFileSync(join(folder, FILE), 'utf8'))?.trimEnd();
  if (path === undefined || !isAbsolute(path)) return null;
  const own = unlessGone(() => nameFor(folder));
  const type = unlessGone(() => statfsSync(path).type);
  return basename(path) === own && type === CGROUP2_MAGIC ? path : null;
}

/** Pids of what runs in the group of the attempt in `folder`. Throws `HostError` when it cannot be told. */
export function groupMembers(folder: string): ReadonlySet<number> {
  const group = groupOf(folder);
  const text = group === null ? null : unlessGone(() => readFileSync(join(group, 'cgroup.procs'), 'utf8'));
  // A process of another pid namespace reads as 0.
  return new Set(
    (text ?? '')
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 1 && pid !== process.pid),
  );
}

/** What is not there, as opposed to what cannot be looked at. */
const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ENODEV', 'ELOOP', 'EISDIR', 'ENAMETOOLONG']);

function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && GONE.has(error.code)) return null;
    throw new HostError('io', FILE, `cannot see what runs in the control group of an attempt: ${String(error)}`, error);
  }
}

/** Takes the group of the attempt in `folder` away, unless something still runs in it. */
export function removeGroup(folder: string): void {
  try {
    const group = groupOf(folder);
    if (group !== null) rmdirSync(group);
  } catch {
    // What the command left running keeps it; it goes with the session or the boot.
  }
}
