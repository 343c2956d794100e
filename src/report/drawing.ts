/**
 * What the drawn time line shows: one lane a step, bars for what ran, what people were waited for, what failed and what
 * was undone.
 *
 * Invariants: bars lie between `from` and `to`; a lane exists exactly for what took time; where lanes would be too many
 * to read, a lane is a phase.
 */
import type { RunEvent } from '../run/event.ts';
import { nameOnHost, placeOnHost } from '../run/host-of.ts';
import { rendererOf } from '../run/renderer.ts';
import { spentMs } from '../run/spent.ts';
import type { RunState, StepState, VisitState } from '../run/state.ts';
import type { StepId } from '../runbook/document.ts';
import { phaseOf } from './executed.ts';
import type { Bar, Drawing, Lane, Status, Tone } from './model.ts';
import { isInRollback, isPerson, isPersonal, key, lastVisit, realAttempts, statusAt } from './visits.ts';
import { status } from './words.ts';

const lanesMax = 40;
/** Shorter waits are the time it takes to record an answer. */
const waitMsMin = 500;

/** The drawing of the run up to its last record. */
export function drawing(state: RunState, events: readonly RunEvent[]): Drawing {
  const from = state.startedAt;
  const to = Math.max(from, state.endedAt ?? state.head.at);
  const all = stepLanes(state, waits(state, events), failedAttempts(events), to);
  const lanes = all.length > lanesMax ? lanesOfSteps(state, all) : all;
  const byPhase = lanes.length > lanesMax;
  return {
    from,
    to,
    pauses: pauses(events),
    rollbackAt: state.rollback?.startedAt ?? null,
    lanes: byPhase ? phaseLanes(state, all) : lanes.map((lane) => ({ ...lane, label: laneName(state, lane.label) })),
    byPhase,
  };
}

/** Times between a pause and the next record that is no note. */
export function pauses(events: readonly RunEvent[]): Drawing['pauses'] {
  const found: { from: number; to: number }[] = [];
  let since: number | null = null;
  for (const event of events) {
    if (event.type === 'run.paused') since ??= event.at;
    else if (since !== null && event.type !== 'note.added') {
      if (event.at > since) found.push({ from: since, to: event.at });
      since = null;
    }
  }
  return found;
}

function stepLanes(
  state: RunState,
  waiting: ReadonlyMap<StepId, readonly Bar[]>,
  failed: ReadonlySet<string>,
  to: number,
): readonly Lane[] {
  const lanes: { first: number; lane: Lane }[] = [];
  for (const { id, visits } of state.steps.values()) {
    const bars = [...(waiting.get(id) ?? []), ...visits.flatMap((visit) => attemptBars(state, id, visit, failed, to))];
    const visit = lastVisit(state, id);
    if (bars.length === 0 || visit === null) continue;
    bars.sort((a, b) => a.from - b.from);
    const took = rendererOf(state) === 1 ? {} : { ms: lastedMs(state, id, visits) };
    const lane = { label: id, status: statusAt(state, id, visit), ...took, bars };
    lanes.push({ first: visits.at(0)?.openedSeq ?? 0, lane });
  }
  return lanes.sort((a, b) => a.first - b.first).map(({ lane }) => lane);
}

/** What all visits took, as the table of the steps has each; one that is open, until now. */
function lastedMs(state: RunState, step: StepId, visits: StepState['visits']): number {
  const begun = visits.filter((visit) => realAttempts(visit).length > 0);
  return begun.reduce((sum, visit) => sum + spentMs(state, { step, visit }, state.head.at), 0);
}

/** Attempts that failed their step, by `key(step, attempt)`. A try that the step's own rule made good again is none. */
function failedAttempts(events: readonly RunEvent[]): ReadonlySet<string> {
  const last = new Map<StepId, number>();
  const failed = new Set<string>();
  for (const event of events) {
    if (event.type === 'step.started') last.set(event.data.step, event.data.attempt);
    else if (event.type === 'step.failed') failed.add(key(event.data.step, last.get(event.data.step) ?? 0));
  }
  return failed;
}

function attemptBars(
  state: RunState,
  id: StepId,
  visit: VisitState,
  failed: ReadonlySet<string>,
  to: number,
): readonly Bar[] {
  return realAttempts(visit).map((attempt) => {
    const end = attempt.endedAt ?? visit.closedAt ?? to;
    const kind = failed.has(key(id, attempt.attempt)) ? 'failure' : kindOf(state, id);
    return { from: attempt.startedAt, to: Math.max(attempt.startedAt, end), kind };
  });
}

function kindOf(state: RunState, id: StepId): Bar['kind'] {
  if (isPersonal(state, id)) return 'wait';
  return isInRollback(state, id) ? 'undo' : 'step';
}

/**
 * What a person decided at a step closes a wait that began with the record before it. Steps of people are left out: the
 * whole of their attempt is the wait.
 */
function waits(state: RunState, events: readonly RunEvent[]): ReadonlyMap<StepId, readonly Bar[]> {
  const found = new Map<StepId, Bar[]>();
  events.forEach((event, index) => {
    const step = decidedAt(event, failing(events, index));
    const from = events[index - 1]?.at ?? event.at;
    if (step === null || isPersonal(state, step) || !isPerson(event.actor) || event.at - from < waitMsMin) return;
    found.set(step, [...(found.get(step) ?? []), { from, to: event.at, kind: 'wait' }]);
  });
  return found;
}

/** The step that a decision belongs to. A rollback that is asked for answers the failure before it, if there is one. */
function decidedAt(event: RunEvent, failed: StepId | null): StepId | null {
  switch (event.type) {
    case 'step.ordered':
    case 'step.retried':
    case 'step.skipped':
    case 'step.overridden':
    case 'attempt.settled':
    case 'danger.confirmed':
    case 'done_when.accepted':
    case 'drift.accepted':
    case 'option.chosen':
      return event.data.step;
    case 'rollback.requested':
      return failed;
    default:
      return null;
  }
}

function failing(events: readonly RunEvent[], index: number): StepId | null {
  const before = events[index - 1];
  return before?.type === 'step.failed' ? before.data.step : null;
}

/** A lane for a step on hosts, and one for its undo, instead of one for each host. */
function lanesOfSteps(state: RunState, lanes: readonly Lane[]): readonly Lane[] {
  const groups = Map.groupBy(lanes, ({ label }) => placeOnHost(state, label, lastVisit(state, label))?.step ?? label);
  return [...groups].map(([label, own]) => {
    const whole = own.find((lane) => lane.label === label);
    return whole ?? merged(label, own);
  });
}

function laneName(state: RunState, id: StepId): string {
  return nameOnHost(state, id, lastVisit(state, id));
}

function phaseLanes(state: RunState, lanes: readonly Lane[]): readonly Lane[] {
  const phases = new Map<string, Lane[]>();
  for (const lane of lanes) {
    const phase = phaseOf(state, lane.label);
    const own = phases.get(phase);
    if (own === undefined) phases.set(phase, [lane]);
    else own.push(lane);
  }
  return [...phases].map(([label, own]) => merged(label, own));
}

function merged(label: string, own: readonly Lane[]): Lane {
  const took = own[0]?.ms === undefined ? {} : { ms: own.reduce((sum, { ms }) => sum + (ms ?? 0), 0) };
  return { label, status: worst(own), ...took, bars: joined(own) };
}

const severity: readonly Tone[] = ['bad', 'warn', 'open', 'quiet', 'good'];

function worst(lanes: readonly Lane[]): Status {
  const sorted = lanes.map((lane) => lane.status).sort((a, b) => severity.indexOf(a.tone) - severity.indexOf(b.tone));
  return sorted[0] ?? status('quiet', 'not taken');
}

/** Bars of one kind that touch become one, so that thousands of steps stay a drawing. */
function joined(lanes: readonly Lane[]): readonly Bar[] {
  const bars = lanes.flatMap((lane) => lane.bars).sort((a, b) => a.from - b.from);
  const result: Bar[] = [];
  for (const bar of bars) {
    const last = result.at(-1);
    if (last !== undefined && last.kind === bar.kind && bar.from - last.to <= waitMsMin) {
      result[result.length - 1] = { ...last, to: Math.max(last.to, bar.to) };
    } else result.push(bar);
  }
  return result;
}
