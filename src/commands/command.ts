/**
 * What every command shares: where it writes, how it fails, and how it reaches the state folder.
 *
 * Invariants: data goes to stdout, talk to stderr; everything shown passes the sanitiser; a command returns its exit code
 * and never ends the process.
 */
import { join } from 'node:path';
import { visible } from '../diagnostics/sanitise.ts';
import { BrokenRun } from '../engine/broken-run.ts';
import { exitCodeOf, exitCodes } from '../engine/exit-code.ts';
import type { Host } from '../host/host.ts';
import { createRealHost } from '../host/real-host.ts';
import { JournalError } from '../journal/journal.ts';
import { outcomeSentence } from '../report/outcome.ts';
import { reduceAll } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import { createJournals } from '../store/folder/journals.ts';
import type { Journals } from '../store/journals.ts';
import { createLocalTargets, type LocalRun } from '../target/local/local-target.ts';
import type { Target } from '../target/target.ts';
import { createTerminalLease, type TerminalLease } from '../tui/terminal-lease.ts';

export interface Io {
  /** Text with its line breaks. */
  stdout(text: string): void;
  stderr(text: string): void;
  /** True when a person sits at a terminal: stdin and stdout are one. */
  readonly terminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Wrong input: one clear message, exit 2. The message may have several lines. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Whoever drove the run ended it before this process got it. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded';
  readonly state: RunState;
  constructor(state: RunState) {
    super(`run ${state.id} has ended meanwhile: ${outcomeSentence(state)}`);
    this.state = state;
  }
}

export interface StateOptions {
  /** `--state`. */
  readonly state?: string | undefined;
  /** `--allowed-signers`. */
  readonly allowedSigners?: string | undefined;
}

export interface World {
  readonly host: Host;
  readonly journals: Journals;
  /** This machine as the place where a run's steps happen. */
  readonly here: (run: LocalRun) => Target;
  /** Absolute. */
  readonly stateFolder: string;
  /** `--allowed-signers`, as given. */
  readonly allowedSigners: string | undefined;
  /** Through it a step, or a prompt of another program, gets the terminal. */
  readonly lease: TerminalLease;
}

/** The host and the runs of the state folder: `--state`, else `GONOGO_STATE`, else `./state`. */
export async function openWorld(options: StateOptions): Promise<World> {
  const host = await createRealHost();
  const stateFolder = stateFolderOf(host, options);
  const { allowedSigners } = options;
  const journals = await createJournals(host, stateFolder);
  const here = createLocalTargets(host);
  return { host, stateFolder, allowedSigners, journals, here, lease: createTerminalLease() };
}

function stateFolderOf(host: Host, options: StateOptions): string {
  const named = options.state ?? host.machine.env['GONOGO_STATE'] ?? 'state';
  return named.startsWith('/') ? named : join(host.machine.cwd, named);
}

/** The state of a run by id, part of an id, or `latest`, without taking its lock. */
export async function readRun(world: World, name: string): Promise<ReadRun> {
  const id = await world.journals.resolve(name);
  const read = await world.journals.read(id);
  return { ...read, state: reduceAll(read.events, id) };
}

export type ReadRun = Awaited<ReturnType<Journals['read']>> & { readonly state: RunState };

/** The exit code of an error that a command ended with, after telling it. */
export function report(io: Io, error: unknown): number {
  if (io.env['GONOGO_DEBUG'] === '1' && error instanceof Error) io.stderr(`${error.stack ?? error.message}\n`);
  if (error instanceof RunEnded) {
    io.stdout(`${visible(error.message)}\n`);
    return exitCodeOf(error.state);
  }
  if (error instanceof BrokenRun) {
    io.stderr(`gonogo: ${visible(error.message)}\n`);
    return error.exitCode;
  }
  if (error instanceof JournalError) {
    io.stderr(`gonogo: ${visible(error.message)}\n`);
    return error.code === 'held' ? exitCodes.held : error.code === 'broken' ? exitCodes.waits : exitCodes.badInput;
  }
  const message = error instanceof Error ? error.message : String(error);
  io.stderr(`gonogo: ${visible(message)}\n`);
  return exitCodes.badInput;
}

/** One JSON document on stdout. */
export function printJson(io: Io, value: unknown): void {
  io.stdout(`${JSON.stringify(value, null, 2)}\n`);
}

/** Resolves like `work`, after calling `act` once for the first SIGINT, SIGTERM or SIGHUP. */
export async function onSignals<T>(act: () => void, work: Promise<T>): Promise<T> {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of names) process.on(name, act);
  try {
    return await work;
  } finally {
    for (const name of names) process.off(name, act);
  }
}
