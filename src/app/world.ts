/**
 * What every use case works in: this process's host, the runs of a state folder or a database, and the terminal as something to be lent.
 *
 * Invariants: opening it changes nothing on the disk, but for the work folder of shared runs. A password that stands in an address is in no
 * environment that children get.
 */
import type { Host } from '../host/host.ts';
import { createRealHost } from '../host/real-host.ts';
import type { Head } from '../journal/journal.ts';
import type { RunEvent } from '../run/event.ts';
import { noted } from '../run/noted.ts';
import { Replay } from '../run/reduce.ts';
import type { Note, RunState } from '../run/state.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import { createJournals } from '../store/folder/journals.ts';
import type { Journals } from '../store/journals.ts';
import { assertKnown } from '../store/known.ts';
import type { openShared, SharedRuns } from '../store/postgres/open.ts';
import { createLocalTargets, type LocalRun } from '../target/local/local-target.ts';
import type { Target } from '../target/target.ts';
import { isShared, stateOf, stateVariable, withoutPassword } from './state-place.ts';
import { createTerminalLease, type TerminalLease } from './terminal-lease.ts';
import { Trouble } from './trouble.ts';

export interface WorldOptions {
  /** State folder, or address of a database; else that of `GONOGO_STATE`, else that of `config.yaml`, else `./state`. */
  readonly state?: string | undefined;
  /** How long a database that is away is waited for once no command runs, ms. */
  readonly storeWaitMs?: number | undefined;
  /** Under whose name a run of a database is driven from here; absent: that of the machine's user. */
  readonly operator?: string | undefined;
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
  /** How a person calls where the runs are: a folder, an address. */
  readonly runsAt: string;
  /** Absolute folder for what is kept beside the runs on this machine: the state folder, where they live in one. */
  readonly stateFolder: string;
  /** What opens the store and nobody else is to have, by a name that no variable has: no step gets it, and no record or output holds it. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Why nothing can be recorded now; null: it can. */
  readonly trouble: Trouble;
  /** As it was given. */
  readonly allowedSigners: string | undefined;
  /** Through it a step, or a prompt of another program, gets the terminal. */
  readonly lease: TerminalLease;
  /** null: nobody can be asked. */
  readonly passphrase: Passphrase | null;
}

/** The host and the runs of what `options` name. Throws `JournalError` for a folder or a database that cannot be one. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const real = await createRealHost();
  const state = await stateOf(real, options);
  hidePassword(options.state);
  const host = state.shared ? withoutPasswords(real) : real;
  const { allowedSigners, passphrase = null, storeWaitMs = storeWaitDefaultMs, operator } = options;
  const trouble = new Trouble();
  const runs = state.shared
    ? await openRuns(real, state.named, { waitMs: storeWaitMs, operator, trouble: (words) => trouble.set(words) })
    : {
        journals: await createJournals(host, state.named, loadActions),
        name: state.named,
        folder: state.named,
        password: null,
      };
  return {
    host,
    runsAt: runs.name,
    stateFolder: runs.folder,
    secrets: new Map(runs.password === null ? [] : [[passwordVariable, runs.password]]),
    trouble,
    allowedSigners,
    journals: runs.journals,
    here: createLocalTargets(host),
    lease: createTerminalLease(),
    passphrase,
  };
}

const storeWaitDefaultMs = 60_000;

async function openRuns(host: Host, address: string, how: Parameters<typeof openShared>[3]): Promise<SharedRuns> {
  const { openShared: open } = await import('../store/postgres/open.ts');
  return open(host, address, loadActions, how);
}

/** Who only lists runs that were read before needs no action. */
async function loadActions(): Promise<ActionSpecs> {
  return (await import('../actions/registry.ts')).actions;
}

const passwordVariable = 'PGPASSWORD';

/** `real` without what opens the store, in its environment and in that of this process: children get them. */
function withoutPasswords(real: Host): Host {
  const { [passwordVariable]: _, ...env } = real.machine.env;
  delete process.env[passwordVariable];
  const own = env[stateVariable];
  if (own === undefined || !isShared(own)) return { ...real, machine: { ...real.machine, env } };
  const shown = withoutPassword(own);
  process.env[stateVariable] = shown;
  return { ...real, machine: { ...real.machine, env: { ...env, [stateVariable]: shown } } };
}

/** What stands on the command line is for every user of the machine to see: with a password in `state` it is taken away. */
export function hidePassword(state: string | undefined): void {
  if (state !== undefined && withoutPassword(state) !== state) process.title = 'gonogo';
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
