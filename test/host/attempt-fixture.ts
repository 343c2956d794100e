/**
 * What the tests of the attempt protocol share: a folder of their own, specs with defaults, and looks at the process
 * table. Everything is real; whatever a test leaves running is ended with its session.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { realClock } from '../../src/host/clock.ts';
import { realFiles } from '../../src/host/files.ts';
import { readMachine } from '../../src/host/machine.ts';
import type { AttemptKnown, AttemptSpec, Attempts } from '../../src/target/local/attempt.ts';
import { noGroups } from '../../src/target/local/attempt-group.ts';
import { type AttemptSettings, createAttempts } from '../../src/target/local/attempts.ts';

export const machine = readMachine();
export const bootId = machine.bootId;
export const never = new AbortController().signal;

/** The shells of this machine that must run the supervisor. */
export const shells: readonly (readonly string[])[] = [
  ['/bin/sh'],
  ...(existsSync('/bin/dash') ? [['/bin/dash']] : []),
  ...(existsSync('/bin/bash') ? [['/bin/bash', '--posix']] : []),
  ...(existsSync('/bin/busybox') ? [['/bin/busybox', 'sh']] : []),
];

/** Attempts as another process would see them: nothing is known of what this one started. Without control groups, unless asked for. */
export function freshAttempts(settings: Partial<AttemptSettings> = {}): Attempts {
  return createAttempts(realFiles, realClock, machine, { groups: noGroups, ...settings });
}

let base = '';
let count = 0;

/** A folder for each test of the file that calls this, with nothing left running in it. */
export function inFoldersOfTheirOwn(): void {
  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), 'gonogo-attempts-')));
    count = 0;
  });

  afterEach(() => {
    for (const pid of processesUnder(base)) kill(pid);
    rmSync(base, { recursive: true, force: true });
  });
}

/** A path in the test's folder. */
export function at(...names: readonly string[]): string {
  return join(base, ...names);
}

/** A spec with an attempt folder that does not exist yet; its environment is PATH and what is given. */
export function specOf(given: Partial<AttemptSpec> & { readonly text?: string } = {}): AttemptSpec {
  const { text = '', ...rest } = given;
  count += 1;
  return {
    folder: at('steps', `00${count}-step`, '1'),
    command: { kind: 'script', text, shell: ['bash', '-euo', 'pipefail'] },
    env: { PATH: process.env.PATH ?? '' },
    cwd: base,
    timeoutMs: null,
    splitStderr: false,
    secrets: [],
    tty: false,
    ...rest,
  };
}

/** Starts it and waits for its end. */
export async function run(attempts: Attempts, spec: AttemptSpec): Promise<AttemptKnown> {
  await attempts.start(spec);
  return attempts.wait(spec.folder, bootId, never);
}

export function textOf(spec: AttemptSpec, name = 'output.log'): string {
  return readFileSync(join(spec.folder, name), 'utf8');
}

/** What the attempt appended to its mark so far, one line a run: the side effect that must not happen twice. */
export function linesOf(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
}

/** Waits until the condition holds; fails after `withinMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

/** Pid of the attempt's supervisor, as soon as it has claimed. */
export async function supervisorOf(spec: AttemptSpec): Promise<number> {
  const claim = join(spec.folder, 'claim');
  await until('a claim', () => existsSync(claim));
  return Number.parseInt(readFileSync(claim, 'utf8'), 10);
}

/** Whether the process is there and no zombie. */
export function runs(pid: number): boolean {
  try {
    // Threads outlive the one that a process began with, and hold its files as long as they do.
    const ended = /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    return !ended || readdirSync(`/proc/${pid}/task`).length > 1;
  } catch {
    return false;
  }
}

/** Pids of the session, without zombies. */
export function session(leader: number): readonly number[] {
  return pids().filter((pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      return Number(fields[3]) === leader && !/^[ZX]/.test(fields[0] ?? 'Z');
    } catch {
      return false;
    }
  });
}

export function pids(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Processes that work in the folder or have something of it open. */
function processesUnder(folder: string): readonly number[] {
  return pids().filter((pid) => {
    if (pid === process.pid) return false;
    const links = [`/proc/${pid}/cwd`];
    try {
      links.push(...readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`));
    } catch {
      return false;
    }
    return links.some((link) => linkTarget(link).startsWith(folder));
  });
}

function linkTarget(link: string): string {
  try {
    return realpathSync(link);
  } catch {
    return '';
  }
}

export function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already, which is all that is wanted.
  }
}

/** A process of its own that starts the attempt and then only stays, to be killed. Resolves when it has started it. */
export async function startElsewhere(spec: AttemptSpec): Promise<ChildProcess> {
  const starter = new URL('attempt-starter.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [starter], { stdio: ['pipe', 'pipe', 'inherit'] });
  // Through a pipe, because the spec may hold secrets that no argument may show.
  child.stdin.end(JSON.stringify(spec));
  let said = '';
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  await until('the start', () => said.includes('started'));
  return child;
}

/** What an attempt's folder holds before its supervisor is spawned. */
export function prepare(spec: AttemptSpec): void {
  mkdirSync(spec.folder, { recursive: true });
  for (const name of ['script', 'output.log']) writeFileSync(join(spec.folder, name), '');
  writeFileSync(join(spec.folder, 'made'), `output.log ${statSync(join(spec.folder, 'output.log')).ino}\n`);
}
