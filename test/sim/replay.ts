/**
 * One seeded story: run it whole, then again with a crash at a boundary, resume until it ends, and compare.
 * A failing case is replayed by `node test/sim/replay.ts SEED BOUNDARY FAULT WAY [SECOND [MISHAP]]`.
 */
import assert from 'node:assert/strict';
import { actions } from '../../src/actions/registry.ts';
import { BrokenRun } from '../../src/engine/broken-run.ts';
import { openSession } from '../../src/engine/engine.ts';
import type { Session } from '../../src/engine/session.ts';
import type { Host } from '../../src/host/host.ts';
import { JournalError } from '../../src/journal/journal.ts';
import type { EventDraft, RunEvent } from '../../src/run/event.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { isSameQuestion } from '../../src/run/question.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { newestRules } from '../../src/run/rules.ts';
import type { RunState } from '../../src/run/state.ts';
import type { Runbook } from '../../src/runbook/document.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import type { Journal } from '../../src/store/journals.ts';
import type { InboxMessage } from '../../src/store/store.ts';
import { decideAside, decideAsOperator, generate, leftOut } from './story.ts';
import { type Fault, type Life, type Mishap, mishaps, World } from './world.ts';

const actor = { via: 'terminal', name: 'ada' } as const;

export interface Outcome {
  readonly state: RunState;
  readonly effects: readonly string[];
  readonly boundaries: number;
}

export interface Crash {
  /** Counted from the start of the process that dies there. */
  readonly at: number;
  readonly fault: Fault | Mishap;
}

const stateFolder = '/desk/state';

/** Runs the story of `seed` once, uninterrupted. `onBoundary` may keep worlds in which the process died. */
export async function play(seed: number, onBoundary: World['onBoundary'] = null): Promise<Outcome> {
  const world = new World(seed);
  world.onBoundary = onBoundary;
  return live(world, generate(seed), []);
}

/** Goes on in `world`, where the process died; the next ones die at `crashes`, and the last one lives. */
export function goOn(world: World, seed: number, crashes: readonly Crash[]): Promise<Outcome> {
  return live(world, generate(seed), crashes);
}

/** Lives of gonogo, one after the other, until one is not crashed. */
async function live(world: World, document: Runbook, crashes: readonly Crash[]): Promise<Outcome> {
  for (const crash of [...crashes, null]) {
    world.crashAt = crash === null ? Number.POSITIVE_INFINITY : world.boundaries + crash.at;
    world.fault = crash?.fault ?? 'kill';
    const state = await world
      .until(drive(world, world.boot(), document))
      .catch((error: unknown) => stopped(error, crash));
    if (state !== undefined) {
      return { state, effects: world.effects.map(({ name }) => name), boundaries: world.boundaries };
    }
  }
  throw new Error('unreachable: the last life has no crash');
}

/** A process whose journal is not its journal any more stops, and the next one goes on. */
function stopped(error: unknown, crash: Crash | null): undefined {
  const isTaken = crash?.fault === 'unlock' || crash?.fault === 'replaced';
  if (!isTaken || !(error instanceof BrokenRun || error instanceof JournalError)) throw error;
  assert.match(error.message, /was removed|was replaced/);
}

/** One life: starts the run or resumes it, until it ends. */
async function drive(world: World, { host, locks, here, hosts }: Life, document: Runbook): Promise<RunState> {
  const journals = await createJournals(host, stateFolder, actions, locks);
  const runs = await host.files.list(`${stateFolder}/runs`).catch(() => []);
  const known = runs.find((name) => !name.startsWith('.'));
  const past: RunEvent[] = [];
  const journal =
    known === undefined
      ? await journals.create('sim', [], beginning(document, host.machine.bootId))
      : await journals.open(known, (event) => past.push(event));
  if (known === undefined) past.push(...journal.events);
  const lost = `record ${world.acknowledged} was acknowledged and is lost`;
  assert.ok(journal.head.seq >= world.acknowledged, lost);
  const before = reduceAll(past, journal.id);
  if (before.endedAt !== null) return before;
  const opening = known === undefined ? [] : await journal.append([resumed(host.machine.bootId)]);
  const session = openSession({
    host,
    target: here(journal.workspace),
    hosts: hosts(journal.workspace),
    journal: watched(journal, world),
    state: reduceAll([...past, ...opening], journal.id),
    actions,
    guided: false,
    arrivals: new Set(),
    actor,
    secrets: new Map(),
    previous: new Map(),
  });
  await Promise.race([session.done, operate(world, session, host, journal.workspace)]);
  const { events } = await journals.read(journal.id);
  assert.deepEqual(strip(reduceAll(events, journal.id)), strip(session.state()), 'the journal and memory differ');
  // Each of them would take a quarter of the time.
  const judged = world.boundaries % 4 === 0;
  if (judged) assert.equal(firstBreach(events, journal.id, actions), null, 'what was written breaks the rules');
  assertInboxTaken(world, events, await journal.inbox());
  await assertEvidence(host, journal.workspace, events);
  return session.state();
}

/** Every message of another process is in the journal once, or came too late and still waits. */
function assertInboxTaken(world: World, events: readonly RunEvent[], waiting: readonly InboxMessage[]): void {
  const taken = events.flatMap(({ data }) => ('inbox' in data ? (data.inbox ?? []) : []));
  const left = waiting.map(({ id }) => id).filter((id) => !taken.includes(id));
  assert.deepEqual([...taken, ...left].sort(), [...world.sent].sort(), 'a message is lost or taken twice');
  // Only a death right after the end of the run may leave one behind.
  assert.ok(world.lives > 1 || left.length === 0, 'a message was left behind');
}

/** What the journal says of outputs is what is on the disk, whatever was lost. */
async function assertEvidence(host: Host, folder: string, events: readonly RunEvent[]): Promise<void> {
  for (const event of events) {
    if (event.type !== 'attempt.ended') continue;
    for (const { path, bytes, sha256 } of event.data.evidence) {
      const found = await host.files.digest(`${folder}/${path}`, bytes);
      assert.deepEqual(found, { bytes, sha256 }, `the evidence ${path} is not what was recorded`);
    }
  }
}

/** Answers every question. Never resolves; rejects when an answer is refused that the question asks for. */
export function operate(
  world: World,
  session: Session,
  { clock }: Host,
  workspace: string,
  decide: typeof decideAsOperator = decideAsOperator,
): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  let busy = false;
  const next = (): void => {
    const activity = session.activity();
    if (busy || activity.kind !== 'waiting') return;
    const { question } = activity;
    busy = true;
    // Whoever looks whether it ran waits until it does no more.
    if (question.kind === 'in-doubt' && world.runs(`${workspace}/${question.folder}`)) {
      const again = (): void => {
        busy = false;
        next();
      };
      void clock.sleep(20).then(again);
      return;
    }
    const aside = decideAside(session.state(), question);
    const decided =
      aside === null
        ? session.answer(decide(world, workspace, session.state(), question), question)
        : aside.kind === 'redo'
          ? session.redo(aside.step, 'thought better of it')
          : session.correct(aside.name, aside.value, 'thought better of it');
    decided
      .catch((error: unknown) => {
        const now = session.activity();
        if (now.kind === 'waiting' && isSameQuestion(now.question, question)) reject(error);
      })
      .finally(() => {
        busy = false;
        next();
      });
  };
  session.subscribe(next);
  next();
  return promise;
}

/** The same journal; the world keeps which record was acknowledged last. */
function watched(journal: Journal, world: World): Journal {
  return new Proxy(journal, {
    get(target, key) {
      if (key === 'append') {
        return async (drafts: Parameters<Journal['append']>[0]) => {
          const events = await target.append(drafts);
          world.acknowledged = events.at(-1)?.seq ?? world.acknowledged;
          return events;
        };
      }
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** What a run begins with: what is left out of it stands right after its start. */
function beginning(document: Runbook, bootId: string): readonly EventDraft[] {
  const left = leftOut(document, document.phases.flatMap(({ steps }) => steps).length);
  const steps = left.map((step) => ({ step, reason: 'not today' }));
  return [
    start(document, bootId),
    ...(steps.length === 0 ? [] : [{ type: 'steps.left_out', actor, data: { steps } } as const]),
  ];
}

function start(runbook: ReturnType<typeof generate>, bootId: string) {
  const data = {
    runbook,
    sha256: '00',
    documents: [],
    vars: {},
    sources: {},
    cwd: '/desk',
    environment: {},
    operator: 'ada',
    hostname: 'sim',
    bootId,
    version: '0',
    // In the simulated world no other run could hold a target.
    rules: runbook.target === undefined ? newestRules : 2,
  };
  return { type: 'run.started', actor, data } as const;
}

function resumed(bootId: string) {
  return { type: 'run.resumed', actor, data: { operator: 'ada', hostname: 'sim', bootId, version: '0' } } as const;
}

function strip(state: RunState): unknown {
  const text = JSON.stringify({ ...state, steps: [...state.steps], variables: [...state.variables] });
  return JSON.parse(text);
}

/** What must be the same however often the process died. */
export function essence({ state, effects }: Outcome): unknown {
  const steps = [...state.steps.values()].map(
    ({ id, visits }) => [id, visits.map(({ status, undoes }) => [status, undoes])] as const,
  );
  // Steps of a `parallel` that were begun anew may have changed places in the plan.
  const inOrder = steps.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const variables = [...state.variables].map(([name, values]) => [name, values.at(-1)?.value]);
  const debts = state.obligations.map(({ step, status, by }) => [step, status, by]);
  const verdicts = state.verdicts.map(({ step, data }) => [step, data.verdict.verdict, data.verdict.score]);
  const { status, endReason } = state;
  return { status, endReason, steps: inOrder, variables, debts, verdicts, effects: effects.toSorted() };
}

/** Undo steps began newest first, each visit once. */
export function assertUndoOrder({ state }: Outcome): void {
  const plan = state.rollback?.plan ?? [];
  const starts = plan.flatMap((entry) => {
    if (entry.kind !== 'undo') return [];
    const attempts = state.steps.get(entry.undoes.step)?.visits.at(entry.undoes.visit - 1)?.attempts ?? [];
    return [attempts.filter(({ status }) => status !== 'void').at(-1)?.startedSeq ?? 0];
  });
  assert.deepEqual(
    starts,
    starts.toSorted((a, b) => b - a),
    'undone out of order',
  );
}

/** Every `once` attempt after the first one of a visit stands on a recorded decision. */
export function assertNoUnaskedRepeat({ state }: Outcome): void {
  for (const { id, visits } of state.steps.values()) {
    if (!/^(?:change|done|retried|undo_|after|fails)/.test(id)) continue;
    for (const visit of visits) {
      const began = visit.attempts.filter(({ status }) => status !== 'void');
      for (const attempt of began.slice(0, -1)) {
        const failed = attempt.end !== null || attempt.settled?.as === 'failed';
        const decided = attempt.settled?.as === 'rerun' || (failed && visit.retriedSeq > attempt.startedSeq);
        assert.ok(decided, `${id} was started again without a decision`);
      }
    }
  }
}

/** Goes on from a death, and compares the end with that of the uninterrupted run. */
export async function check(seed: number, whole: Outcome, world: World, crashes: readonly Crash[]): Promise<void> {
  const outcome = await goOn(world, seed, crashes);
  assert.deepEqual(essence(outcome), essence(whole));
  assertUndoOrder(outcome);
  assertNoUnaskedRepeat(outcome);
}

if (process.argv[1] === import.meta.filename) {
  const [seed = '1', at = '1', fault, way = '0', second, befalls] = process.argv.slice(2);
  const kind: Fault = fault === 'power' ? 'power' : 'kill';
  const deaths: World[] = [];
  const whole = await play(Number(seed), (boundary) => {
    if (boundary.at === Number(at)) deaths.push(boundary.dead(kind, Number(way)));
  });
  console.log(`seed ${seed}: ${whole.state.status}, ${whole.boundaries} boundaries`);
  const mishap = mishaps.find((one) => one === befalls);
  const crashes = second === undefined ? [] : [{ at: Number(second), fault: mishap ?? kind }];
  for (const world of deaths) await check(Number(seed), whole, world, crashes);
  console.log(`died at ${at} (${kind}) and went on to the same end`);
}
