/**
 * Two runs on one target in one world, each by a process of its own. One of them is killed at a boundary while the other goes on, or
 * the machine loses power under both; they are resumed until both have ended.
 * A failing case is replayed by `node test/sim/two-runs.ts SEED BOUNDARY FAULT`.
 *
 * What holds, whatever happens: a run changes nothing from the first change of another until that has ended, unless one of them has
 * gone on beside the other by a decision that was recorded before.
 */
import assert from 'node:assert/strict';
import { actions } from '../../src/actions/registry.ts';
import { otherRuns } from '../../src/app/other-runs.ts';
import { createTerminalLease } from '../../src/app/terminal-lease.ts';
import { Trouble } from '../../src/app/trouble.ts';
import { openSession } from '../../src/engine/engine.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import type { Answer, Question } from '../../src/run/question.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { newestRules } from '../../src/run/rules.ts';
import type { RunState } from '../../src/run/state.ts';
import type { Runbook, Step } from '../../src/runbook/document.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { body, runbook, step } from '../run/play.ts';
import { operate } from './replay.ts';
import { decideAsOperator } from './story.ts';
import { Dice, type Fault, type Life, type Script, World } from './world.ts';

const stateFolder = '/desk/state';
const actor = { via: 'terminal', name: 'ada' } as const;
const names = ['left', 'right'] as const;
type Name = (typeof names)[number];

/** How the second to come answers the one that holds the target. */
type Manners = 'wait' | 'alongside';

interface Story {
  readonly documents: Readonly<Record<Name, Runbook>>;
  readonly manners: Readonly<Record<Name, Manners>>;
}

interface Change {
  readonly run: string;
  readonly at: number;
  /** Runs that are changing something at that moment. */
  readonly beside: readonly string[];
}

interface Ended {
  readonly state: RunState;
  readonly events: readonly RunEvent[];
}

export interface Both {
  readonly boundaries: number;
  /** Overrides, waits, debts and rollbacks over newer runs that were seen: a story without any shows nothing. */
  readonly seen: ReadonlySet<RunEvent['type']>;
}

const scripted = (value: Script) => ({ script: JSON.stringify(value) });

function storyOf(seed: number): Story {
  const dice = new Dice(seed * 31 + 7);
  const manners = (): Manners => (dice.chance(0.3) ? 'alongside' : 'wait');
  return {
    documents: { left: documentOf('left', dice), right: documentOf('right', dice) },
    manners: { left: manners(), right: manners() },
  };
}

function documentOf(name: Name, dice: Dice): Runbook {
  const changing = (id: string): Step => ({
    ...step(id),
    ...body('run', scripted({ effect: id, ms: 1 + dice.below(60) })),
    undo: { kind: 'bodies', bodies: [body('run', scripted({ effect: `undo ${id}`, ms: dice.below(20) }))] },
  });
  const steps = Array.from({ length: 1 + dice.below(3) }, (_, at) => changing(`${name}${at}`));
  const owing = steps[0];
  if (owing !== undefined && dice.chance(0.4)) steps[0] = { ...owing, owes: `clean up after ${name}` };
  if (dice.chance(0.3)) steps.splice(1, 0, step(`${name}_hand`, {}, 'manual'));
  if (dice.chance(0.4)) {
    const failing = { ...step(`${name}_fails`), ...body('run', scripted({ exits: [1], ms: 3 })) };
    steps.push({ ...failing, onFail: 'rollback' });
  }
  const target = { name: 'the sim', identity: body('check', scripted({ output: 'sim' })) };
  return runbook(steps, { title: name, target });
}

/** Plays both to their ends. `crash` null: nobody dies. */
export async function playBoth(
  seed: number,
  crash: { readonly at: number; readonly fault: Fault } | null,
): Promise<Both> {
  const world = new World(seed);
  const story = storyOf(seed);
  const changes: Change[] = [];
  world.onChange = (folder, running) =>
    changes.push({ run: runOf(folder), at: world.time, beside: running.map((one) => runOf(one)) });
  world.crashAt = crash?.at ?? Number.POSITIVE_INFINITY;
  world.fault = crash?.fault ?? 'kill';
  for (;;) {
    world.boot();
    const ended = await world.until(Promise.all(names.map((name) => untilEnded(world, story, name))));
    if (ended === undefined) continue;
    assertHolds(ended, changes);
    assertEffects(world, story, ended);
    for (const { events, state } of ended) assert.equal(firstBreach(events, state.id, actions), null);
    return {
      boundaries: world.boundaries,
      seen: new Set(ended.flatMap(({ events }) => events.map(({ type }) => type))),
    };
  }
}

function runOf(folder: string): string {
  return folder.slice(`${stateFolder}/runs/`.length).split('/')[0] ?? '';
}

/** Processes of one run, one after the other, until it has ended. Whoever resumes it comes at once, or after a while. */
async function untilEnded(world: World, story: Story, name: Name): Promise<Ended> {
  for (let late = 0; ; late = world.dice.below(3000)) {
    const { promise: killed, resolve } = Promise.withResolvers<null>();
    const life = world.join(() => resolve(null));
    if (late > 0) await life.host.clock.sleep(late);
    const ended = await Promise.race([drive(world, life, story, name), killed]);
    if (ended !== null) return ended;
  }
}

async function drive(world: World, { host, locks, here }: Life, story: Story, name: Name): Promise<Ended> {
  const journals = await createJournals(host, stateFolder, actions, locks);
  const runs = await host.files.list(`${stateFolder}/runs`).catch(() => []);
  const known = runs.find((run) => !run.startsWith('.') && run.includes(`-${name}-`));
  const past: RunEvent[] = [];
  const { bootId } = host.machine;
  const who = { operator: 'ada', hostname: 'sim', bootId, version: '0' };
  const begun = {
    ...{ runbook: story.documents[name], sha256: '00', documents: [], vars: {}, sources: {} },
    ...{ cwd: '/desk', environment: {}, holds: true as const, ...who, rules: newestRules },
  };
  const journal =
    known === undefined
      ? await journals.create(name, [], [{ type: 'run.started', actor, data: begun }])
      : await journals.open(known, (event) => past.push(event));
  if (known === undefined) past.push(...journal.events);
  const before = reduceAll(past, journal.id);
  if (before.endedAt === null) {
    const opening = known === undefined ? [] : await journal.append([{ type: 'run.resumed', actor, data: who }]);
    const workspace = journal.workspace;
    const around = {
      ...{ host, journals, here: ({ folder }: { readonly folder: string }) => here(folder), stateFolder },
      ...{ runsAt: stateFolder, trouble: new Trouble(), secrets: new Map() },
      ...{ allowedSigners: undefined, lease: createTerminalLease(), passphrase: null },
    };
    const session = openSession({
      ...{ host, target: here(workspace), journal, actions, actor, guided: false, arrivals: new Set<string>() },
      ...{ secrets: new Map<string, string>(), previous: new Map(), others: otherRuns(around) },
      state: reduceAll([...past, ...opening], journal.id),
    });
    const decide: typeof decideAsOperator = (...asked) => decideBeside(story.manners[name], asked);
    await Promise.race([session.done, operate(world, session, host, workspace, decide)]);
  } else await journal.close();
  const { events } = await journals.read(journal.id);
  return { events, state: reduceAll(events, journal.id) };
}

/** What the operator says to what has to do with the other run. */
function decideBeside(manners: Manners, asked: Parameters<typeof decideAsOperator>): Answer {
  const question: Question = asked[3];
  switch (question.kind) {
    case 'held':
      return manners === 'wait' ? { kind: 'wait' } : { kind: 'alongside', reason: 'it cannot wait' };
    case 'over':
      return { kind: 'over', run: question.newer[0]?.run ?? '', reason: 'both are bad' };
    case 'earlier': {
      const [first] = question.open;
      return { kind: 'settle-owed', item: `${first?.run}.${first?.step}`, reason: 'I cleaned up' };
    }
    default:
      return decideAsOperator(...asked);
  }
}

function assertHolds(ended: readonly Ended[], changes: readonly Change[]): void {
  for (const [index, { run, at, beside }] of changes.entries()) {
    for (const other of ended) {
      const { id } = other.state;
      if (id === run || !changes.slice(0, index).some((one) => one.run === id)) continue;
      const over = other.events.findLast(({ type }) => type === 'run.ended')?.at ?? Number.POSITIVE_INFINITY;
      if (over <= at && !beside.includes(id)) continue;
      const said = ended.some(({ events, state }) => overrides(events, state.id === run ? id : run, at));
      assert.ok(said, `${run} changed something while ${id} had not ended, and nobody had said so`);
    }
  }
  for (const { state, events } of ended) {
    assert.deepEqual(state.holding.held, [], `${state.id} ended and holds on`);
    for (const { run } of state.holding.beside.filter(({ own }) => own)) {
      const told = ended.find((one) => one.state.id === run);
      const shared = told?.events.filter((event) => event.type === 'hold.shared' && event.data.run === state.id) ?? [];
      // What held it may have ended in that very moment: then it says that it was told too late, or it never was.
      const late = (told?.state.notes ?? []).filter(({ text }) => text.includes(state.id)).length;
      const went = events.find(
        ({ type }, at) => type === 'hold.taken' && events[at - 1]?.type === 'hold.overridden',
      )?.at;
      const wasOver = (told?.state.endedAt ?? 0) <= (went ?? Number.POSITIVE_INFINITY);
      assert.ok(shared.length + late <= 1, `${run} was told more than once that ${state.id} went on beside it`);
      assert.ok(shared.length + late === 1 || wasOver, `${run} does not know that ${state.id} went on beside it`);
    }
  }
}

function overrides(events: readonly RunEvent[], other: string, before: number): boolean {
  return events.some(
    (event) => event.type === 'hold.overridden' && event.data.runs.includes(other) && event.at <= before,
  );
}

/** Each change once, and its undo once where the run was rolled back. */
function assertEffects(world: World, { documents }: Story, ended: readonly Ended[]): void {
  for (const { state } of ended) {
    const document = names.map((name) => documents[name]).find(({ title }) => title === state.runbook.title);
    const fails = document?.phases.flatMap(({ steps }) => steps).some(({ onFail }) => onFail === 'rollback') === true;
    assert.equal(state.status, fails ? 'rolled-back' : 'completed', state.endReason ?? '');
    for (const { undo, id } of document?.phases.flatMap(({ steps }) => steps) ?? []) {
      if (undo.kind === 'none') continue;
      assert.equal(world.count(id), 1, `${id} happened not once`);
      assert.equal(world.count(`undo ${id}`), fails ? 1 : 0, `the undo of ${id}`);
    }
  }
}

export interface TwoRunsSweep {
  readonly deaths: number;
  readonly seen: ReadonlySet<RunEvent['type']>;
  /** One line each: what broke, and the command that replays it. */
  readonly failures: readonly string[];
}

/** Deaths at every boundary of the stories of `count` seeds, by turns killed and without power. */
export async function sweepTwo(from: number, count: number): Promise<TwoRunsSweep> {
  const failures: string[] = [];
  const seen = new Set<RunEvent['type']>();
  let deaths = 0;
  for (let seed = from; seed < from + count && failures.length < 3; seed += 1) {
    const whole = await playBoth(seed, null);
    for (const type of whole.seen) seen.add(type);
    for (let at = 1; at <= whole.boundaries && failures.length < 3; at += 1) {
      const fault: Fault = (at + seed) % 3 === 0 ? 'power' : 'kill';
      try {
        for (const type of (await playBoth(seed, { at, fault })).seen) seen.add(type);
        deaths += 1;
      } catch (error) {
        const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
        failures.push(`${why}: node test/sim/two-runs.ts ${seed} ${at} ${fault}`);
      }
    }
  }
  return { deaths, seen, failures };
}

if (process.argv[1] === import.meta.filename) {
  const [seed = '1', at, fault] = process.argv.slice(2);
  const crash = at === undefined ? null : ({ at: Number(at), fault: fault === 'power' ? 'power' : 'kill' } as const);
  const { boundaries, seen } = await playBoth(Number(seed), crash);
  console.log(`${boundaries} boundaries: ${[...seen].join(' ')}`);
}
