/**
 * Rehearses a runbook: takes every way through it, lets it fail at each point, rolls back from there, and says what came of it.
 *
 * Invariants:
 * - Each point is played by the engine that drives real runs, from the moment at which it befalls; what it comes to is read from the
 *   events of that run and nothing else.
 * - The same runbook, stand-ins and values give the same coverage. Nothing is executed.
 */
import type { RunEvent } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import { requestRollback } from '../run/respond.ts';
import type { Step } from '../runbook/document.ts';
import { endOf, leftBy } from './left.ts';
import { type Coverage, type FailurePoint, type Outcome, type PointKind, pointKinds, standingOf } from './point.ts';
import { actor, type Driven, type Driving, driveOn, type Moment, resumed } from './session.ts';
import { type Passed, type Rehearsing, unreachedBy, type Way, waysOf } from './way.ts';
import type { Fault } from './world.ts';

/** Where the way through stands still with these stand-ins, so that nothing can be rehearsed. */
export class NoWay extends Error {
  override readonly name = 'NoWay';
  readonly step: string | null;
  constructor(step: string | null, reason: string) {
    super(reason);
    this.step = step;
  }
}

/** Rejects with `NoWay`, and with `NeverRests` for a runbook that comes to no end. */
export async function rehearse(rehearsing: Rehearsing): Promise<Coverage> {
  const ways = await waysOf(rehearsing);
  const [first] = ways;
  if (first?.stuck != null) throw new NoWay(first.stuck.step, first.stuck.reason);
  const outcomes: Outcome[] = [];
  const done = new Set<string>();
  for (const [number, way] of ways.entries()) {
    for (const passed of newOn(way, done)) {
      for (const kind of kindsOf(passed))
        outcomes.push(await play(rehearsing, way, passed, { kind, ...at(passed), way: number }));
    }
  }
  const unreached = unreachedBy(rehearsing.runbook, ways);
  const stood = ways.flatMap(({ stuck }, way) => (stuck === null ? [] : [{ way, ...stuck }]));
  return { outcomes, ways: ways.map(({ decided }) => decided), stood, unreached };
}

function at({ step, visit }: Passed): Pick<FailurePoint, 'step' | 'visit'> {
  return { step, visit };
}

/** What a way passes from the first visit on that no way before came to. */
function newOn({ passed }: Way, done: Set<string>): readonly Passed[] {
  const key = ({ step, visit }: Passed): string => `${step} ${visit}`;
  const first = passed.findIndex((one) => !done.has(key(one)));
  for (const one of passed) done.add(key(one));
  return first === -1 ? [] : passed.slice(first);
}

function kindsOf(passed: Passed): readonly PointKind[] {
  const { kind, closed, identified } = passed;
  if (kind === 'gate') return ['approval-denied'];
  const step = stepOf(passed);
  const automatic = step !== null && step.effect !== 'person';
  const has: Readonly<Record<PointKind, boolean>> = {
    'fails-before': automatic,
    'in-doubt': automatic,
    'fails-after': automatic,
    'crash-before': true,
    'crash-after': closed !== null,
    'network-lost': automatic,
    'target-drifts': identified !== null,
    'approval-denied': false,
    rollback: closed !== null,
    'undo-fails': closed !== null && undoneBy(passed) !== null,
  };
  return pointKinds.filter((one) => has[one]);
}

function stepOf({ step, before }: Passed): Step | null {
  return outlineOf(before.state.runbook).places.get(step)?.step ?? null;
}

/** The step whose automatic undo takes `passed` back; null: there is none. */
function undoneBy(passed: Passed): string | null {
  const step = stepOf(passed);
  if (step === null || step.undo.kind === 'none') return null;
  const by = step.undo.kind === 'bodies' ? step : outlineOf(passed.before.state.runbook).places.get(step.undo.by)?.step;
  const bodies = by?.undo.kind === 'bodies' ? by.undo.bodies : [];
  return by !== undefined && bodies.some(({ effect }) => effect !== 'person') ? by.id : null;
}

/** What befalls a run at a point, and from where it is played. */
interface Scenario {
  readonly moment: Moment;
  readonly fault: Fault;
  /** Whoever goes on finds a dead process. */
  readonly resumes: boolean;
  /** The rollback is asked for before anything else goes on. */
  readonly rollsBackAtOnce: boolean;
  readonly denies: string | null;
}

function scenarioOf(kind: PointKind, passed: Passed): Scenario {
  const { step, before, identified, begun, closed } = passed;
  const none: Fault = { kind: 'none' };
  const usual = { fault: none, resumes: false, rollsBackAtOnce: false, denies: null };
  const copied = ({ state, world }: Moment): Moment => ({ state, world: world.copy() });
  switch (kind) {
    case 'fails-before':
      return { ...usual, moment: copied(before), fault: { kind: 'refused', step } };
    case 'fails-after':
      return { ...usual, moment: copied(before), fault: { kind: 'fails', step } };
    case 'network-lost':
      return { ...usual, moment: copied(before), fault: { kind: 'offline', step } };
    case 'in-doubt': {
      const world = before.world.copy();
      world.losePower();
      return { ...usual, moment: { state: begun ?? before.state, world }, resumes: true };
    }
    case 'crash-before':
      return { ...usual, moment: copied(before), resumes: true, rollsBackAtOnce: true };
    case 'crash-after': {
      const { world } = copied(closed ?? before);
      return { ...usual, moment: { state: begun ?? before.state, world }, resumes: true, rollsBackAtOnce: true };
    }
    case 'target-drifts': {
      const moment = copied(identified ?? before);
      moment.world.drifted = true;
      return { ...usual, moment };
    }
    case 'approval-denied':
      return { ...usual, moment: copied(before), denies: step };
    case 'rollback':
      return { ...usual, moment: copied(closed ?? before), rollsBackAtOnce: true };
    case 'undo-fails':
      return {
        ...usual,
        moment: copied(closed ?? before),
        rollsBackAtOnce: true,
        fault: { kind: 'undo', step: undoneBy(passed) ?? step },
      };
  }
}

async function play(rehearsing: Rehearsing, way: Way, passed: Passed, point: FailurePoint): Promise<Outcome> {
  const scenario = scenarioOf(point.kind, passed);
  const driven = await playedOut(rehearsing, way, point, scenario);
  const end = endOf(driven);
  const left = leftBy(driven.state);
  return { point, end, left, standing: standingOf(end, left) };
}

/** The run from the point on, to the end of its rollback. */
async function playedOut(rehearsing: Rehearsing, way: Way, point: FailurePoint, scenario: Scenario): Promise<Driven> {
  const { moment, fault, resumes, rollsBackAtOnce, denies } = scenario;
  const { world } = moment;
  world.fault = fault;
  const { standIns, secrets, actions } = rehearsing;
  const driving: Driving = {
    actions: world.actions(actions),
    operator: { standIns, forced: way.forced, denies, rollsBack: true },
    secrets,
    opening: resumes ? [resumed(world)] : [],
    seen: (event) => isBack(event, point),
  };
  if (rollsBackAtOnce) return rolledBack(moment, driving);
  const driven = await driveOn(moment, driving);
  const { state, stuck } = driven;
  const isOver = state.status === 'completed' || (state.status === 'failed' && state.rollback === null);
  return stuck === null && isOver ? rolledBack({ state, world }, driving) : driven;
}

/** The rollback as another process asks for it, also of a run that is over. */
async function rolledBack({ state, world }: Moment, driving: Driving): Promise<Driven> {
  const asked = requestRollback(state, null, 'rehearsed', actor);
  const goes = asked.ok && asked.events.some(({ type }) => type === 'rollback.requested');
  if (!goes) return { state, stuck: null };
  return driveOn({ state, world }, { ...driving, opening: [resumed(world), ...asked.events] });
}

/** What was to happen at `point` has happened: the operator rolls back. */
function isBack({ type, data }: RunEvent, { step, kind }: FailurePoint): boolean {
  if (!('step' in data) || data.step !== step) return false;
  if (kind === 'approval-denied') return type === 'approval.refused';
  return ends.has(type);
}

const ends: ReadonlySet<RunEvent['type']> = new Set([
  'attempt.ended',
  'attempt.voided',
  'attempt.settled',
  'step.failed',
  'step.passed',
]);
