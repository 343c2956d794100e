/**
 * One seeded story: run it whole, then again with a crash at a boundary, resume until it ends, and compare.
 * A failing case is replayed by `node test/sim/replay.ts SEED BOUNDARY FAULT [SECOND]`.
 */
import assert from 'node:assert/strict';
import { actions } from '../../src/actions/registry.ts';
import { openSession } from '../../src/engine/engine.ts';
import type { Session } from '../../src/engine/session.ts';
import type { Journal } from '../../src/journal/journal.ts';
import { createJournals } from '../../src/journal/journals.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import type { RunState } from '../../src/run/state.ts';
import { decideAsOperator, generate } from './story.ts';
import { type Fault, World } from './world.ts';

const actor = { via: 'terminal', name: 'ada' } as const;

export interface Outcome {
  readonly state: RunState;
  readonly effects: readonly string[];
  readonly boundaries: number;
  readonly crashes: number;
}

export interface Crash {
  readonly at: number;
  readonly fault: Fault;
}

/** Plays the story of `seed`; the process dies at each of `crashes` in turn and is resumed. */
export async function play(seed: number, crashes: readonly Crash[]): Promise<Outcome> {
  const world = new World(seed);
  const document = generate(seed);
  let acknowledged = 0;
  let died = 0;
  for (let life = 0; life < crashes.length + 1; life += 1) {
    const crash = crashes[life];
    if (crash !== undefined) {
      world.crashAt = world.boundaries + crash.at;
      world.fault = crash.fault;
    }
    const { host, locks } = world.boot();
    const live = async (): Promise<RunState> => {
      const journals = await createJournals(host, '/work/state', locks);
      const runs = await journals.list();
      const journal =
        runs[0] === undefined
          ? await journals.create('sim', [], [start(document, host.machine.bootId)])
          : await journals.open(runs[0].run);
      assert.ok(journal.head.seq >= acknowledged, `record ${acknowledged} was acknowledged and is lost`);
      const before = reduceAll(journal.events, journal.id);
      if (before.endedAt !== null) return before;
      if (runs[0] !== undefined) await journal.append([resumed(host.machine.bootId)]);
      const session = openSession({
        host,
        journal: watched(journal, (seq) => {
          acknowledged = seq;
        }),
        state: reduceAll((await journals.read(journal.id)).events, journal.id),
        actions,
        guided: false,
        arrivals: new Set(),
        actor,
        secrets: new Map(),
        previous: new Map(),
      });
      operate(world, session);
      await session.done;
      const read = await journals.read(journal.id);
      assert.deepEqual(
        strip(reduceAll(read.events, journal.id)),
        strip(session.state()),
        'the journal and memory differ',
      );
      return session.state();
    };
    const state = await world.until(live());
    if (state !== undefined) {
      return { state, effects: world.effects.map(({ name }) => name), boundaries: world.boundaries, crashes: died };
    }
    died += 1;
    world.crashAt = Number.POSITIVE_INFINITY;
  }
  throw new Error('unreachable: the last life has no crash');
}

function operate(world: World, session: Session): void {
  let busy = false;
  const next = (): void => {
    const activity = session.activity();
    if (busy || activity.kind !== 'waiting') return;
    busy = true;
    session
      .answer(decideAsOperator(world, session.folder, session.state(), activity.question), activity.question)
      .catch(() => {})
      .finally(() => {
        busy = false;
        next();
      });
  };
  session.subscribe(next);
  next();
}

/** The same journal; tells which record was acknowledged last. */
function watched(journal: Journal, acknowledge: (seq: number) => void): Journal {
  return new Proxy(journal, {
    get(target, key) {
      if (key === 'append') {
        return async (drafts: Parameters<Journal['append']>[0]) => {
          const events = await target.append(drafts);
          acknowledge(events.at(-1)?.seq ?? 0);
          return events;
        };
      }
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function start(runbook: ReturnType<typeof generate>, bootId: string) {
  const data = {
    runbook,
    sha256: '00',
    documents: [],
    vars: {},
    sources: {},
    cwd: '/work',
    environment: {},
    operator: 'ada',
    hostname: 'sim',
    bootId,
    version: '0',
  };
  return { type: 'run.started', actor, data } as const;
}

function resumed(bootId: string) {
  return { type: 'run.resumed', actor, data: { operator: 'ada', hostname: 'sim', bootId, version: '0' } } as const;
}

function strip(state: RunState): unknown {
  return { ...state, steps: [...state.steps] };
}

/** What must be the same however often the process died. */
export function essence({ state, effects }: Outcome): unknown {
  const steps = [...state.steps.values()].map(
    ({ id, visits }) => [id, visits.map(({ status, undoes }) => [status, undoes])] as const,
  );
  // Steps of a `parallel` that were begun anew may have changed places in the plan.
  const inOrder = steps.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { status: state.status, steps: inOrder, effects: effects.toSorted() };
}

/** Undo steps began newest first, each visit once. */
export function assertUndoOrder({ state }: Outcome): void {
  const plan = state.rollback?.plan ?? [];
  const starts = plan.flatMap((entry) => {
    if (entry.kind !== 'undo') return [];
    const attempts = state.steps.get(entry.undoes.step)?.visits[entry.undoes.visit - 1]?.attempts ?? [];
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

/** Checks one crash, or two, against the uninterrupted run. */
export async function check(seed: number, whole: Outcome, crashes: readonly Crash[]): Promise<Outcome> {
  const outcome = await play(seed, crashes);
  assert.deepEqual(essence(outcome), essence(whole));
  assertUndoOrder(outcome);
  assertNoUnaskedRepeat(outcome);
  return outcome;
}

if (process.argv[1] === import.meta.filename) {
  const [seed = '1', at, fault, second] = process.argv.slice(2);
  const whole = await play(Number(seed), []);
  const kind: Fault = fault === 'power' ? 'power' : 'kill';
  const crashes = [at, second].flatMap((one) => (one === undefined ? [] : [{ at: Number(one), fault: kind }]));
  const outcome = await check(Number(seed), whole, crashes);
  console.log(`seed ${seed}: ${outcome.state.status}, ${outcome.boundaries} boundaries, ${outcome.crashes} crashes`);
}
