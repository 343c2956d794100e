/**
 * Which process is which: the kernel's process table, and the identity that a supervisor leaves in `claim`.
 *
 * A pid alone names nobody, because it is used again; pid, start time, boot id and pid namespace together do. A pid is
 * not used again while a group or a session of that number has members, so members of a verified leader are verified.
 *
 * Invariants: nothing here sends a signal or writes a file. Zombies are dead: whoever should reap them may be late. A process that
 * cannot be looked at is not taken for one that has ended.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { HostError } from '../../host/host.ts';
import type { Platform } from './supervisor.ts';

/** One process that is not a zombie. `started` is one word, comparable only with others of the same table. */
export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** The group where the table does not tell sessions. */
  readonly session: number;
  readonly started: string;
}

export interface ProcessTable {
  /** Identity of the pid namespace we are in; `-` where there are none. */
  readonly pidNamespace: string;
  /** Every process that is not a zombie. Processes that end meanwhile are left out. */
  all(): readonly ProcessFacts[];
  /** Whether the process has a file of `folder` open, as far as we may see. */
  holds(pid: number, folder: string): boolean;
  /** Pids of the processes that have `file` open, as far as we may see; without this one. */
  holders(file: string): ReadonlySet<number>;
  /** The command line of a process on one line, or its name; null when it is gone. */
  commandOf(pid: number): string | null;
}

/** The table of this machine, read the way the supervisor of the same platform writes its identity. */
export function processTable(platform: Platform): ProcessTable {
  return platform === 'linux' ? linuxTable() : portableTable();
}

function linuxTable(): ProcessTable {
  const pids = (): readonly string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const opened = (pid: number | string): readonly string[] =>
    (unlessGone(() => readdirSync(`/proc/${pid}/fd`)) ?? []).map(
      (fd) => unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? '',
    );
  return {
    pidNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')) ?? '-',
    all: () =>
      pids().flatMap((pid) => {
        const facts = parseStat(unlessGone(() => readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? '');
        return facts === null ? [] : [facts];
      }),
    holds: (pid, folder) => opened(pid).some((path) => path.startsWith(`${folder}/`)),
    holders: (file) =>
      new Set(
        pids()
          .filter((pid) => Number(pid) !== process.pid && opened(pid).includes(file))
          .map(Number),
      ),
    commandOf: (pid) => {
      const words = orNull(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      const text = words?.replaceAll('\0', ' ').trim() ?? '';
      return text === '' ? (orNull(() => readFileSync(`/proc/${pid}/comm`, 'utf8'))?.trim() ?? null) : text;
    },
  };
}

/** proc_pid_stat(5). The name in parentheses may itself hold parentheses, spaces and line breaks: the last `)` ends it. */
function parseStat(text: string): ProcessFacts | null {
  const nameEnd = text.lastIndexOf(') ');
  const [state = '', parent, group, session, ...rest] = text.slice(nameEnd + 2).split(' ');
  const started = rest[15];
  if (nameEnd < 0 || started === undefined || /^[ZXx]/.test(state)) return null;
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    started,
  };
}

function portableTable(): ProcessTable {
  return {
    pidNamespace: '-',
    all: () =>
      listByPs()
        .split('\n')
        .flatMap((line) => {
          const [pid, parent, group, state = 'Z', ...started] = line.trim().split(/\s+/);
          if (/^[ZX]/.test(state)) return [];
          return [
            {
              pid: Number(pid),
              parent: Number(parent),
              group: Number(group),
              session: Number(group),
              started: started.join('_'),
            },
          ];
        }),
    // POSIX has no way to see another process's files; without proof nothing is signalled.
    holds: () => false,
    holders: () => new Set(),
    commandOf: (pid) =>
      orNull(() => execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim()),
  };
}

function listByPs(): string {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,lstart='], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** It has ended, or it is another user's. */
const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

/** Null for a process that ended between the listing and the look at it. Throws `HostError` when nothing can be seen for another reason. */
function unlessGone<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && GONE.has(error.code)) return null;
    throw new HostError('io', '/proc', `cannot see which processes run: ${String(error)}`, error);
  }
}

/** For what only serves a message, or has another answer. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** Who claimed an attempt. `void`: one of us did, so that it never runs. */
export type Claim = { readonly kind: 'void' } | { readonly kind: 'supervisor'; readonly identity: SupervisorIdentity };

export interface SupervisorIdentity {
  readonly pid: number;
  readonly started: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  /** Pid of the masking filter, or null. */
  readonly filter: number | null;
  /** Pid of the watchdog that enforces the timeout, or null. */
  readonly watchdog: number | null;
}

/** The content of a claim that voids an attempt. */
export const voidClaimText = 'void\n';

/** The status of the command that stands below the claim, where the disk was too full for a file of its own; null: there is none. */
export function statusBelowClaim(text: string): string | null {
  return /^[^\n]+\n(\d{3}\n)$/.exec(text)?.[1] ?? null;
}

/** Reads the content of `claim`; null when it is empty, torn or foreign, and then it proves nothing. */
export function parseClaim(text: string): Claim | null {
  if (text === voidClaimText) return { kind: 'void' };
  const [, pid, started, bootId, pidNamespace, filter, watchdog] =
    /^(\d{1,10}) (\S+) (\S+) (\S+) (\d{1,10}|-) (\d{1,10}|-)\n(?:\d{0,3}|\d{3}\n)$/.exec(text) ?? [];
  if (started === undefined || bootId === undefined || pidNamespace === undefined) return null;
  const identity = {
    pid: Number(pid),
    started,
    bootId,
    pidNamespace,
    filter: filter === '-' ? null : Number(filter),
    watchdog: watchdog === '-' ? null : Number(watchdog),
  };
  // Pids 0 and 1 would turn a signal to a group into one to everybody.
  return identity.pid > 1 ? { kind: 'supervisor', identity } : null;
}

/** What is left of an attempt's processes, told by the identity of its supervisor. */
export interface Remains {
  /** The supervisor, when it runs; with another start time its pid is another's by now, and the rest is empty. */
  readonly supervisor: ProcessFacts | null;
  /** The members of its session and group, or, where it leads none, its descendants; without itself and its attendants. Of a trail, also whoever left these. */
  readonly members: readonly ProcessFacts[];
  /** Whether the supervisor leads its own group. */
  readonly leads: boolean;
  /** The masking filter, when it runs. */
  readonly filter: ProcessFacts | null;
  /** The watchdog and what it waits with. Nothing of the command: alone it means that all have ended. */
  readonly watchdog: readonly ProcessFacts[];
}

/** No process at all. */
export const NOTHING: Remains = { supervisor: null, members: [], leads: false, filter: null, watchdog: [] };

/** What runs of the attempt that `identity` claimed. Empty when it is of another boot or another pid namespace. */
export function remainsOf(
  identity: SupervisorIdentity,
  table: ProcessTable,
  bootId: string,
  all: readonly ProcessFacts[] = table.all(),
): Remains {
  if (identity.bootId !== bootId || identity.pidNamespace !== table.pidNamespace) return NOTHING;
  const holder = all.find(({ pid }) => pid === identity.pid);
  if (holder !== undefined && holder.started !== identity.started) return NOTHING;
  const supervisor = holder ?? null;
  const leads = supervisor === null || supervisor.group === identity.pid;
  const related = leads
    ? all.filter(({ group, session }) => group === identity.pid || session === identity.pid)
    : descendantsOf([identity.pid], all);
  const others = related.filter(({ pid }) => pid !== identity.pid);
  const watches = ({ pid, parent }: ProcessFacts): boolean =>
    identity.watchdog !== null && (pid === identity.watchdog || parent === identity.watchdog);
  return {
    supervisor,
    leads,
    members: others.filter((process) => process.pid !== identity.filter && !watches(process)),
    filter: others.find(({ pid }) => pid === identity.filter) ?? null,
    watchdog: others.filter(watches),
  };
}

/** What `ancestors` have begun, and these in turn, without themselves. */
export function descendantsOf(ancestors: readonly number[], all: readonly ProcessFacts[]): readonly ProcessFacts[] {
  const found = new Set(ancestors);
  // A child may be listed before its parent, so until a round finds nothing new.
  for (let before = 0; before < found.size; ) {
    before = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return all.filter(({ pid }) => !ancestors.includes(pid) && found.has(pid));
}
