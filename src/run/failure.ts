/**
 * How the program words a failure by its cause. Every reason of a failed step is made here, so that the terminal, the
 * journal and the report say it in the same words.
 *
 * Invariant: one line, no line break, at most `reasonLengthMax` characters, never the value of a secret (callers mask).
 */
import { cut } from '../diagnostics/cut.ts';
import { nearest } from '../runbook/nearest.ts';
import { durationText } from '../runbook/scalar.ts';

import type { Outlived, RunningProcess } from './event.ts';

const reasonLengthMax = 300;
const namedMax = 5;
const commandLengthMax = 60;

const signalNames: Readonly<Record<number, string>> = {
  1: 'HUP',
  2: 'INT',
  3: 'QUIT',
  4: 'ILL',
  5: 'TRAP',
  6: 'ABRT',
  7: 'BUS',
  8: 'FPE',
  9: 'KILL',
  10: 'USR1',
  11: 'SEGV',
  12: 'USR2',
  13: 'PIPE',
  14: 'ALRM',
  15: 'TERM',
  24: 'XCPU',
  25: 'XFSZ',
  31: 'SYS',
};

/** Processes as an operator would look for them: at most five, then how many more. */
export function processNames(processes: readonly RunningProcess[]): string {
  const shown = processes
    .slice(0, namedMax)
    .map(({ pid, command }) => `pid ${pid} \`${oneLine(command, commandLengthMax)}\``);
  const more = processes.length - shown.length;
  if (shown.length === 0) return 'a process that cannot be seen from here';
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Why an attempt goes on that should not, and by what. */
export function outlivedReason({ cause, processes }: Outlived): string {
  const runs = `${processNames(processes)} still ${processes.length > 1 ? 'run' : 'runs'}`;
  switch (cause) {
    case 'stop':
      return `stopping: ${runs}`;
    case 'timeout':
      return `its time is up: ${runs}`;
    case 'supervisor':
      return `its supervisor has ended, and ${runs}: it is waited for; end it by hand, or stop the step`;
  }
}

/** What a command printed that nobody finds any more: without it, nothing backs what it came to. */
export const goneReason = 'what it printed is gone from the disk';

/** Output that could not be kept: what it came to cannot be told from what there is of it. */
export function lostReason(exit: number): string {
  return `some of its output is lost: the filter that masks secrets ended before it had written everything (exit ${exit})`;
}

/**
 * `exit` as a shell gives it, with the way out where it is a known trap. `output` is searched for what the shell said; `names`
 * are those that an unset variable may have been meant to have.
 */
export function exitReason(exit: number, output: string, names: readonly string[] = []): string {
  const end = output.slice(-2000);
  const hint = trapIn(exit, end, names);
  return oneLine(hint === null ? plainExit(exit, end) : `${plainExit(exit, end)}: ${hint}`);
}

function plainExit(exit: number, output: string): string {
  if (exit === 127) {
    const name = notFound(output);
    return name === undefined ? 'command not found (exit 127)' : `command not found: ${name} (exit 127)`;
  }
  if (exit === 126) return 'the command cannot be executed (exit 126)';
  const signal = signalNames[exit - 128];
  return signal === undefined ? `exit ${exit}` : `killed by signal ${exit - 128} (${signal})`;
}

/** Signals that a program sends itself or gets in the course of its work: what ended by one did not have to be ended. */
const ordinary: ReadonlySet<string> = new Set(['PIPE', 'USR1', 'USR2', 'ALRM']);

/** True for the exit of a command that somebody or something ended before it was done. */
export function isKilled(exit: number): boolean {
  const signal = signalNames[exit - 128];
  return signal !== undefined && !ordinary.has(signal);
}

function notFound(output: string): string | undefined {
  return /(?:^|[\s:])([^\s:]{1,100}): (?:command )?not found\s*$/m.exec(output)?.[1];
}

/** Why it probably is, and what to do; null where nothing is known. */
function trapIn(exit: number, output: string, names: readonly string[]): string | null {
  const unbound = /(?:^|[\s:])([A-Za-z_][A-Za-z0-9_]{0,100}): (?:unbound variable|parameter not set)\s*$/m.exec(
    output,
  )?.[1];
  if (unbound !== undefined) {
    const meant = nearest(unbound, names);
    return meant === null ? `$${unbound} is not set` : `$${unbound} is not set; did you mean $${meant}?`;
  }
  if (/inappropriate ioctl|not a (?:tty|typewriter)|the input device is not a TTY/i.test(output)) {
    return 'it wants a terminal: say `tty: true` at the step, or tell the command to do without';
  }
  switch (exit) {
    case 126:
      return 'it is no program, or its file is not executable (chmod +x)';
    case 127:
      return 'install it, or put its folder on PATH';
    case 137:
      return 'somebody ended it, or the machine had no memory left (see dmesg)';
    case 141:
      return 'what reads a pipe, such as head or grep -q, ended before what writes into it; let it read to the end';
    default:
      return null;
  }
}

/** The attempt was ended because it took longer than allowed. */
export function timeoutReason(timeoutMs: number): string {
  return `timed out after ${durationText(timeoutMs)}`;
}

/** An HTTP answer that was not the expected one. */
export function statusReason(status: number): string {
  return `HTTP ${status}`;
}

/** An `expect` that was false; `detail`: the values it saw, or why it could not be evaluated. */
export function expectationReason(source: string, detail: string): string {
  return oneLine(`expected ${source}${detail === '' ? '' : `, but ${detail}`}`);
}

/** A value that could not be captured. */
export function captureReason(variable: string, why: string): string {
  return oneLine(`could not capture ${variable}: ${why}`);
}

/** `text` on one line, spaces collapsed, shortened to `lengthMax`. */
export function oneLine(text: string, lengthMax = reasonLengthMax): string {
  return cut(text.replaceAll(/\s+/g, ' ').trim(), lengthMax);
}
