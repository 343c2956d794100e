/**
 * Tells whether a process is still the one that was recorded. A pid alone is reused; with its start time and a random
 * word on its command line it is not mistaken for another.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** When the process started, as a word that is the same at every reading; null when there is no such process. */
export function startTime(pid) {
  if (existsSync('/proc/self/stat')) return procStat(pid)?.started ?? null;
  const text = ps(pid, 'lstart=');
  return text === '' ? null : text;
}

/** True while `{pid, started, token}` runs. */
export function isRunning({ pid, started, token }) {
  if (startTime(pid) !== started) return false;
  return commandLine(pid).includes(token);
}

/** A zombie has ended, so it counts as none. */
function procStat(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' ? null : { started: fields[19] };
  } catch {
    return null;
  }
}

function commandLine(pid) {
  if (!existsSync('/proc/self/stat')) return ps(pid, 'args=');
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function ps(pid, field) {
  try {
    const env = { ...process.env, LC_ALL: 'C' };
    return execFileSync('ps', ['-o', field, '-p', String(pid)], { env, encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
