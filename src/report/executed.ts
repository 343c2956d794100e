/**
 * Steps as executed and what was read of them: smoke tests, figures, items, commands, evidence.
 *
 * Invariant: a visit is in the report exactly when an event opened it.
 */

import type { DataOf, Evidence, RunEvent } from '../run/event.ts';
import { cameTo } from '../run/judging.ts';
import { bodyOf, outlineOf } from '../run/outline.ts';
import { rendererOf } from '../run/renderer.ts';
import { spentMs, type VisitOf } from '../run/spent.ts';
import type { RunState, VisitState } from '../run/state.ts';
import type { Step, StepId } from '../runbook/document.ts';
import { unmaskedOnTerminal } from '../runbook/secrets-read.ts';
import { commandOf, fill, runsCommand, variablesRead } from './fill.ts';
import { onHost } from './hosts.ts';
import type { Commands, Figure, ItemRecord, ReportModel, SmokeTest, StepRecord } from './model.ts';
import { itemNamed } from './readiness.ts';
import { duration } from './time.ts';
import { isInRollback, isPersonal, key, lastVisit, peopleOf, realAttempts, statusAt } from './visits.ts';
import { counted, status, visitStatus } from './words.ts';

/** Name of the phase whose network checks are the smoke tests. */
const verifyPhase = 'verify';
const networkActions: ReadonlySet<string> = new Set(['http', 'tcp', 'tls']);

interface Opened {
  readonly id: StepId;
  readonly visit: VisitState;
}

/** Every visit of every step that is not an item of a gate, by phase, then as opened. */
export function stepRecords(state: RunState, events: readonly RunEvent[]): readonly StepRecord[] {
  const people = peopleOf(events);
  const titles = phaseTitles(state);
  const order = [...titles.keys()];
  return openedVisits(state)
    .filter(({ id }) => itemOf(state, id) === null)
    .map(({ id, visit }) => stepRecord(state, id, visit, titles, people))
    .sort((a, b) => order.indexOf(a.phase) - order.indexOf(b.phase));
}

/** Phase id → title in the order of the document, `rollback` last. */
function phaseTitles(state: RunState): ReadonlyMap<string, string> {
  const titles = new Map(state.runbook.phases.map(({ id, title }) => [id, fill(state, title, null, null)]));
  return titles.set('rollback', 'Rollback');
}

function openedVisits(state: RunState): readonly Opened[] {
  const opened: Opened[] = [];
  for (const { id, visits } of state.steps.values()) for (const visit of visits) opened.push({ id, visit });
  return opened.sort((a, b) => a.visit.openedSeq - b.visit.openedSeq);
}

function stepRecord(
  state: RunState,
  id: StepId,
  visit: VisitState,
  titles: ReadonlyMap<string, string>,
  people: ReadonlyMap<string, readonly string[]>,
): StepRecord {
  const phase = phaseOf(state, id);
  const attempts = realAttempts(visit);
  const end = attempts.findLast((attempt) => attempt.end !== null)?.end ?? null;
  const unmasked = attempts.length > 0 ? unmaskedIn(state, id) : null;
  return {
    phase,
    phaseTitle: titles.get(phase) ?? phase,
    id,
    ...onHost(state, id, visit),
    title: titleOf(state, id, visit),
    action: bodyOf(state.runbook, id)?.action ?? 'undo',
    status: statusAt(state, id, visit),
    visit: visit.visit,
    visits: state.steps.get(id)?.visits.length ?? visit.visit,
    attempts: attempts.length,
    exit: end?.exit ?? null,
    httpStatus: end?.status ?? null,
    ms: rendererOf(state) === 1 ? (end?.ms ?? lasted(state, id, visit)) : tookMs(state, { step: id, visit }),
    startedAt: attempts[0]?.startedAt ?? null,
    by: (people.get(key(id, visit.visit)) ?? ['automatic']).join(', '),
    reason: visit.reason,
    note: visit.note,
    answer: visit.answer,
    ...(unmasked === null ? {} : { unmasked }),
    ...(isUnrecorded(state, id, visit) ? { unrecorded: true as const } : {}),
    evidence: evidenceOf(visit),
  };
}

/** What a step printed on the terminal with a secret in its hands; null: nothing, or the report of its run does not say that. */
function unmaskedIn(state: RunState, id: StepId): string | null {
  const step = outlineOf(state.runbook).places.get(id)?.step;
  return step === undefined || rendererOf(state) < 2 ? null : unmaskedOnTerminal(state.runbook.vars, step);
}

/** A command had the terminal and nothing of what it showed was kept; before renderer 2 nothing ever was. */
function isUnrecorded(state: RunState, id: StepId, visit: VisitState): boolean {
  const step = outlineOf(state.runbook).places.get(id)?.step;
  if (step?.tty !== true || rendererOf(state) < 2) return false;
  return realAttempts(visit).some(({ folder, end }) => {
    const log = `${folder}/output.log`;
    return end !== null && !end.evidence.some(({ path, bytes }) => path === log && bytes > 0);
  });
}

/** The time from opening to closing, for what a person did or what holds other steps. */
function lasted(state: RunState, id: StepId, visit: VisitState): number | null {
  const holds = (outlineOf(state.runbook).places.get(id)?.step.flow ?? 'leaf') !== 'leaf';
  if (visit.closedAt === null || visit.attempts.length === 0) return null;
  return holds || isPersonal(state, id) ? visit.closedAt - visit.openedAt : null;
}

/** What a visit took that has ended; null: it has not begun, or not ended. */
export function tookMs(state: RunState, { step, visit }: VisitOf): number | null {
  const open = visit.status === 'running' || visit.status === 'pending';
  return open || realAttempts(visit).length === 0 ? null : spentMs(state, { step, visit }, state.head.at);
}

/** Id of the phase of a step, or `rollback`. */
export function phaseOf(state: RunState, id: StepId): string {
  return outlineOf(state.runbook).places.get(id)?.phase ?? 'rollback';
}

/** The title of a step or of an undo, filled in as the visit saw it. */
export function titleOf(state: RunState, id: StepId, visit: VisitState | null): string {
  const { places, undos } = outlineOf(state.runbook);
  const own = places.get(id)?.step.title;
  if (own !== undefined) return fill(state, own, id, visit);
  const of = undos.get(id)?.of ?? '';
  const title = places.get(of)?.step.title;
  return title === undefined ? id : `Undo: ${fill(state, title, id, visit)}`;
}

function evidenceOf(visit: VisitState): readonly Evidence[] {
  const known = new Map<string, Evidence>();
  for (const { end } of visit.attempts) for (const piece of end?.evidence ?? []) known.set(piece.path, piece);
  for (const piece of visit.evidence) known.set(piece.path, piece);
  return [...known.values()];
}

/** Evidence of every visit, each file once, in the order in which it was made. */
export function evidenceList(state: RunState): ReportModel['evidence'] {
  const list = openedVisits(state).flatMap(({ id, visit }) =>
    evidenceOf(visit).map(({ path, bytes, sha256, incomplete }) => ({
      step: id,
      ...onHost(state, id, visit),
      path,
      bytes,
      sha256,
      ...(incomplete === undefined ? {} : { incomplete }),
    })),
  );
  return [...new Map(list.map((piece) => [piece.path, piece])).values()];
}

/** Steps of the document that no event reached, without those inside containers that were not entered. */
export function notReached(state: RunState): ReportModel['notReached'] {
  const { places } = outlineOf(state.runbook);
  return [...places.values()]
    .filter(({ step, phase, parent }) => {
      const entered = parent === null || (lastVisit(state, parent.step.id)?.visit ?? 0) > 0;
      const due = phase !== null || state.rollback !== null;
      return due && entered && parent?.step.flow !== 'choose' && lastVisit(state, step.id) === null;
    })
    .map(({ step, phase }) => ({
      phase: phase ?? 'rollback',
      id: step.id,
      ...onHost(state, step.id, null),
      title: fill(state, step.title, step.id, null),
    }));
}

/** The network checks of the phase `verify`; where there is no such phase, those of all phases. */
export function smokeTests(state: RunState): readonly SmokeTest[] {
  const named = state.runbook.phases.some(({ id }) => id === verifyPhase);
  return openedVisits(state).flatMap(({ id, visit }) => {
    const place = outlineOf(state.runbook).places.get(id);
    if (place === undefined || place.phase === null || !networkActions.has(place.step.action)) return [];
    if ((named && place.phase !== verifyPhase) || realAttempts(visit).length === 0) return [];
    return [smokeTest(state, place.step, visit)];
  });
}

function smokeTest(state: RunState, step: Step, visit: VisitState): SmokeTest {
  const attempts = realAttempts(visit);
  const end = attempts.findLast((attempt) => attempt.end !== null)?.end ?? null;
  return {
    id: step.id,
    ...onHost(state, step.id, visit),
    title: titleOf(state, step.id, visit),
    what: fill(state, step.summary, step.id, visit),
    status: statusAt(state, step.id, visit),
    httpStatus: end?.status ?? null,
    ms: end?.ms ?? null,
    attempts: attempts.length,
    expectations: (end?.expectations ?? []).map(({ source, ok, detail }) => ({ source, ok, detail })),
    reason: visit.reason,
  };
}

/** Response times of network checks, then captured variables whose value is a number. */
export function figures(state: RunState): readonly Figure[] {
  return [...responseTimes(state), ...capturedNumbers(state)];
}

/** Those of a step on hosts are one figure over all of them. */
function responseTimes(state: RunState): readonly Figure[] {
  const times = new Map<StepId, { readonly ms: number[]; readonly hosts: Set<string> }>();
  for (const { id, visits } of state.steps.values()) {
    if (!networkActions.has(bodyOf(state.runbook, id)?.action ?? '')) continue;
    for (const visit of visits) {
      const { on } = onHost(state, id, visit);
      const name = on?.step ?? id;
      const known = times.get(name) ?? { ms: [], hosts: new Set<string>() };
      known.ms.push(...visit.attempts.flatMap(({ end }) => (end === null ? [] : [end.ms])));
      if (on !== undefined) known.hosts.add(on.host);
      times.set(name, known);
    }
  }
  return [...times].flatMap(([step, { ms, hosts }]) => {
    const last = ms.at(-1);
    if (last === undefined) return [];
    const where = hosts.size === 0 ? '' : ` on ${counted(hosts.size, 'host')}`;
    const range = `${duration(Math.min(...ms))} to ${duration(Math.max(...ms))} over ${ms.length} tries${where}`;
    const value = hosts.size > 1 ? `at most ${duration(Math.max(...ms))}` : duration(last);
    return [{ name: `Response time of ${step}`, value, range: ms.length === 1 ? null : range, step }];
  });
}

function capturedNumbers(state: RunState): readonly Figure[] {
  const found: Figure[] = [];
  for (const [name, values] of state.variables) {
    const last = values.at(-1);
    if (last?.step == null || last.value === null || !/^-?\d{1,18}(?:\.\d{1,18})?$/.test(last.value)) continue;
    found.push({ name, value: last.value, range: null, step: last.step });
  }
  return found;
}

/** What was found at each item of the checklists that were entered. */
export function itemRecords(state: RunState, events: readonly RunEvent[]): readonly ItemRecord[] {
  const people = peopleOf(events);
  const records: ItemRecord[] = [];
  for (const { step } of outlineOf(state.runbook).places.values()) {
    const visit = lastVisit(state, step.id);
    if (step.item === undefined || visit === null) continue;
    records.push({
      category: step.item.category,
      ...itemNamed(state, step.id),
      title: fill(state, step.title, step.id, visit),
      severity: step.item.severity,
      status: step.item.fact === undefined ? itemStatus(visit) : factStatus(visit),
      detail: cameTo(visit)?.detail ?? visit.note ?? visit.reason,
      evidence: [...(cameTo(visit)?.evidence ?? []), ...evidenceOf(visit).map(({ path }) => path)],
      by: (people.get(key(step.id, visit.visit)) ?? ['automatic']).join(', '),
    });
  }
  return records;
}

const itemWords: Readonly<Record<DataOf<'item.answered'>['result'], ItemRecord['status']>> = {
  pass: status('good', 'passed'),
  partial: status('warn', 'partial'),
  fail: status('bad', 'failed'),
  na: status('quiet', 'not applicable'),
};

function factStatus(visit: VisitState): ItemRecord['status'] {
  if (visit.item === null) return status('warn', 'unknown');
  return status('quiet', visit.item.result === 'pass' ? 'yes' : 'no');
}

function itemStatus(visit: VisitState): ItemRecord['status'] {
  const came = cameTo(visit);
  if (came === null && visit.status === 'not-taken' && visit.reason?.startsWith('not applicable: ') === true)
    return itemWords.na;
  const found = came === null ? visitStatus(visit) : itemWords[came.result];
  return visit.waiver === null || found.tone === 'good' ? found : { tone: 'warn', word: `${found.word}, waived` };
}

function itemOf(state: RunState, id: StepId): Step['item'] | null {
  return outlineOf(state.runbook).places.get(id)?.step.item ?? null;
}

/** Commands of the steps that ran, in order, each visit once; undos are in the rollback's own list. */
export function commands(state: RunState): Commands {
  const lines = openedVisits(state).flatMap(({ id, visit }) => {
    const body = bodyOf(state.runbook, id);
    const ran = realAttempts(visit).length > 0 && !isInRollback(state, id) && itemOf(state, id) === null;
    if (body === null || !ran || !runsCommand(body.action)) return [];
    return [{ step: id, ...onHost(state, id, visit), command: commandOf(state, body, id, visit) }];
  });
  return {
    variables: variablesIn(
      state,
      lines.map(({ command }) => command),
    ),
    lines,
  };
}

/** The variables that `scripts` read from their environment, with their last recorded value; secrets are left out. */
export function variablesIn(state: RunState, scripts: readonly string[]): Commands['variables'] {
  return variablesRead(state, scripts).flatMap((name) => {
    const value = state.variables.get(name)?.at(-1)?.value ?? null;
    return value === null ? [] : [{ name, value }];
  });
}
