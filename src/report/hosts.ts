/** What steps came to on their hosts, and who these are, from the state and the events alone. */
import type { RunEvent } from '../run/event.ts';
import { twinsIn } from '../run/fleet.ts';
import { placeOnHost } from '../run/host-of.ts';
import { type HostVisit, hostVisits } from '../run/host-results.ts';
import { namedHosts } from '../run/host-words.ts';
import { outlineOf } from '../run/outline.ts';
import { spentMs } from '../run/spent.ts';
import type { RunState, VisitState } from '../run/state.ts';
import type { Step, StepId } from '../runbook/document.ts';
import { fill } from './fill.ts';
import type { FleetRecord, HostParts, HostRecord, HostTold, OnHost, StepOnHosts } from './hosts-model.ts';
import type { Status } from './status.ts';
import { lastVisit, realAttempts, statusAt } from './visits.ts';
import { status } from './words.ts';

/** What a host came to where nothing began. */
export const notReached = 'not reached';

/** Of which step on which host `id` is what happens there on `visit` (null: on the one that is next). */
export function onHost(state: RunState, id: StepId, visit: VisitState | null): OnHost {
  const on = placeOnHost(state, id, visit);
  return on === null ? {} : { on };
}

/** The same for what record `seq` tells of step `id`; null: it tells of none. */
export function onHostAt(state: RunState): (id: StepId | null, seq: number) => OnHost {
  const spread = [...state.expansions].some((one) => one.spread !== null);
  return (id, seq) => {
    if (id === null || !spread) return {};
    return onHost(state, id, state.steps.get(id)?.visits.findLast(({ openedSeq }) => openedSeq <= seq) ?? null);
  };
}

/** The parts that only the report of a run with hosts has. */
export function hostParts(state: RunState, events: readonly RunEvent[]): HostParts {
  const hosts = stepsOnHosts(state);
  const fleet = fleetRecord(state, events);
  return { ...(hosts.length === 0 ? {} : { hosts }), ...(fleet === null ? {} : { fleet }) };
}

function stepsOnHosts(state: RunState): readonly StepOnHosts[] {
  const undone = undoneOf(state);
  return [...outlineOf(state.runbook).places.values()].flatMap(({ step }) => stepOnHosts(state, step, undone) ?? []);
}

/** What `step` came to on its hosts; null where it has none, or none are known yet. `undone`: what took a visit back, by `STEP VISIT`. */
export function stepOnHosts(state: RunState, step: Step, undone: ReadonlyMap<string, Status>): StepOnHosts | null {
  const rows = step.on === undefined ? [] : hostsOf(state, step.id);
  if (step.each === undefined || rows.length === 0) return null;
  const visits = hostVisits(state, step.id);
  const batches = batchesOf(state, step);
  const hosts = rows.map((host, index) => {
    const id = step.blocks[0]?.steps[index]?.id ?? step.id;
    return hostRecord(state, { host, batch: batches(index), id }, visits.get(host), undone);
  });
  const [visit, action] = [lastVisit(state, step.id), step.each.pattern.action];
  const title = fill(state, step.title, step.id, visit);
  return { step: step.id, title, action, status: statusOver(state, step, hosts), words: words(hosts), hosts };
}

function hostsOf(state: RunState, id: StepId): readonly string[] {
  const found = state.expansions.findLast(({ step, spread }) => step === id && spread !== null);
  return found?.rows.map(({ host }) => String(host)) ?? [];
}

/** In which batch a host has its turn, from 1: of the step around where that goes through them. */
function batchesOf(state: RunState, { id, on }: Step): (index: number) => number {
  const found = state.expansions.findLast(({ step, spread }) => step === (on?.within ?? id) && spread !== null);
  const numbers = (found?.spread?.batches ?? []).flatMap((size, at) => Array.from({ length: size }, () => at + 1));
  return (index) => numbers[index] ?? 1;
}

function hostRecord(
  state: RunState,
  { host, batch, id }: Pick<HostRecord, 'host' | 'batch' | 'id'>,
  found: HostVisit | undefined,
  undone: ReadonlyMap<string, Status>,
): HostRecord {
  if (found === undefined) {
    const nothing = { exit: null, httpStatus: null, tries: 0, ms: null, reason: null, lastLines: [], evidence: [] };
    return { host, batch, id, status: status('open', notReached), ...nothing, undone: null };
  }
  const { step, visit } = found;
  const attempts = realAttempts(visit);
  const end = attempts.findLast((attempt) => attempt.end !== null)?.end ?? null;
  const over = visit.closedSeq !== null || visit.status === 'failed';
  return {
    host,
    batch,
    id: step,
    status: hostStatus(state, step, visit),
    exit: end?.exit ?? null,
    httpStatus: end?.status ?? null,
    tries: attempts.length,
    ms: attempts.length === 0 || !over ? null : spentMs(state, { step, visit }, state.head.at),
    reason: visit.reason,
    lastLines: visit.status === 'failed' ? (end?.lastLines ?? []) : [],
    evidence: visit.evidence,
    undone: undone.get(`${step} ${visit.visit}`) ?? null,
  };
}

function hostStatus(state: RunState, id: StepId, visit: VisitState): Status {
  return visit.unreachable && visit.status === 'failed' ? status('bad', 'unreachable') : statusAt(state, id, visit);
}

/** What took a visit back, by `STEP VISIT`: of several bodies the one that did worst. */
function undoneOf(state: RunState): ReadonlyMap<string, Status> {
  const found = new Map<string, Status>();
  for (const entry of state.rollback?.plan ?? []) {
    if (entry.kind !== 'undo') continue;
    const { step, visit } = entry.undoes;
    const undo = state.steps.get(entry.id)?.visits.findLast(({ undoes }) => undoes === null || undoes.visit === visit);
    const came = undo === undefined ? status('open', notReached) : statusAt(state, entry.id, undo);
    const word = came.word === 'passed' ? status('good', 'undone') : came;
    const before = found.get(`${step} ${visit}`);
    if (before === undefined || before.tone === 'good') found.set(`${step} ${visit}`, word);
  }
  return found;
}

function statusOver(state: RunState, step: Step, hosts: readonly HostRecord[]): Status {
  if (hosts.some((host) => host.status.tone === 'bad')) return status('bad', 'failed');
  if (hosts.every((host) => host.status.tone === 'good')) return status('good', 'passed');
  const visit = lastVisit(state, step.id);
  const whole = visit === null ? status('open', notReached) : statusAt(state, step.id, visit);
  return whole.tone === 'good' && hosts.some((host) => host.status.word === notReached)
    ? status('open', 'on some hosts')
    : whole;
}

/** `5 of 6 hosts passed; web3 failed`. */
function words(hosts: readonly HostRecord[]): string {
  const others = new Map<string, string[]>();
  for (const { host, status: came } of hosts) {
    if (came.tone !== 'good') others.set(came.word, [...(others.get(came.word) ?? []), host]);
  }
  const passed = hosts.filter((host) => host.status.tone === 'good').length;
  const rest = [...others].map(([word, names]) => `${namedHosts(names)} ${word}`);
  return [`${passed} of ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} passed`, ...rest].join('; ');
}

/** Null: no host was asked. */
function fleetRecord({ fleet }: RunState, events: readonly RunEvent[]): FleetRecord | null {
  if (fleet.known.size === 0) return null;
  const told = new Map<string, HostTold[]>([...fleet.known.keys()].map((name) => [name, []]));
  for (const { at, type, data } of events) {
    if (type !== 'host.identified') continue;
    const { host, hostKey, hostname, machineId, bootId } = data;
    const now: HostTold = { host, at, hostKey, hostname, machineId, bootId };
    const before = told.get(host)?.at(-1);
    if (before === undefined || !isSame(before, now)) told.get(host)?.push(now);
  }
  return {
    told: [...told.values()].flat(),
    unreachable: [...fleet.known.values()].flatMap(({ name: host, unreachable }) =>
      unreachable === null ? [] : [{ host, reason: unreachable.reason }],
    ),
    twins: twinsIn(fleet),
  };
}

function isSame(a: HostTold, b: HostTold): boolean {
  return a.hostKey === b.hostKey && a.machineId === b.machineId && a.bootId === b.bootId && a.hostname === b.hostname;
}
