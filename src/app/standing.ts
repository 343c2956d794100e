/**
 * How runs stand now: what their journals say, and a look at what was begun and may still run. Looking changes nothing.
 */
import { begunCommands, type GoingOn } from '../run/standing.ts';
import type { RunState } from '../run/state.ts';
import type { RunSummary, Wanted } from '../store/store.ts';
import type { Commands } from '../target/target.ts';
import { toAttemptId } from '../target/target.ts';
import type { World } from './world.ts';

/** A run as lists show it, with what runs of it now. `since`: epoch ms. `status` is `paused` only where nothing runs. */
export interface StandingSummary extends RunSummary {
  readonly running: readonly { readonly step: string; readonly since: number }[];
}

/** What of `state` runs now, oldest first. */
export async function runningNow(world: World, state: RunState): Promise<GoingOn> {
  if (state.endedAt !== null) return { commands: [], probes: [] };
  const target = targetOf(world, state.id);
  const begun = begunCommands(state);
  const [commands, probes] = await Promise.all([
    whichRun(
      target,
      begun.map(({ attempt }) => attempt),
    ),
    whichRun(target, state.openProbes),
  ]);
  return {
    commands: begun.filter((_, index) => commands[index] === true),
    probes: state.openProbes.filter((_, index) => probes[index] === true),
  };
}

/** Of each, whether it runs now; null where that cannot be told. */
function whichRun(
  target: Commands,
  begun: readonly { readonly folder: string; readonly bootId: string }[],
): Promise<readonly (boolean | null)[]> {
  return Promise.all(begun.map(({ folder, bootId }) => target.runs({ id: toAttemptId(folder), bootId })));
}

/** The runs that are wanted, newest first; one that cannot be read is among them, with its problem. */
export async function listRuns(world: World, wanted?: Wanted): Promise<readonly StandingSummary[]> {
  const summaries = await world.journals.list(wanted);
  return Promise.all(summaries.map((summary) => withRunning(world, summary)));
}

/** Of runs that are over, a person finds no more on one screen. */
const homeRunsMax = 500;

/** What the home screen lists: all that has not ended, and the newest of the rest, in the order of lists. */
export async function homeRuns(world: World): Promise<readonly StandingSummary[]> {
  const newest = await listRuns(world, { most: homeRunsMax });
  const last = newest.at(-1);
  if (last === undefined || newest.length < homeRunsMax) return newest;
  return [...newest, ...(await listRuns(world, { open: true, after: last }))];
}

/** Where run `name` is in the order of lists. Throws `JournalError` for one that is not there. */
export async function placeInLists(world: World, name: string): Promise<Wanted['after']> {
  const run = await world.journals.resolve(name);
  return (await world.journals.list({ run }))[0];
}

async function withRunning(world: World, summary: RunSummary): Promise<StandingSummary> {
  if (summary.begun.length === 0) return { ...summary, running: [] };
  const commands = targetOf(world, summary.run);
  const runs = await Promise.all(
    summary.begun.map(({ attempt, bootId }) => commands.runs({ id: toAttemptId(attempt), bootId })),
  );
  const running = summary.begun.filter((_, index) => runs[index] === true).map(({ step, since }) => ({ step, since }));
  return running.length === 0 ? { ...summary, running } : { ...summary, running, status: 'running', waiting: null };
}

/** The target of a run that is only looked at: nothing is begun there, so no folder or environment matters. */
function targetOf(world: World, run: string): Commands {
  return world.here({ folder: world.journals.workspace(run), base: '/', environment: {} }).commands;
}
