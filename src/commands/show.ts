/** `gonogo show RUN`: one run as it stands. */
import { itemOutcomes } from '../app/audit.ts';
import { takenBefore } from '../app/clocks.ts';
import { type OnTarget, onTarget } from '../app/holds.ts';
import { type People, peopleAt } from '../app/people.ts';
import { apartWords } from '../app/put-back.ts';
import { runningNow } from '../app/standing.ts';
import { readNotedRun } from '../app/world.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { stepLine } from '../engine/headless.ts';
import { rehearsalText } from '../report/rehearsal.ts';
import { isoTime } from '../report/time.ts';
import { emergencyDebts } from '../run/approvals.ts';
import { correctionText } from '../run/correct.ts';
import { type DecisionClock, decisionClocks } from '../run/decision-clock.ts';
import { hookWords } from '../run/hooks.ts';
import { entryOnHost, hostOf, nameOnHost } from '../run/host-of.ts';
import { hostStatus, hostVisits } from '../run/host-results.ts';
import { partsOf, severityOf } from '../run/incident.ts';
import { severityText } from '../run/incident-state.ts';
import { jumpText } from '../run/jump-text.ts';
import { writtenByNewer } from '../run/newer.ts';
import { noteSaid, toldLater } from '../run/noted.ts';
import { bodyOf, outlineOf } from '../run/outline.ts';
import { currentPhase, progress } from '../run/progress.ts';
import { owedWords } from '../run/questions/earlier.ts';
import { newerWords } from '../run/questions/over.ts';
import { remindersOf } from '../run/reminders.ts';
import { rollbackPlan } from '../run/rollback.ts';
import { type Standing, standingOf } from '../run/standing.ts';
import type { Note, RunState, StepState, VisitState } from '../run/state.ts';
import { titleListed } from '../run/titles.ts';
import { clockLines, reminderLine } from '../tui/present/clock.ts';
import { peopleLines } from '../tui/present/people.ts';
import { standingHeadline, standingLines } from '../tui/present/standing.ts';
import { type Io, Items, openWorld, printJsonParts, type StateOptions } from './command.ts';
import { approvalsAsJson, emergencyAsJson, gateAsJson, gatesAsLines, gatesOf } from './show-gates.ts';
import { holdsAsJson, holdsAsLines } from './show-holds.ts';
import { Teller } from './teller.ts';

export interface ShowOptions extends StateOptions {
  readonly json?: boolean | undefined;
}

/** Prints run `name`. */
export async function show(name: string, options: ShowOptions, io: Io): Promise<number> {
  const world = await openWorld(options);
  const { state, notes } = await readNotedRun(world, name);
  const now = world.host.clock.now();
  const standing = standingOf(state, await runningNow(world, state));
  const around = await onTarget(world, state);
  const people = await peopleAt(world, state.id);
  const durations = await takenBefore(world, state.runbook);
  const apart = (await world.journals.apart([state.id])).get(state.id) ?? { lacking: null, branches: [] };
  if (options.json === true) {
    const clocks = decisionClocks(state, durations).map(clockAsJson);
    const json = {
      clocks,
      ...runAsJson(state, standing, now),
      ...peopleAsJson(people),
      ...holdsAsJson(state, around),
      ...apart,
    };
    await printJsonParts(io, { ...json, notes: new Items((take) => notes((note) => take(noteAsJson(note)))) });
    return 0;
  }
  const teller = new Teller(io, world.journals.evidence(state.id));
  for (const line of apartWords(apart, state.id)) io.stdout(`apart      ${visibleLine(line)}\n`);
  const clocks = clockLines(state, durations, now).map((line) => `clock      ${visibleLine(line)}`);
  const first = [...linesBeforeNotes(state, standing, now), ...[...clocks, ...peopleLines(people, now)].map(plain)];
  await tellLines(teller, first);
  await notes((note) => io.stdout(`${noteLine(note)}\n`));
  await tellLines(teller, [...linesAfterNotes(state, now), ...aroundAsLines(around)]);
  return 0;
}

function clockAsJson({ endsAt, decideBy, ...clock }: DecisionClock): Record<string, unknown> {
  return { ...clock, endsAt: isoTime(endsAt), decideBy: isoTime(decideBy) };
}

/** Who is at the run, for scripts. */
export function peopleAsJson(people: People | null): Record<string, unknown> {
  if (people === null) return { driver: null, watchers: [] };
  const { driver, watchers } = people;
  if (driver === null) return { driver: null, watchers };
  const { name, hostname, since, seen } = driver;
  return { driver: { name, hostname, since, seen }, watchers };
}

/** The run as data at `now` (epoch ms), with the keys that scripts rely on. Secrets read `•••`. */
export function runAsJson(state: RunState, standing: Standing, now: number): Record<string, unknown> {
  const verdict = state.verdicts.at(-1)?.data.verdict;
  return {
    run: state.id,
    title: state.runbook.title,
    document: state.documents[0]?.path ?? null,
    sha256: state.sha256,
    status: standing.status,
    running: standing.running.map(({ step, since }) => ({ step, since: isoTime(since) })),
    reading: standing.reading.map(({ probe, step, startedAt }) => ({ probe, step, since: isoTime(startedAt) })),
    progress: progress(state),
    phase: currentPhase(state),
    operator: state.operator,
    startedAt: isoTime(state.startedAt),
    endedAt: state.endedAt === null ? null : isoTime(state.endedAt),
    vars: Object.fromEntries([...state.variables].map(([key, values]) => [key, values.at(-1)?.value ?? '•••'])),
    head: { seq: state.head.seq, sha256: state.head.sha256 },
    waiting: standing.waiting,
    newer: writtenByNewer(state),
    change: changeAsJson(state),
    rehearsal: rehearsalAsJson(state),
    steps: inOrder(state).map((step) => stepAsJson(state, step)),
    rollback: rollbackAsJson(state),
    obligations: state.obligations.map(({ step, text, status, by }) => ({ step, text, status, by })),
    approvals: approvalsAsJson(state, now),
    gates: gatesOf(state, now).map(gateAsJson),
    emergencies: emergencyDebts(state).map(emergencyAsJson),
    clock: state.jumps.map(({ at, data }) => ({ at: isoTime(at), ...data })),
    ...incidentAsJson(state, now),
    notes: state.notes.map(noteAsJson),
    corrections: state.corrections.map(({ at, by, name, from, value, reason, used }) => ({
      at: isoTime(at),
      by,
      name,
      from,
      value,
      reason,
      used,
    })),
    hooks: state.hooks.map(({ hook, on, at, end }) => ({
      hook,
      on,
      at: isoTime(at),
      ok: end?.ok ?? null,
      reason: end?.reason ?? null,
      exit: end?.exit ?? null,
      status: end?.status ?? null,
    })),
    findings: verdict?.findings ?? [],
    items: itemOutcomes(state),
    score: verdict?.score ?? null,
    verdict: verdict?.verdict ?? null,
  };
}

function noteAsJson({ seq, at, by, text, step, kind, happened, corrects, owner }: Note): Record<string, unknown> {
  const told = happened === null ? null : isoTime(happened);
  return { seq, at: isoTime(at), by, text, step, kind, happened: told, corrects, owner };
}

/** With the number of its record, by which a later note corrects it. */
function noteLine(note: Note): string {
  const { seq, by } = note;
  return `${`note ${seq}`.padEnd(10)} ${visibleLine(by)}: ${visibleLine(`${noteSaid(note)}${toldLater(note)}`)}`;
}

/** What people say of an incident, and what comes up again. */
function incidentAsJson(state: RunState, now: number): Record<string, unknown> {
  return {
    severity: severityOf(state),
    offer: offerAsJson(state),
    people: Object.fromEntries(partsOf(state)),
    reminders: remindersOf(state, now).map(({ since, dueAt, ...one }) => ({
      ...one,
      since: isoTime(since),
      dueAt: isoTime(dueAt),
    })),
  };
}

function offerAsJson({ offer }: RunState): Record<string, unknown> | null {
  return offer === null ? null : { ...offer, at: isoTime(offer.at) };
}

function offerAsLines({ offer }: RunState): readonly string[] {
  return offer === null
    ? []
    : [`hand-over  ${visibleLine(`offered to ${offer.to} by ${offer.from}, and not taken yet`)}`];
}

/** How bad it is and who has which part, as far as somebody said so. */
function incidentAsLines(state: RunState, now: number): readonly string[] {
  const severity = severityOf(state);
  const last = state.incident.severities.at(-1);
  return [
    ...(severity === null
      ? []
      : [`severity   ${visibleLine(last === undefined ? severity : severityText(last.data))}`]),
    ...[...partsOf(state)].map(([part, name]) => `${part.padEnd(10)} ${visibleLine(name)}`),
    ...remindersOf(state, now).map((one) => `reminder   ${visibleLine(reminderLine(one))}`),
  ];
}

function changeAsJson({ change }: RunState): Record<string, unknown> | null {
  if (change === null) return null;
  const { ticket = null, requester = null, commit = null, artefacts } = change.data;
  return { at: isoTime(change.at), ticket, requester, commit, artefacts };
}

function rehearsalAsJson({ rehearsal }: RunState): Record<string, unknown> | null {
  return rehearsal === null ? null : { ...rehearsal, at: isoTime(rehearsal.at) };
}

function rehearsalAsLines({ rehearsal }: RunState): readonly string[] {
  return rehearsal === null ? [] : [`rehearsed  ${visibleLine(rehearsalText(rehearsal))}`];
}

function changeAsLines({ change }: RunState): readonly string[] {
  if (change === null) return [];
  const { ticket, requester, commit, artefacts } = change.data;
  const facts = [
    ticket === undefined ? null : `ticket ${ticket}`,
    requester === undefined ? null : `requested by ${requester}`,
    commit === undefined ? null : `commit ${commit}`,
    ...artefacts.map(({ name, sha256 }) => `${name} sha256 ${sha256}`),
  ];
  return facts.flatMap((fact) => (fact === null ? [] : [`change     ${visibleLine(fact)}`]));
}

function stepAsJson(state: RunState, step: StepState): Record<string, unknown> {
  const outline = outlineOf(state.runbook);
  const place = outline.places.get(step.id);
  const undo = outline.undos.get(step.id);
  const visit = step.visits.at(-1);
  const end = visit?.attempts.findLast((attempt) => attempt.end !== null)?.end ?? null;
  const host = hostOf(state, step.id, visit ?? null);
  const origin = undo === undefined ? undefined : outline.places.get(undo.of)?.step.title;
  return {
    id: step.id,
    title: titleListed(state, step.id) ?? `Undo: ${origin ?? step.id}`,
    ...(host === null ? {} : { host }),
    phase: place?.phase ?? 'rollback',
    action: bodyOf(state.runbook, step.id)?.action ?? null,
    status: visit?.status ?? 'pending',
    visits: step.visits.length,
    attempts: step.visits.reduce((sum, { attempts }) => sum + attempts.length, 0),
    exit: end?.exit ?? null,
    ms: end?.ms ?? null,
    reason: visit?.reason ?? null,
    note: visit?.note ?? null,
    evidence: visit?.evidence ?? [],
    left: end?.left ?? [],
    ...(place?.step.flow === 'each' && place.step.on !== undefined ? { hosts: hostsAsJson(state, step.id) } : {}),
  };
}

/** What the step came to on each host, by its name. `ms`: of its newest try. */
function hostsAsJson(state: RunState, id: string): Record<string, unknown> {
  return Object.fromEntries(
    [...hostVisits(state, id)].map(([host, { visit }]) => {
      const end = visit.attempts.findLast((attempt) => attempt.end !== null)?.end ?? null;
      const facts = { exit: end?.exit ?? null, attempts: visit.attempts.length, ms: end?.ms ?? null };
      return [host, { status: hostStatus(visit), ...facts, reason: visit.reason, evidence: visit.evidence }];
    }),
  );
}

/** The document's steps in their order; once a rollback began, its plan after the phases. */
function inOrder(state: RunState): readonly StepState[] {
  const planned = state.rollback?.plan.map(({ id }) => id) ?? [];
  const last = new Set(planned);
  const { places } = outlineOf(state.runbook);
  // What a rollback would do after its undos is no step that waits for its turn.
  const own = [...state.steps.keys()].filter((id) => !last.has(id) && places.get(id)?.phase !== null);
  const ids = [...own, ...last];
  return ids.flatMap((id) => state.steps.get(id) ?? []);
}

function rollbackAsJson(state: RunState): Record<string, unknown> {
  const plan = state.rollback?.plan ?? rollbackPlan(state);
  const done = state.rollback === null ? [] : plan.slice(0, state.rollback.position).map(({ id }) => id);
  return {
    started: state.rollback !== null,
    reason: state.rollback?.reason ?? state.rollbackRequested?.reason ?? null,
    plan: plan.map(({ id }) => id),
    done,
  };
}

/** Tells the run for a person at `now` (epoch ms), with the end of its output after each step that has failed. */
export async function tellRun(teller: Teller, state: RunState, standing: Standing, now: number): Promise<void> {
  await tellLines(teller, runAsLines(state, standing, now));
}

/** The lines that tell the run for a person at `now` (epoch ms). */
export function runAsLines(state: RunState, standing: Standing, now: number): readonly RunLine[] {
  const notes = state.notes.map((note) => plain(noteLine(note)));
  return [...linesBeforeNotes(state, standing, now), ...notes, ...linesAfterNotes(state, now)];
}

/** Resolves when they are printed. */
async function tellLines(teller: Teller, lines: readonly RunLine[]): Promise<void> {
  for (const { text, failed } of lines) {
    teller.line(text);
    if (failed !== null) teller.output(failed);
  }
  await teller.done();
}

/** A line, and the visit that it says has failed. */
interface RunLine {
  readonly text: string;
  readonly failed: VisitState | null;
}

function plain(text: string): RunLine {
  return { text, failed: null };
}

/** How the run stands, then a line for each step that was arrived at, and what happened to it. */
function linesBeforeNotes(state: RunState, standing: Standing, now: number): readonly RunLine[] {
  const newer = writtenByNewer(state);
  return [
    plain(`${state.id}  ${visibleLine(state.runbook.title)}`),
    plain(standingHeadline(state, standing, now)),
    ...(newer === null ? [] : [plain(visibleLine(`${newer}: this is what this gonogo can read of it; update gonogo`))]),
    ...standingLines({ ...standing, waiting: null }, now).map((line) => plain(`  ${line}`)),
    plain(''),
    ...inOrder(state).map((step) => stepAsLine(state, step)),
    ...state.jumps.map(({ at, data }) => plain(`clock      ${isoTime(at)}: ${jumpText(data)}`)),
    ...offerAsLines(state).map(plain),
    ...incidentAsLines(state, now).map(plain),
    ...rehearsalAsLines(state).map(plain),
    ...changeAsLines(state).map(plain),
  ];
}

/** What people did about it, and what comes next. */
function linesAfterNotes(state: RunState, now: number): readonly RunLine[] {
  const left = state.rollback?.plan ?? rollbackPlan(state);
  return [
    ...state.corrections.map((one) => plain(`corrected  ${visibleLine(`${correctionText(one)}: ${one.reason}`)}`)),
    ...state.obligations.map(({ step, text, status }) => plain(`owes       ${step}: ${visibleLine(text)} (${status})`)),
    ...holdsAsLines(state).map(plain),
    ...gatesAsLines(state, now).map(plain),
    ...state.hooks.map(({ hook, on, end }) =>
      plain(
        `hook       ${visibleLine(end === null ? `${on}: ${hook}, what came of it is not known` : hookWords(end))}`,
      ),
    ),
    ...(state.endedAt === null
      ? [
          plain(''),
          plain(
            `rollback plan: ${visibleLine(left.map((entry) => entryOnHost(state, entry)).join(', ')) || 'nothing to undo'}`,
          ),
        ]
      : []),
  ];
}

/** What other runs on the target mean to this one. */
function aroundAsLines(around: OnTarget = { newer: [], owed: [] }): readonly RunLine[] {
  const { newer, owed } = around;
  return [
    ...newer.map((one) => `since then ${newerWords(one)}`),
    ...owed.map((one) => `left open  ${owedWords(one)}`),
  ].map((text) => ({ text: visibleLine(text), failed: null }));
}

function stepAsLine(state: RunState, { id, visits }: StepState): RunLine {
  const visit = visits.at(-1);
  const title = titleListed(state, id) ?? '';
  if (visit === undefined)
    return { text: visibleLine(`pending    ${nameOnHost(state, id, null)}  ${title}`), failed: null };
  return { text: stepLine(state, id, visit), failed: visit.status === 'failed' ? visit : null };
}
