/**
 * Who and where this process is, read once at the start. Everything here ends up in events, so a field that the
 * system does not give has a stable replacement instead of failing the start.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { hostname, uptime, userInfo } from 'node:os';
import { HostError, type Machine } from './host.ts';

/** The machine as it is now. Throws `HostError 'not-found'` when the current folder was removed under us. */
export function readMachine(): Machine {
  return {
    bootId: readBootId(),
    hostname: hostname(),
    user: readUser(),
    uid: process.getuid?.() ?? -1,
    pid: process.pid,
    cwd: readCwd(),
    env: Object.fromEntries(
      Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
  };
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return bootIdFromSysctl() ?? bootIdFromUptime();
  }
}

/** macOS and the BSDs have no boot id file; the boot's session id or its moment serves as one. */
function bootIdFromSysctl(): string | null {
  for (const name of ['kern.bootsessionuuid', 'kern.boottime']) {
    try {
      const text = execFileSync('sysctl', ['-n', name], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
      // kern.boottime reads `{ sec = 1700000000, usec = 0 } Tue …`: only the seconds do not depend on locale and zone.
      const seconds = /sec = (\d+)/.exec(text)?.[1];
      if (text !== '') return seconds === undefined ? text : `boot-${seconds}`;
    } catch {
      // The next name, then the uptime: a system without any of them is still usable.
    }
  }
  return null;
}

/** The minute of boot: uptime has whole seconds on some systems, so a finer one would differ between two readings. */
function bootIdFromUptime(): string {
  return `boot-minute-${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
}

function readUser(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers run under user ids that no passwd file names.
    return process.env.USER ?? process.env.LOGNAME ?? `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

function readCwd(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new HostError('not-found', '.', 'the current folder no longer exists; change into one that does', cause);
  }
}
