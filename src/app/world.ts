/**
 * What every use case works in: this process's host, the runs of a state folder, and the terminal as something to be lent.
 *
 * Invariant: opening it changes nothing on the disk.
 */
import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { createRealHost } from '../host/real-host.ts';
import { type Head, JournalError } from '../journal/journal.ts';
import type { RunEvent } from '../run/event.ts';
import { noted } from '../run/noted.ts';
import { Replay } from '../run/reduce.ts';
import type { Note, RunState } from '../run/state.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import { createJournals } from '../store/folder/journals.ts';
import type { Journals } from '../store/journals.ts';
import { assertKnown } from '../store/known.ts';
import { createLocalTargets, type LocalRun } from '../target/local/local-target.ts';
import type { Target } from '../target/target.ts';
import { createTerminalLease, type TerminalLease } from './terminal-lease.ts';

export interface WorldOptions {
  /** State folder; else that of `GONOGO_STATE`, else `./state`. */
  readonly state?: string | undefined;
  /** File that says whose keys count; else as `trust.ts` says. */
  readonly allowedSigners?: string | undefined;
  /** Asks a person for the passphrase of the key in a file; absent or null: nobody can be asked. */
  readonly passphrase?: Passphrase | null;
}

export type Passphrase = (path: string) => Promise<string>;

export interface World {
  readonly host: Host;
  readonly journals: Journals;
  /** This machine as the place where a run's steps happen. */
  readonly here: (run: LocalRun) => Target;
  /** Absolute. */
  readonly stateFolder: string;
  /** As it was given. */
  readonly allowedSigners: string | undefined;
  /** Through it a step, or a prompt of another program, gets the terminal. */
  readonly lease: TerminalLease;
  /** null: nobody can be asked. */
  readonly passphrase: Passphrase | null;
}

/** The host and the runs of the state folder that `options` name. Throws `JournalError 'unusable'` for a folder that cannot be one. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const host = await createRealHost();
  const stateFolder = stateFolderOf(host, options);
  const { allowedSigners, passphrase = null } = options;
  const journals = await createJournals(host, stateFolder, loadActions);
  return {
    host,
    stateFolder,
    allowedSigners,
    journals,
    here: createLocalTargets(host),
    lease: createTerminalLease(),
    passphrase,
  };
}

/** Who only lists runs that were read before needs no action. */
async function loadActions(): Promise<ActionSpecs> {
  return (await import('../actions/registry.ts')).actions;
}

function stateFolderOf(host: Host, options: WorldOptions): string {
  // A variable that is empty says nothing.
  const fromEnvironment = host.machine.env['GONOGO_STATE'] ?? '';
  const named = options.state ?? (fromEnvironment === '' ? 'state' : fromEnvironment);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(named)?.[1];
  if (scheme !== undefined) {
    const source = options.state === undefined ? 'GONOGO_STATE' : '--state';
    // The rest of it may hold a password.
    throw new JournalError('unusable', `${source}: runs cannot live at ${scheme}://…; name a folder`);
  }
  return named.startsWith('/') ? named : join(host.machine.cwd, named);
}

/** The host alone, for what needs no runs. */
export async function openHost(): Promise<Pick<World, 'host'>> {
  return { host: await createRealHost() };
}

/** A run as its journal has it, without the lock. */
export interface ReadRun {
  readonly id: string;
  readonly head: Head;
  readonly state: RunState;
  /** What answers files have said in it. */
  readonly answered: readonly RunEvent[];
}

/** The same with all that happened in it: for reports, which tell it. */
export interface WholeRun extends ReadRun {
  readonly events: readonly RunEvent[];
}

/** The run by id, part of an id, or `latest`. Throws `JournalError`, and `HistoryError` for events that contradict each other. */
export async function readRun(world: World, name: string): Promise<ReadRun> {
  const id = await world.journals.resolve(name);
  const replay = new Replay(id);
  const answered: RunEvent[] = [];
  const { head } = await world.journals.replay(id, (event) => {
    replay.take(event);
    if (event.actor.via === 'answers') answered.push(event);
  });
  return { id, head, state: replay.state, answered };
}

/** A run of which nobody holds the notes: people may write as much as they like. `notes` hands them on one by one, and holds none. */
export interface NotedRun {
  readonly state: RunState;
  readonly notes: (take: (note: Note) => void) => Promise<void>;
}

/** As `readRun`; `notes` in the state are none. */
export async function readNotedRun(world: World, name: string): Promise<NotedRun> {
  const id = await world.journals.resolve(name);
  const replay = new Replay(id);
  let count = 0;
  await world.journals.replay(id, (event) => {
    if (event.type !== 'note.added') return replay.take(event);
    count += 1;
    replay.pass(event);
  });
  const { state } = replay;
  const notes = async (take: (note: Note) => void): Promise<void> => {
    if (count === 0) return;
    await world.journals.replay(id, (event) => {
      // It may have grown since.
      if (event.type === 'note.added' && event.seq <= state.head.seq) take(noted(event));
    });
  };
  return { state, notes };
}

/** The same, for whoever is going to write to the run or about it: throws `JournalError 'newer'` when a newer gonogo wrote to it. */
export async function readKnownRun(world: World, name: string): Promise<ReadRun> {
  const run = await readRun(world, name);
  assertKnown(run.id, run.state);
  return run;
}

/** As `readKnownRun`, with the events up to its head. */
export async function readWholeRun(world: World, name: string): Promise<WholeRun> {
  const run = await readKnownRun(world, name);
  const { events } = await world.journals.read(run.id);
  return { ...run, events: events.slice(0, run.head.seq) };
}
