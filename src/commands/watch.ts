/** `gonogo watch RUN`: follows a run without driving it, on the screen or, without a terminal, one line an event that a person cares about. */
import { operatorName } from '../app/operator.ts';
import { peopleAt } from '../app/people.ts';
import { runningNow } from '../app/standing.ts';
import { watchFeed } from '../app/watched.ts';
import { readRun, type World } from '../app/world.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { sayStep } from '../engine/headless.ts';
import { RunFeed } from '../feed/run-feed.ts';
import { JournalError } from '../journal/journal.ts';
import { outcomeSentence } from '../report/outcome.ts';
import type { RunEvent } from '../run/event.ts';
import { nameOnHost } from '../run/host-of.ts';
import { jumpText } from '../run/jump-text.ts';
import { newerIn, writtenByNewer } from '../run/newer.ts';
import { noteSaid, toldLater } from '../run/noted.ts';
import { type Standing, standingOf } from '../run/standing.ts';
import type { RunState } from '../run/state.ts';
import { peopleLines } from '../tui/present/people.ts';
import { standingLines } from '../tui/present/standing.ts';
import { type Io, onSignals, openWorld, printJson, type StateOptions } from './command.ts';
import { prefersLines } from './prefers-lines.ts';
import { peopleAsJson, runAsJson, tellRun } from './show.ts';
import { Teller } from './teller.ts';

export interface WatchOptions extends StateOptions {
  readonly json?: boolean | undefined;
  /** Lines instead of the screen. */
  readonly plain?: boolean | undefined;
  /** Under which name others see that somebody watches; absent: that of the machine's user. */
  readonly operator?: string | undefined;
}

/** Prints the run as it stands, then what happens, until it ends or is interrupted. `--json`: as it stands, once. */
export async function watch(run: string, options: WatchOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const { state } = await readRun(world, run);
  const name = operatorName(world, options.operator);
  const standing = standingOf(state, await runningNow(world, state));
  if (options.json === true) {
    const people = await peopleAt(world, state.id);
    printJson(io, { ...runAsJson(state, standing, world.host.clock.now()), ...peopleAsJson(people) });
    return 0;
  }
  if (io.terminal && options.plain !== true && !prefersLines(io.env)) {
    const { runWatch } = await import('./front-ends.ts');
    return runWatch(world, state, io, name);
  }
  return watchByLines(world, state, standing, { io, name });
}

/** Where it is told, and the name under which others see that it is watched. */
interface Telling {
  readonly io: Io;
  readonly name: string;
}

/** Where somebody can type, whatever is known of the run is printed when they ask for it. */
async function watchByLines(world: World, state: RunState, standing: Standing, { io, name }: Telling): Promise<number> {
  const now = (): number => world.host.clock.now();
  const teller = new Teller(io, world.journals.evidence(state.id));
  const say = teller.line;
  await tellRun(teller, state, standing, now());
  const leaving = new AbortController();
  const feed = new RunFeed(world.journals, state);
  feed.subscribe((event, after) => {
    sayEvent(after, event, say);
    const visit =
      event.type === 'step.failed' ? after.steps.get(event.data.step)?.visits.at(event.data.visit - 1) : undefined;
    if (visit !== undefined) teller.output(visit);
    if (event.type !== 'run.paused') return;
    for (const line of standingLines(standingOf(after), now())) say(`  ${line}`);
  });
  const over = new AbortController();
  const asking = io.terminal ? lookWhileWatched(world, feed, io, over.signal).finally(() => leaving.abort()) : null;
  // Where somebody is asked, Ctrl-C ends what they wait for, or else the asking.
  const act = (signal: NodeJS.Signals): void => {
    if (asking === null || signal !== 'SIGINT') leaving.abort();
  };
  const beside = AbortSignal.any([leaving.signal, over.signal]);
  await Promise.all([
    onSignals(act, feed.follow(leaving.signal)).finally(() => over.abort()),
    asking,
    tellPeople(world, state.id, say, beside),
    world.journals.watch(state.id, name, beside),
  ]);
  const last = feed.state();
  if (last.endedAt !== null) say(visibleLine(outcomeSentence(last)));
  await teller.done();
  return 0;
}

async function lookWhileWatched(world: World, feed: RunFeed, io: Io, over: AbortSignal): Promise<void> {
  const { lookAtWatched } = await import('./front-ends.ts');
  await lookAtWatched(world, watchFeed(world, feed), io, over);
}

/** Says who drives and who watches, at first and whenever that is somebody else. */
async function tellPeople(world: World, run: string, say: (line: string) => void, signal: AbortSignal): Promise<void> {
  let told: readonly string[] = [];
  while (!signal.aborted) {
    const people = await peopleAt(world, run).catch(passing);
    if (people !== null) {
      // When the driver was last heard of is told at first only.
      const key = peopleLines({ ...people, driver: people.driver && { ...people.driver, seenAt: null } }, 0);
      const isNew = (_: string, index: number): boolean => !told.includes(key[index] ?? '');
      for (const line of peopleLines(people, world.host.clock.now()).filter(isNew)) say(line);
      for (const line of told) if (!key.includes(line)) say(line.replace(/^(drives|watches) +/, 'gone       '));
      told = key;
    }
    await world.host.clock.sleep(peopleEveryMs, signal);
  }
}

const peopleEveryMs = 3000;

/** Whoever follows the run is told of a store that is away. */
function passing(error: unknown): null {
  if (error instanceof JournalError) return null;
  throw error;
}

function sayEvent(state: RunState, event: RunEvent, say: (line: string) => void): void {
  sayStep(state, event, say);
  if (newerIn(event).length > 0) say(`newer      ${visibleLine(writtenByNewer(state) ?? '')}`);
  if (event.type === 'clock.jumped') say(`clock      ${jumpText(event.data)}`);
  if (event.type === 'run.paused') say(pausedLine(state, event.data.waiting));
  if (event.type === 'step.started') {
    const { step, visit } = event.data;
    const name = nameOnHost(state, step, state.steps.get(step)?.visits.at(visit - 1) ?? null);
    say(`running    ${visibleLine(name)}`);
  }
  // What gonogo itself notes is said with what became of the steps.
  if (event.type === 'note.added' && event.actor.via !== 'engine')
    say(
      `note       ${visibleLine(event.actor.name)}: ${visibleLine(`${noteSaid(event.data)}${toldLater(event.data)}`)}`,
    );
}

/** Let go of with something running: that runs on. */
function pausedLine(state: RunState, waiting: string): string {
  return standingOf(state).running.length > 0
    ? 'left       nobody drives it now'
    : `paused     waits for ${visibleLine(waiting)}`;
}
