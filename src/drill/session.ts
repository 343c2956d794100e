/**
 * Drives a rehearsed run from a point on, by the engine that drives every run, through as many lives as it takes.
 *
 * Invariants: whoever gets the state gets what the events say; a run that nobody can go on with stops and says where.
 */
import type { Actions } from '../actions/action.ts';
import type { OtherRuns } from '../engine/claims.ts';
import { openSession } from '../engine/engine.ts';
import type { Session } from '../engine/session.ts';
import { draftBy } from '../run/draft.ts';
import type { Actor, EventDraft, RunEvent } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import { isSameQuestion, waitsFor } from '../run/question.ts';
import { reduce } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import type { Target } from '../target/target.ts';
import type { Hosts } from '../target/targets.ts';
import { memoryJournal } from './memory-journal.ts';
import { answerOf, type Operator } from './operator.ts';
import type { DrillWorld } from './world.ts';

export const actor: Actor = { via: 'terminal', name: 'rehearsal' };

/** A point of a run: what is on record, and the world as it is then. */
export interface Moment {
  readonly state: RunState;
  readonly world: DrillWorld;
}

/** Where a run stands still that should go on. */
export interface Stuck {
  readonly step: string | null;
  readonly reason: string;
}

export interface Driving {
  readonly actions: Actions;
  readonly operator: Operator;
  readonly secrets: ReadonlyMap<string, string>;
  /** Records with which it begins: whoever goes on does so by them. */
  readonly opening: readonly EventDraft[];
  /** Called with each event, the state before it and the state after it. True: it is rolled back from here. */
  readonly seen?: (event: RunEvent, before: RunState, after: RunState) => boolean;
}

/** How it ended; `stuck` null: it came to its end, or paused because there is nothing to go back from. */
export interface Driven {
  readonly state: RunState;
  readonly stuck: Stuck | null;
}

/** Turns of the virtual world that no life takes: its records are at their end before. */
const turnsMax = 10_000_000;

/** Lives of gonogo that one rehearsed run may take. */
const livesMax = 12;

/** Nobody else is there, so whatever is claimed is this run's. */
const nobodyElse: OtherRuns = {
  claim: (_claim, became) => became({ kind: 'taken', newer: [], owed: [] }),
  forgetClaim: async () => {},
  tell: async () => {},
};

/** Goes on from `moment` until the run is at its end, or stands still. Rejects with `NeverRests`. */
export async function driveOn({ state, world }: Moment, driving: Driving): Promise<Driven> {
  let at: Driven = await live(state, world, driving);
  for (let life = 1; isInterrupted(at) && life < livesMax; life += 1) {
    const opening = [resumed(world)];
    at = await live(at.state, world, { ...driving, opening });
  }
  return isInterrupted(at) ? { ...at, stuck: { step: null, reason: 'it pauses again and again' } } : at;
}

/** A process ended that can be followed by another: an undo has failed. */
function isInterrupted({ state, stuck }: Driven): boolean {
  return stuck === null && state.endedAt === null && state.paused?.reason !== 'no-change';
}

/** A process goes on with the run. */
export function resumed(world: DrillWorld): EventDraft {
  const data = { operator: actor.name, hostname: 'rehearsal', bootId: world.bootId, version: '0' };
  return draftBy(actor, 'run.resumed', data);
}

/** The simulated machine stands in for each host: it is there, and says who it is. */
function standingIn(target: Target, { bootId }: DrillWorld): Hosts {
  return {
    host: (name) => ({
      ...target,
      identify: async () => ({ bootId, machineId: `rehearsal of ${name}`, hostname: name, hostKey: null, offsetMs: 0 }),
    }),
    close: async () => {},
  };
}

async function live(state: RunState, world: DrillWorld, driving: Driving): Promise<Driven> {
  const { host, target } = world.live();
  let now = state;
  let seen: ((event: RunEvent) => void) | null = null;
  const journal = memoryJournal(
    state.head.seq,
    () => world.time,
    (event) => {
      world.recorded(event, now);
      seen?.(event);
    },
  );
  for (const event of journal.place(driving.opening)) now = reduce(now, event, journal.id);
  let wanted = false;
  let stuck: Stuck | null = null;
  let left = recordsFor(state);
  seen = (event) => {
    left -= 1;
    if (left === 0) {
      stuck = { step: 'step' in event.data ? (event.data.step ?? null) : null, reason: 'the run never comes to rest' };
      session.leave('interrupted').catch(() => {});
    }
    const before = now;
    now = reduce(before, event, journal.id);
    if (event.type === 'rollback.started' && (world.fault.kind === 'fails' || world.fault.kind === 'refused'))
      world.fault = { kind: 'none' };
    if (event.type === 'rollback.started') world.drifted = false;
    wanted = driving.seen?.(event, before, now) === true || wanted;
  };
  world.valueNow = (name) => now.variables.get(name)?.at(-1)?.value ?? null;
  const session = openSession({
    host,
    target,
    hosts: standingIn(target, world),
    journal,
    state: now,
    actions: driving.actions,
    guided: false,
    arrivals: new Set(),
    actor,
    secrets: driving.secrets,
    previous: new Map(),
    others: nobodyElse,
    alone: true,
  });
  const rollBack = (): void => {
    const { rollback, rollbackRequested, endedAt, paused } = session.state();
    if (!wanted || rollback !== null || rollbackRequested !== null || endedAt !== null || paused !== null) return;
    wanted = false;
    session.rollback('rehearsed').catch(() => {});
  };
  session.subscribe(rollBack);
  const answering = operate(session, driving.operator, (where) => {
    stuck = where;
  });
  await world.until(Promise.race([session.done, answering]), turnsMax);
  return { state: session.state(), stuck };
}

/** Records that a run of so many steps may come to in one life, by far. */
function recordsFor({ runbook }: RunState): number {
  return 5000 + 400 * outlineOf(runbook).places.size;
}

/** Answers what is asked; where nobody can go on it tells where and leaves the run. Never resolves. */
function operate(session: Session, operator: Operator, tell: (stuck: Stuck) => void): Promise<never> {
  return new Promise((_stop, fail) => {
    let busy = false;
    const next = (): void => {
      const activity = session.activity();
      if (busy || activity.kind !== 'waiting') return;
      const { question } = activity;
      const answer = answerOf(operator, session.state(), question);
      busy = true;
      if (answer === null) {
        const step = 'step' in question ? question.step : null;
        const reason = question.kind === 'failure' ? question.reason : `it waits for ${waitsFor(question)}`;
        tell({ step, reason });
        session.leave('waiting').catch(fail);
        return;
      }
      session
        .answer(answer, question)
        .catch((error: unknown) => {
          const now = session.activity();
          // Steps that run side by side may have brought up another question meanwhile.
          if (now.kind === 'waiting' && isSameQuestion(now.question, question)) fail(error);
        })
        .finally(() => {
          busy = false;
          next();
        });
    };
    session.subscribe(next);
    next();
  });
}
