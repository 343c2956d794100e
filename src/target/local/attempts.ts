/**
 * The attempt protocol on a real machine: starts the supervisor (`supervisor.ts`), finds out from the folder what became
 * of it (`attempt-folder.ts`), and ends it.
 *
 * Invariants:
 * - Nothing is spawned before folder and script are durable; nothing is reported as exited before its output is.
 * - An attempt that this process started and whose supervisor has not ended is alive; nobody voids it meanwhile.
 * - No signal goes to a pid or a group that is not proven to be the attempt's.
 * - A secret goes to the environment of the command and through a pipe to the filter, nowhere else.
 */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, closeSync, constants, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, type Files, HostError, type HostErrorCode, type Machine } from '../../host/host.ts';
import { isBinary, programWord } from '../../host/own-programs.ts';
import type { Command, Held } from '../target.ts';
import type { AttemptKnown, AttemptSpec, Attempts } from './attempt.ts';
import {
  heldBy,
  inspectFolder,
  leftBy,
  readClaim,
  runningOf,
  runsNow,
  timedOutSince,
  voidAttempt,
  waitForNews,
} from './attempt-folder.ts';
import { type Groups, noGroups, ownGroups } from './attempt-group.ts';
import { recordMade } from './attempt-made.ts';
import { endProcesses } from './attempt-signals.ts';
import { trailOf } from './attempt-trail.ts';
import type { World } from './attempt-world.ts';
import { instructionsText } from './mask-instructions.ts';
import { processTable, type SupervisorIdentity } from './process-identity.ts';
import { assertProgramThere } from './program-there.ts';
import { type StandBy, StandBys, toldLine } from './stand-by.ts';
import {
  type FilterLaunch,
  type Platform,
  type SupervisorSpec,
  supervisorArguments,
  supervisorFailures,
} from './supervisor.ts';
import { findRecorder, type Recorded, recorded } from './terminal-record.ts';

/** What differs between machines. */
export interface AttemptSettings {
  readonly platform: Platform;
  /** The POSIX shell that runs the supervisor, with its options. */
  readonly shell: readonly string[];
  /** Between TERM and KILL when the supervisor ends a command whose timeout has passed. */
  readonly timeoutGraceMs: number;
  readonly groups: Groups;
  /** Two starts of attempts with the same environment at most so far apart have a supervisor stand by for the next; 0: never. */
  readonly burstMs: number;
}

/** Where the supervisor's own tools are, whatever the command's PATH says. */
const TOOL_PATH = '/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin';

/** How long a supervisor may take to claim or to record a status before it counts as stuck. */
const SUPERVISOR_MS = 10_000;

/** How long an attempt is waited for before it is looked at why it goes on, and how often then. */
const HELD_MS = 1_000;
const HELD_EVERY_MS = 5_000;

/** How long after its claim a supervisor has certainly started the command, unless the machine is overloaded. */
const BEGIN_MS = 200;

/**
 * The attempts of this machine. `settings` overrides what its platform prescribes: POSIX leaves open what opening a FIFO
 * read-write means, Linux defines it; elsewhere attempts are told by pid, start time and group.
 */
export function createAttempts(
  files: Files,
  clock: Clock,
  machine: Machine,
  settings: Partial<AttemptSettings> = {},
): Attempts {
  const platform = settings.platform ?? (process.platform === 'linux' ? 'linux' : 'portable');
  const groups = platform === 'linux' ? ownGroups() : noGroups;
  const chosen: AttemptSettings = {
    platform,
    shell: ['/bin/sh'],
    timeoutGraceMs: 10_000,
    groups,
    burstMs: 1000,
    ...settings,
  };
  const known = {
    running: new Map(),
    made: new Map(),
    broken: new Map(),
    stopping: new Set<string>(),
    ending: new Map(),
  };
  const world: World = { files, clock, machine, table: processTable(platform), platform, ...known };
  const standBys = new StandBys(chosen.shell, platform === 'linux' ? chosen.burstMs : 0, TOOL_PATH);
  return {
    start: async (spec) => {
      assertEnterable(spec.cwd);
      if (spec.refusesAbsent === true) assertProgramThere(spec);
      const filter = spec.secrets.length > 0 && !spec.tty ? await findFilter(files) : null;
      const changed = makeAttemptFolder(spec.folder);
      let standBy: StandBy | null = null;
      try {
        // Begun now, it is there when the folder is durable.
        standBy = isPlain(spec) ? standBys.reserve(spec.env, clock.steady()) : null;
        const begun = onTerminal(machine, spec, await writeAttempt(world, spec, changed));
        const group = chosen.groups.make(spec.folder);
        const supervisor = { ...told(world, spec, chosen), filter, group, umask: process.umask(), argv: begun.argv };
        const line = standBy === null ? null : toldLine(supervisor, spec.cwd);
        if (standBy !== null && line !== null) return standBys.begin(standBy, line, track(world, spec.folder));
        const child = await spawnSupervisor(chosen.shell, supervisor, { ...spec, env: begun.env });
        child.once('exit', track(world, spec.folder));
        child.unref();
        if (standBy !== null) standBys.giveBack(standBy);
      } catch (error) {
        if (standBy !== null) standBys.giveBack(standBy);
        // Where the disk refuses this too, the next look voids it: nothing was spawned that could claim.
        await voidAttempt(world, spec.folder).catch(() => false);
        throw error instanceof HostError ? error : startError(spec.folder, error);
      }
    },
    inspect: (folder, startedBootId) => inspectFolder(world, folder, startedBootId),
    runs: (folder) => runsNow(world, folder),
    wait: (folder, startedBootId, signal, held) =>
      waitForEnd(world, { folder, startedBootId, graceMs: chosen.timeoutGraceMs }, signal, held),
    stop: (folder, startedBootId, graceMs) => stopAttempt(world, folder, startedBootId, graceMs),
    running: (folder) => runningOf(world, folder),
    left: (folder) => leftBy(world, folder),
  };
}

/** Whether all of it can be told to a supervisor that stands by. */
function isPlain({ secrets, tty, tethered }: AttemptSpec): boolean {
  return secrets.length === 0 && !tty && tethered !== true;
}

/** What runs: a command that has the terminal is recorded where that can be, unless it is given a secret. */
function onTerminal(
  { env: own }: Machine,
  { tty, secrets, env, folder }: AttemptSpec,
  argv: readonly string[],
): Recorded {
  const recorder = tty && secrets.length === 0 ? findRecorder(`${TOOL_PATH}:${own.PATH ?? ''}`) : null;
  return recorder === null ? { argv, env } : recorded(recorder, { argv, env, file: join(folder, 'output.log') });
}

/** What the supervisor of `spec` is told, but for its filter and the command itself. */
function told(
  { machine, table, platform }: World,
  { folder, timeoutMs, tty, splitStderr, tethered }: AttemptSpec,
  { timeoutGraceMs }: AttemptSettings,
): Omit<SupervisorSpec, 'filter' | 'group' | 'umask' | 'argv'> {
  return {
    folder,
    bootId: machine.bootId,
    pidNamespace: table.pidNamespace,
    toolPath: `${TOOL_PATH}:${machine.env.PATH ?? ''}`,
    platform,
    timeoutMs,
    graceMs: timeoutGraceMs,
    scope: tty ? 'children' : 'session',
    splitStderr,
    tethered: tethered === true && !tty,
  };
}

interface Waited {
  readonly folder: string;
  readonly startedBootId: string;
  /** What its supervisor gives it when its time is up. */
  readonly graceMs: number;
}

async function waitForEnd(
  world: World,
  { folder, startedBootId, graceMs }: Waited,
  signal: AbortSignal,
  held?: (held: Held) => void,
): Promise<AttemptKnown> {
  let tell = held;
  let timedOutAt: number | null = null;
  let lookAt = world.clock.steady() + HELD_MS;
  for (;;) {
    // Of our own child there is nothing to see before it ends.
    if (world.running.has(folder)) await waitForNews(world, folder, signal);
    const known = await inspectFolder(world, folder, startedBootId);
    if (known.kind === 'never-ran') return neverRan(world.broken.get(folder));
    if (known.kind !== 'alive' && !signal.aborted) await world.ending.get(folder);
    if (known.kind !== 'alive' || signal.aborted) return known;
    if (tell !== undefined && world.clock.steady() >= lookAt) {
      lookAt = world.clock.steady() + HELD_EVERY_MS;
      timedOutAt ??= await timedOutSince(world, folder);
      const found = await heldBy(world, folder, timedOutAt === null ? 0 : world.clock.steady() - timedOutAt - graceMs);
      if (found !== null) {
        tell(found);
        tell = undefined;
      }
    }
    await waitForNews(world, folder, signal);
  }
}

function neverRan(broken: string | undefined): AttemptKnown {
  if (broken === undefined) return { kind: 'never-ran' };
  return { kind: 'never-ran', reason: `its supervisor ended before it began the command: ${broken}` };
}

async function stopAttempt(
  world: World,
  folder: string,
  startedBootId: string,
  graceMs: number,
): Promise<AttemptKnown> {
  const known = await inspectFolder(world, folder, startedBootId);
  if (known.kind !== 'alive') return known;
  await markStopping(world, folder);
  const identity = await waitForIdentity(world, folder);
  const look = trailOf(world, folder, identity);
  await letBegin(world, folder);
  const ending = endProcesses(world, look, identity?.pid ?? null, graceMs);
  world.ending.set(folder, ending);
  await ending;
  // What is still there will not end within any time that a person could wait for.
  return waitAtMost(world, folder, startedBootId, look().members.length > 0 ? 0 : SUPERVISOR_MS);
}

/** From here on the end of the command is not the end of the attempt: neither for us nor for its supervisor. */
async function markStopping({ files, stopping }: World, folder: string): Promise<void> {
  stopping.add(folder);
  try {
    await files.create(join(folder, 'stopping'), new Uint8Array(0));
  } catch (error) {
    // It is there already, or the disk refuses it: what runs is to be ended all the same.
    if (!(error instanceof HostError)) throw error;
  }
}

/** The supervisor's identity; null when nobody, or one of us, claimed. One of ours that has just begun is waited for. */
async function waitForIdentity(world: World, folder: string): Promise<SupervisorIdentity | null> {
  const deadline = world.clock.steady() + SUPERVISOR_MS;
  for (;;) {
    const claim = await readClaim(world.files, folder);
    if (claim.kind === 'supervisor') return claim.identity;
    // One that is damaged is just being written.
    if (claim.kind === 'void' || !world.running.has(folder) || world.clock.steady() > deadline) return null;
    await world.clock.sleep(5);
  }
}

/** A signal that comes between claim and command meets only the supervisor, which ignores it. */
async function letBegin({ files, clock }: World, folder: string): Promise<void> {
  const claimedAt = (await files.facts(join(folder, 'claim')))?.modifiedMs ?? 0;
  await clock.sleep(Math.min(BEGIN_MS, Math.max(0, claimedAt + BEGIN_MS - clock.now())));
}

async function waitAtMost(world: World, folder: string, startedBootId: string, ms: number): Promise<AttemptKnown> {
  const over = new AbortController();
  const ended = new AbortController();
  const timer = world.clock.sleep(ms, ended.signal).then(() => over.abort());
  try {
    return await waitForEnd(world, { folder, startedBootId, graceMs: 0 }, over.signal);
  } finally {
    ended.abort();
    await timer;
  }
}

/** Makes the folder, which must not exist, and missing parents. Returns the folders that `writeAttempt` makes durable. */
function makeAttemptFolder(folder: string): readonly string[] {
  try {
    const highest = mkdirSync(dirname(folder), { recursive: true, mode: 0o700 }) ?? folder;
    mkdirSync(folder, { mode: 0o700 });
    const changed = [folder, dirname(folder)];
    for (let made = dirname(folder); made.length >= highest.length; made = dirname(made)) changed.push(dirname(made));
    return changed;
  } catch (error) {
    throw startError(folder, error);
  }
}

/** Writes what the supervisor needs, makes it durable with `changed`, and returns the command's argv. */
async function writeAttempt(
  world: World,
  { folder, command, splitStderr }: AttemptSpec,
  changed: readonly string[],
): Promise<readonly string[]> {
  const script = join(folder, 'script');
  for (const [path, text] of [
    [script, scriptText(command)],
    [join(folder, 'output.log'), ''],
    ...(splitStderr ? ([[join(folder, 'stderr.log'), '']] as const) : []),
  ] as const) {
    writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  }
  recordMade(world, folder);
  // Together, because the file system then writes once.
  await Promise.all([script, ...changed].map((path) => world.files.sync(path)));
  return command.kind === 'argv' ? command.argv : [...command.shell, script];
}

/** For an argv, the record of what runs, in a form to paste into a shell; the supervisor gets the argv itself. */
function scriptText(command: Command): string {
  if (command.kind === 'script') return command.text;
  return `${command.argv.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')}\n`;
}

async function spawnSupervisor(
  shell: readonly string[],
  supervisor: SupervisorSpec,
  spec: AttemptSpec,
): Promise<ChildProcess> {
  const { filter, tethered } = supervisor;
  const [program = '/bin/sh', ...options] = shell;
  const output = openSync(join(spec.folder, 'output.log'), 'a');
  const errors = spec.splitStderr ? openSync(join(spec.folder, 'stderr.log'), 'a') : output;
  try {
    // Never a pipe of ours: the command's output must not depend on this process.
    const stdio: StdioOptions = spec.tty
      ? [0, 1, 'ignore', 2]
      : [tethered === true ? 'pipe' : 'ignore', output, 'ignore', errors];
    const child = spawn(program, [...options, ...supervisorArguments(supervisor)], {
      cwd: spec.cwd,
      env: { ...spec.env, PWD: spec.cwd },
      // A command on the terminal stays in the terminal's session, or it would have no terminal to ask at.
      detached: !spec.tty,
      stdio: filter === null ? stdio : [...stdio, 'pipe'],
    });
    if (child.pid === undefined) {
      const [cause]: unknown[] = await once(child, 'error').catch((error: unknown) => [error]);
      throw cause;
    }
    if (child.stdin instanceof Socket) hold(child, child.stdin);
    if (filter !== null) instruct(child, spec, filter);
    return child;
  } finally {
    closeSync(output);
    if (errors !== output) closeSync(errors);
  }
}

/** Keeps the pipe of a tethered command open for as long as its supervisor and this process both live. */
function hold(child: ChildProcess, pipe: Socket): void {
  pipe.on('error', () => pipe.destroy());
  pipe.unref();
  child.once('exit', () => pipe.destroy());
}

/** Tells the filter its secrets. They fit the kernel's buffer, so they have left us when this returns. */
function instruct(child: ChildProcess, { secrets, splitStderr }: AttemptSpec, { marker }: FilterLaunch): void {
  const pipe = child.stdio[4];
  if (!(pipe instanceof Socket)) return;
  // A supervisor that died already shows in its folder.
  pipe.on('error', () => pipe.destroy());
  pipe.unref();
  pipe.end(instructionsText({ secrets, marker, split: splitStderr }), () => pipe.destroy());
}

/** Keeps in mind that the attempt is ours and alive until what this returns is called with how its supervisor ended. */
function track({ running, broken }: World, folder: string): (code: number | null, signal?: string | null) => void {
  const ended = new AbortController();
  running.set(folder, ended.signal);
  return (code, signal = null) => {
    const how = code === null ? (signal ?? 'somebody') : `exit ${code}`;
    if (code !== 0) broken.set(folder, supervisorFailures[code ?? 0] ?? `it was ended by ${how}`);
    running.delete(folder);
    ended.abort();
  };
}

/** The filter lies beside this file, in the sources and in a build alike. */
async function findFilter(files: Files): Promise<FilterLaunch> {
  const here = fileURLToPath(import.meta.url);
  const program = join(dirname(here), here.endsWith('.ts') ? 'mask-filter.ts' : 'mask-filter.cjs');
  if (!isBinary() && (await files.facts(program)) === null) {
    throw new HostError('not-found', program, `cannot mask secrets: ${program} is missing; install gonogo anew`);
  }
  return { node: process.execPath, program: programWord(program), marker: `gonogo-end-${randomUUID()}` };
}

function assertEnterable(cwd: string): void {
  try {
    if (!statSync(cwd).isDirectory())
      throw new HostError('not-directory', cwd, `cannot run in ${cwd}: it is not a folder`);
    accessSync(cwd, constants.X_OK);
  } catch (error) {
    throw error instanceof HostError ? error : folderError(cwd, error);
  }
}

const FOLDER_ERRORS: Readonly<Record<string, readonly [HostErrorCode, string]>> = {
  ENOENT: ['not-found', 'the folder does not exist'],
  ENOTDIR: ['not-directory', 'a part of the path is not a folder'],
  EACCES: ['denied', 'permission denied'],
  ELOOP: ['link', 'its symbolic links lead in a circle'],
};

function folderError(cwd: string, cause: unknown): HostError {
  const [code, reason] = FOLDER_ERRORS[errnoOf(cause)] ?? ['io', errnoOf(cause)];
  return new HostError(code, cwd, `cannot run in ${cwd}: ${reason}`, cause);
}

const START_ERRORS: Readonly<Record<string, readonly [HostErrorCode, string]>> = {
  E2BIG: ['too-large', 'its arguments and environment are larger than the system allows'],
  EAGAIN: ['io', 'the system allows no more processes'],
  ENOMEM: ['io', 'the system has no memory left'],
  EMFILE: ['io', 'this process may open no more files'],
  ENFILE: ['io', 'the system can open no more files'],
  EEXIST: ['exists', 'its folder is there already'],
  ENOTDIR: ['not-directory', 'a part of the path is not a folder'],
  ENOSPC: ['no-space', 'no space left on the disk'],
  EDQUOT: ['no-space', 'the disk quota is used up'],
  EROFS: ['read-only', 'the file system is read-only'],
  EACCES: ['denied', 'permission denied'],
  ENOENT: ['not-found', 'its shell or its folder does not exist'],
  ERR_INVALID_ARG_VALUE: ['io', 'an argument or a variable holds a NUL byte'],
};

function startError(folder: string, cause: unknown): HostError {
  const [code, reason] = START_ERRORS[errnoOf(cause)] ?? ['io', errnoOf(cause)];
  return new HostError(code, folder, `cannot start the command: ${reason}`, cause);
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);
}
