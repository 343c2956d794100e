/**
 * `decide`: what is due now, from the state alone. Nothing is executed here; the engine appends the events, then performs
 * what they began.
 *
 * Invariants:
 * 1. Pure: the same state and circumstances give the same decision, so a resumed run goes on where it was.
 * 2. An effect is only ever named by an event (`step.started`, `probe.started`) that comes with it.
 * 3. While any attempt runs, nothing is undone; a rollback that was asked for starts when the last one has ended.
 * 4. A `once` action whose outcome is unknown is never begun again without `attempt.settled` by a person or its `done_when`.
 * 5. A gate is never skipped and never marked done.
 */
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Body, ChecklistRules, Step, StepId } from '../runbook/document.ts';
import { interpolateText } from '../runbook/interpolate.ts';
import type { Actor, EventDraft, Verdict } from './event.ts';
import {
  auditItems,
  auditReason,
  auditStep,
  awaitsRequirement,
  itemsOf,
  type Look,
  lookOf,
  missingRequirement,
  newestChange,
  openItems,
  staleGate,
  verdictOf,
  waivable,
  wholeRun,
} from './gate.ts';
import { endedDebts, openDebts } from './obligations.ts';
import { outlineOf, undoSteps } from './outline.ts';
import { failuresInRollback, unclearedFailures } from './progress.ts';
import type { Question } from './question.ts';
import { emptyVisit } from './reduce.ts';
import { hasChanged, rollbackPlan } from './rollback.ts';
import { noSecrets, type Resolved, resolveBody, secretsIn, type View, viewOf } from './scope.ts';
import type { AttemptState, ProbeState, RunState, StepState, VisitState } from './state.ts';

/** What `decide` may know beside the state. `held`: secrets whose value is in memory. */
export interface Circumstances {
  readonly specs: ActionSpecs;
  /** Epoch ms. */
  readonly now: number;
  /** A person is walked through and orders each step; otherwise `on_fail` and answers decide. */
  readonly guided: boolean;
  /** Steps that are asked about on arrival although nobody guides. */
  readonly arrivals: ReadonlySet<StepId>;
  readonly held: ReadonlySet<string>;
  /** There is a terminal that a step may have. */
  readonly terminal: boolean;
  /** The newest verdict of earlier runs, by the checklist's title. */
  readonly previous: ReadonlyMap<string, { readonly run: string; readonly verdict: Verdict }>;
  readonly bootId: string;
}

/**
 * `events` is not empty: append them, then decide again. Else the run waits for what is in it: attempts that run
 * (`ongoing`), a clock (`wakeAt`, epoch ms), a person (`question`).
 */
export interface Decision {
  readonly events: readonly EventDraft[];
  readonly question: Question | null;
  readonly wakeAt: number | null;
  readonly ongoing: readonly Ongoing[];
  readonly probes: readonly ProbeState[];
}

export interface Ongoing {
  readonly step: StepId;
  readonly visit: number;
  readonly attempt: AttemptState;
}

/** Items of a checklist that run a command or wait for a network at the same time, at most. */
const PROCESSES_AT_ONCE = 4;

export const engineActor: Actor = { via: 'engine', name: 'gonogo' };
const idle: Decision = { events: [], question: null, wakeAt: null, ongoing: [], probes: [] };

const ended = new Set(['completed', 'rolled-back', 'failed', 'abandoned']);

/** What is due in `state` now. An ended run: nothing. */
export function decide(state: RunState, now: Circumstances): Decision {
  if (ended.has(state.status)) return idle;
  const variable = askedVariable(state);
  if (variable !== null) return { ...idle, question: variable };
  const debts = endedDebts(state, engineActor);
  if (debts.length > 0) return only(...debts);
  if (state.rollback !== null) return walkRollback(state, now);
  if (state.rollbackRequested !== null) return beginRollback(state);
  if (state.runbook.target !== undefined && state.targets.length === 0) return probeTarget(state, now, null);
  return state.runbook.kind === 'checklist' ? walkAudit(state, now) : walkPhases(state, now);
}

function askedVariable(state: RunState): Question | null {
  for (const [name, variable] of Object.entries(state.runbook.vars)) {
    if (variable.ask === undefined || state.variables.has(name)) continue;
    return variableQuestion(state, name, variable.ask);
  }
  return null;
}

/** A secret that `needed` names, that was given to an earlier process, and that this one does not hold: it is asked for again. */
function missingSecret(state: RunState, now: Circumstances, needed: readonly string[]): Question | null {
  const name = needed.find((one) => state.runbook.vars[one]?.ask !== undefined && isLost(state, now, one));
  return name === undefined ? null : variableQuestion(state, name, state.runbook.vars[name]?.ask ?? name);
}

/** Why a step that needs the secrets `needed` cannot start: one of them came from an environment that has it no more. */
function lostSecret(state: RunState, now: Circumstances, needed: readonly string[]): string | null {
  const name = needed.find((one) => isLost(state, now, one));
  const from = name === undefined ? undefined : state.runbook.vars[name]?.env;
  if (name === undefined) return null;
  return `the secret ${name} is not there any more${from === undefined ? '' : `: set ${from} and resume`}`;
}

function isLost(state: RunState, now: Circumstances, secret: string): boolean {
  return state.variables.has(secret) && !now.held.has(secret);
}

function variableQuestion(state: RunState, name: string, question: string): Question {
  const variable = state.runbook.vars[name];
  return {
    kind: 'variable',
    name,
    question,
    match: variable?.match ?? null,
    choices: variable?.choices ?? [],
    secret: variable?.secret ?? false,
    default: variable?.default ?? null,
  };
}

function walkPhases(state: RunState, now: Circumstances): Decision {
  const phase = state.runbook.phases[state.position.phase];
  if (phase === undefined) return finish(state);
  const step = phase.steps[state.position.index];
  return step === undefined ? finish(state) : walkStep(state, now, step, 'phases');
}

function finish(state: RunState): Decision {
  const debts = askDebts(state);
  if (debts !== null) return debts;
  const failures = unclearedFailures(state);
  return only(
    ...neverReached(state),
    failures.length > 0
      ? draft('run.ended', { status: 'failed', reason: `failed: ${failures.join(', ')}` })
      : draft('run.ended', { status: 'completed', reason: 'every step is done' }),
  );
}

/** What is owed is settled or handed over before the run ends, whichever way it went. */
function askDebts(state: RunState): Decision | null {
  const open = openDebts(state).map(({ step, text }) => ({ step, text }));
  return open.length === 0 ? null : { ...idle, question: { kind: 'obligations', open } };
}

/** Steps of options that were never chosen and of steps that were not taken. */
function neverReached(state: RunState): readonly EventDraft[] {
  return [...outlineOf(state.runbook).places.values()]
    .filter(({ phase, step }) => phase !== null && state.steps.get(step.id)?.visits.length === 0)
    .map(({ step }) => draft('step.not_taken', { step: step.id, visit: 1, reason: 'the run did not come by' }));
}

// --- one step ---

type Mode = 'phases' | 'parallel' | 'rollback';

function walkStep(state: RunState, now: Circumstances, step: Step, mode: Mode): Decision {
  const known = state.steps.get(step.id);
  const visit = openVisit(known);
  const number = visit?.visit ?? (known?.visits.length ?? 0) + 1;
  const at = { step: step.id, visit: number };
  if (visit === null || isUntouched(visit)) {
    const gate = condition(state, now, step, visit, at);
    if (gate !== null) return gate;
  }
  if (visit?.status === 'failed') return onFailure(state, now, step, visit, mode);
  if (step.flow === 'choose') return walkChoose(state, now, step, visit, at, mode);
  if (step.flow === 'parallel') return walkParallel(state, now, step, visit, at, mode);
  if (step.flow === 'checklist') return walkGate(state, now, step, visit, at, null);
  return walkLeaf(state, now, step, visit, at, mode);
}

/** The visit that is open, or null when the next event opens one. */
export function openVisit(step: StepState | undefined): VisitState | null {
  const last = step?.visits.at(-1);
  return last === undefined || last.closedSeq !== null ? null : last;
}

function isUntouched(visit: VisitState): boolean {
  return visit.status === 'pending' && visit.attempts.length === 0 && visit.chosen === null;
}

interface At {
  readonly step: StepId;
  readonly visit: number;
}

/** `when`: false closes the step as not taken, an error fails it before it starts. */
function condition(state: RunState, now: Circumstances, step: Step, visit: VisitState | null, at: At): Decision | null {
  if (step.when === undefined) return null;
  const view = viewOf(state, now.specs, step.id, visit, null, noSecrets);
  if (!view.ok) return only(draft('step.failed', { ...at, reason: view.message }));
  const result = view.value.scope.evaluate(step.when, view.value.values);
  if (!result.ok) return only(draft('step.failed', { ...at, reason: `when: ${result.message}` }));
  if (result.value === true) return null;
  return only(draft('step.not_taken', { ...at, reason: `when: ${step.when}` }));
}

function walkLeaf(
  state: RunState,
  now: Circumstances,
  step: Step,
  visit: VisitState | null,
  at: At,
  mode: Mode,
): Decision {
  if (visit !== null && (visit.status === 'running' || visit.status === 'in-doubt')) {
    return onGoing(state, now, step, visit, at);
  }
  if (step.effect === 'person' || step.effect === 'gate') return startPerson(state, now, step, visit, at);
  return startAutomatic(state, now, step, visit, at, mode);
}

/** What stands between arriving at an automatic step and its first attempt, in this order. */
function startAutomatic(
  state: RunState,
  now: Circumstances,
  step: Step,
  visit: VisitState | null,
  at: At,
  mode: Mode,
): Decision {
  const again = (visit?.attempts.length ?? 0) > 0;
  if (step.doneWhen !== undefined && !again) {
    if (visit?.doneWhen === undefined || visit.doneWhen === null) return probeDoneWhen(state, now, step, at);
    if (visit.doneWhen.ok) {
      return only(draft('step.skipped', { ...at, how: 'done-when', reason: 'already done' }));
    }
  }
  const view = viewOf(state, now.specs, step.id, visit, step, noSecrets);
  if (!view.ok) return only(draft('step.failed', { ...at, reason: view.message }));
  const resolved = resolveBody(state, now.specs, view.value, step);
  if (!resolved.ok) return only(draft('step.failed', { ...at, reason: resolved.message }));
  const secret = missingSecret(state, now, resolved.value.secrets);
  if (secret !== null) return { ...idle, question: secret };
  const unable = step.tty && !now.terminal ? noTerminal : lostSecret(state, now, resolved.value.secrets);
  if (unable !== null) return only(draft('step.failed', { ...at, reason: unable }));
  const changes = step.effect === 'once' || step.effect === 'idempotent';
  const stale = changes && mode !== 'rollback' ? (lookAgain(state, now, step) ?? approveAgain(state, now)) : null;
  if (stale !== null) return stale;
  if (waitsForOrder(now, step, mode) && visit?.ordered !== true) {
    const title = shown(step.title, view.value);
    const summary = shown(step.summary, view.value);
    const written = draftOf(now.specs, step, resolved.value);
    if (written !== null) return { ...idle, question: { kind: 'notify', ...at, title, text: written, to: step.title } };
    return { ...idle, question: { kind: 'ready', ...at, title, summary, changes } };
  }
  if (step.danger && mode !== 'rollback' && visit?.dangerConfirmed !== true) {
    return { ...idle, question: dangerQuestion(state, step, at, view.value) };
  }
  if (changes && state.runbook.target !== undefined && visit?.driftAccepted !== true) {
    const drift = interlock(state, now, step, visit, at, view.value);
    if (drift !== null) return drift;
  }
  return only(...opensDebt(state, step, view.value), ...start(state, now, step.id, at, null));
}

const noTerminal = 'it needs a terminal, and there is none: resume without --headless, at a terminal';

/** The text that a person may still edit, of an action that sends one. */
function draftOf(specs: ActionSpecs, step: Step, resolved: Resolved): string | null {
  const name = specs.get(step.action)?.draft ?? null;
  return name === null ? null : text(record(resolved.params)[name]);
}

function waitsForOrder(now: Circumstances, step: Step, mode: Mode): boolean {
  if (step.item !== undefined) return false;
  return (now.guided && mode === 'phases') || now.arrivals.has(step.id);
}

function dangerQuestion(state: RunState, step: Step, at: At, view: View): Question {
  return {
    kind: 'danger',
    ...at,
    title: shown(step.title, view),
    target: targetName(state, view),
    summary: shown(step.summary, view),
    pointOfNoReturn: step.undo.kind === 'none',
  };
}

/** The target's name with its templates filled in. */
export function targetName(state: RunState, view: View): string {
  return shown(state.runbook.target?.name ?? '', view);
}

/** The identity must have been read for this very attempt, and read as at the start. */
function interlock(
  state: RunState,
  now: Circumstances,
  step: Step,
  visit: VisitState | null,
  at: At,
  view: View,
): Decision | null {
  const since = Math.max(visit?.attempts.at(-1)?.startedSeq ?? 0, visit?.retriedSeq ?? 0);
  const read = state.targets.findLast(
    ({ seq, data }) => data.step === step.id && data.visit === at.visit && seq > since,
  );
  if (read === undefined) return probeTarget(state, now, at);
  if (read.data.ok) return null;
  const first = state.targets.find(({ data }) => data.ok);
  const title = shown(step.title, view);
  return {
    ...idle,
    question: {
      kind: 'drift',
      ...at,
      title,
      expected: first?.data.identity ?? 'not recorded',
      found: read.data.reason ?? read.data.identity,
    },
  };
}

function startPerson(state: RunState, now: Circumstances, step: Step, visit: VisitState | null, at: At): Decision {
  const view = viewOf(state, now.specs, step.id, visit, step, noSecrets);
  if (!view.ok) return only(draft('step.failed', { ...at, reason: view.message }));
  const resolved = resolveBody(state, now.specs, view.value, step);
  if (!resolved.ok) return only(draft('step.failed', { ...at, reason: resolved.message }));
  const events = [...opensDebt(state, step, view.value), ...start(state, now, step.id, at, null)];
  if (step.action !== 'approve') return only(...events);
  const policy = approvalPolicy(step);
  return only(...events, draft('approval.requested', { ...at, ...policy }));
}

/** `step.started` for the next attempt; its folder is numbered by the step's first start. */
function start(
  state: RunState,
  now: Circumstances,
  id: StepId,
  at: At,
  undoes: { readonly step: StepId; readonly visit: number } | null,
): readonly EventDraft[] {
  const known = state.steps.get(id);
  const attempt = (known?.visits ?? []).reduce((sum, { attempts }) => sum + attempts.length, 0) + 1;
  const ordinal = known?.ordinal ?? state.startedOrder.length + 1;
  const folder = `steps/${String(ordinal).padStart(3, '0')}-${id}/${attempt}`;
  const data = { ...at, attempt, folder, bootId: now.bootId };
  return [draft('step.started', undoes === null ? data : { ...data, undoes: { ...undoes } })];
}

/** Stands before the start in its batch: a write that is torn between them must not leave a step begun without its debt. */
function opensDebt(state: RunState, step: Step, view: View): readonly EventDraft[] {
  if (step.owes === undefined || openDebts(state).some((debt) => debt.step === step.id)) return [];
  return [draft('obligation.opened', { step: step.id, text: shown(step.owes, view) })];
}

function probeDoneWhen(state: RunState, now: Circumstances, step: Step, at: At): Decision {
  const secret = step.doneWhen === undefined ? null : missingSecret(state, now, secretsIn(state, step.doneWhen));
  if (secret !== null) return { ...idle, question: secret };
  return probe(state, now, 'done-when', at, `done_when-${step.id}`);
}

function probeTarget(state: RunState, now: Circumstances, at: At | null): Decision {
  const identity = state.runbook.target?.identity;
  const secret = identity === undefined ? null : missingSecret(state, now, secretsIn(state, identity));
  if (secret !== null) return { ...idle, question: secret };
  return probe(state, now, 'identity', at, 'identity');
}

function probe(state: RunState, now: Circumstances, kind: ProbeState['probe'], at: At | null, name: string): Decision {
  const open = state.openProbes.find((one) => one.probe === kind && one.step === (at?.step ?? null));
  if (open !== undefined) return { ...idle, probes: [open] };
  const folder = `probes/${String(state.probes + 1).padStart(4, '0')}-${name}`;
  return only(draft('probe.started', { probe: kind, ...(at ?? {}), folder, bootId: now.bootId }));
}

// --- a step that has begun ---

function onGoing(state: RunState, now: Circumstances, step: Step, visit: VisitState, at: At): Decision {
  const attempt = visit.attempts.at(-1);
  if (attempt === undefined) return idle;
  switch (attempt.status) {
    case 'started':
    case 'stopping':
      if (step.effect === 'person' || step.effect === 'gate') return askPerson(state, now, step, visit, at);
      return { ...idle, ongoing: [{ step: step.id, visit: visit.visit, attempt }] };
    case 'ended':
      return afterAttempt(state, now, step, visit, at, attempt);
    case 'in-doubt':
      return onDoubt(state, now, step, visit, at, attempt);
    case 'settled':
      return attempt.settled?.as === 'passed'
        ? only(draft('step.passed', at))
        : only(draft('step.failed', { ...at, reason: attempt.settled?.reason ?? 'settled as failed' }));
    case 'void':
      return idle;
  }
}

/** Passed, failed, or another try after a while. */
function afterAttempt(
  state: RunState,
  now: Circumstances,
  step: Step,
  visit: VisitState,
  at: At,
  attempt: AttemptState,
): Decision {
  const verdict = judgeTries(step, visit, attempt);
  const settled = verdict.kind !== 'again' || visit.item?.result === 'na';
  if (step.item !== undefined && visit.item !== null && settled) return only(...itemCloses(visit, at, verdict));
  switch (verdict.kind) {
    case 'passed':
      return only(draft('step.passed', at));
    case 'failed':
      return only(draft('step.failed', { ...at, reason: verdict.reason }));
    case 'again': {
      const due = (attempt.endedAt ?? 0) + (step.retry?.everyMs ?? 0);
      if (now.now < due) return { ...idle, wakeAt: due };
      return only(...start(state, now, step.id, at, null));
    }
  }
}

/** A finding is no failure of the run: the verdict weighs it. */
function itemCloses(visit: VisitState, at: At, tries: Tries): readonly EventDraft[] {
  const result = visit.item?.result;
  if (result === 'na' || (result === 'pass' && tries.kind !== 'failed')) return [draft('step.passed', at)];
  const reason = result === 'pass' && tries.kind === 'failed' ? tries.reason : (visit.item?.detail ?? 'failed');
  return [draft('step.failed', { ...at, reason }), draft('step.passed_over', { ...at, reason })];
}

type Tries = { kind: 'passed' } | { kind: 'failed'; reason: string } | { kind: 'again' };

function judgeTries(body: Body, visit: VisitState, attempt: AttemptState): Tries {
  const retry = body.retry ?? { times: 1, everyMs: 0, passes: 1 };
  const end = attempt.end;
  if (end === null) return { kind: 'failed', reason: 'no outcome was recorded' };
  if (attempt.stopReason !== null && !end.ok) {
    return { kind: 'failed', reason: `stopped: ${attempt.stopReason}` };
  }
  if (end.ok && visit.passesInRow >= retry.passes) return { kind: 'passed' };
  const reason = end.reason ?? `${visit.passesInRow} of ${retry.passes} passes in a row`;
  if (end.gaveUp) return { kind: 'failed', reason: `gave up: ${reason}` };
  if (visit.tries < retry.times) return { kind: 'again' };
  const tries = retry.times === 1 ? '' : ` after ${retry.times} tries`;
  return { kind: 'failed', reason: `${reason}${tries}` };
}

function onDoubt(
  state: RunState,
  now: Circumstances,
  step: Step,
  visit: VisitState,
  at: At,
  attempt: AttemptState,
): Decision {
  if (step.effect === 'read' || step.effect === 'idempotent') return only(...start(state, now, step.id, at, null));
  if (step.doneWhen !== undefined) {
    const asked = visit.doneWhen !== null && visit.doneWhen.seq > attempt.startedSeq ? visit.doneWhen : null;
    if (asked === null) return probeDoneWhen(state, now, step, at);
    if (asked.ok) {
      const reason = 'its done_when holds';
      return only(draft('attempt.settled', { ...at, attempt: attempt.attempt, as: 'passed', reason }));
    }
  }
  return { ...idle, question: doubtQuestion(step.id, stepTitle(state, now, step, visit), at, attempt) };
}

function doubtQuestion(step: StepId, title: string, at: At, attempt: AttemptState): Question {
  return {
    kind: 'in-doubt',
    step,
    visit: at.visit,
    title,
    attempt: attempt.attempt,
    reason: attempt.doubt ?? 'its outcome is not recorded',
    folder: attempt.folder,
  };
}

function onFailure(state: RunState, now: Circumstances, step: Step, visit: VisitState, mode: Mode): Decision {
  const at = { step: step.id, visit: visit.visit };
  const reason = visit.reason ?? 'failed';
  // A rollback goes on over it too, and then ends as failed.
  if (step.onFail === 'continue' || step.item !== undefined) return only(draft('step.passed_over', { ...at, reason }));
  if (step.onFail === 'rollback' && mode !== 'rollback' && !now.guided && hasChanged(state)) {
    return only(draft('rollback.requested', { reason: `${step.id} failed: ${reason}` }));
  }
  return {
    ...idle,
    question: {
      kind: 'failure',
      ...at,
      title: stepTitle(state, now, step, visit),
      reason,
      evidence: visit.evidence,
      inRollback: mode === 'rollback',
      onFail: step.onFail,
    },
  };
}

// --- people ---

function askPerson(state: RunState, now: Circumstances, step: Step, visit: VisitState, at: At): Decision {
  const view = viewOf(state, now.specs, step.id, visit, step, noSecrets);
  const resolved = view.ok ? resolveBody(state, now.specs, view.value, step) : view;
  if (!view.ok || !resolved.ok) {
    return only(draft('step.failed', { ...at, reason: resolved.ok ? 'cannot be shown' : resolved.message }));
  }
  const head = { ...at, title: shown(step.title, view.value) };
  const params = record(resolved.value.params);
  switch (step.action) {
    case 'manual':
      if (step.item !== undefined) {
        if (visit.item !== null) return only(...itemCloses(visit, at, { kind: 'passed' }));
        return {
          ...idle,
          question: { kind: 'item', ...head, question: text(params['instructions']), severity: step.item.severity },
        };
      }
      return { ...idle, question: { kind: 'manual', ...head, instructions: text(params['instructions']) } };
    case 'ask':
      return {
        ...idle,
        question: {
          kind: 'ask',
          ...head,
          question: text(params['question']),
          match: typeof params['match'] === 'string' ? params['match'] : null,
          choices: Array.isArray(params['choices']) ? params['choices'].map(text) : [],
          variable: Object.keys(step.capture)[0] ?? null,
        },
      };
    case 'approve':
      return askApproval(state, step, visit, head);
    default:
      return only(draft('step.failed', { ...at, reason: `nobody can answer the action ${step.action}` }));
  }
}

function askApproval(state: RunState, step: Step, visit: VisitState, head: At & { readonly title: string }): Decision {
  const policy = approvalPolicy(step);
  const given = approvers(state, step.id, visit);
  if (given.length >= policy.count) return only(draft('step.passed', { step: head.step, visit: head.visit }));
  if (visit.approvalRequest === null)
    return only(draft('approval.requested', { step: head.step, visit: head.visit, ...policy }));
  return { ...idle, question: { kind: 'approve', ...head, ...policy, given } };
}

/** Who consented to this visit's newest request: distinct keys where signatures are asked for, else distinct names. */
export function approvers(state: RunState, step: StepId, visit: VisitState): readonly string[] {
  const { signed } = approvalPolicy(outlineOf(state.runbook).places.get(step)?.step ?? null);
  const request = visit.approvalRequest?.seq ?? 0;
  const counted = state.approvals.filter(
    ({ step: id, visit: of, valid, data }) =>
      id === step &&
      of === visit.visit &&
      valid &&
      data.request.seq === request &&
      (!signed || data.signature !== null),
  );
  return [...new Set(counted.map(({ data }) => (signed ? (data.signature?.key ?? data.by) : data.by)))];
}

/** The `approve` parameters of a step, as recorded. */
export function approvalPolicy(step: Step | null): { from: string[]; count: number; signed: boolean } {
  const params = record(step?.params ?? {});
  return {
    from: Array.isArray(params['from']) ? params['from'].map(text) : [],
    count: typeof params['count'] === 'number' ? params['count'] : 1,
    signed: params['signed'] === true,
  };
}

// --- steps that hold steps ---

function walkChoose(
  state: RunState,
  now: Circumstances,
  step: Step,
  visit: VisitState | null,
  at: At,
  mode: Mode,
): Decision {
  if (visit === null || visit.attempts.length === 0) return startPerson(state, now, step, visit, at);
  if (visit.chosen === null) return askChoice(state, now, step, visit, at);
  const block = step.blocks[visit.chosen];
  if (block === undefined) return only(draft('step.failed', { ...at, reason: 'the chosen option is not there' }));
  const inner = block.steps[visit.position];
  if (inner !== undefined) return walkStep(state, now, inner, mode);
  return only(...jumpedOver(state, step, visit, block.goto ?? null), draft('step.passed', at));
}

function askChoice(state: RunState, now: Circumstances, step: Step, visit: VisitState, at: At): Decision {
  const view = viewOf(state, now.specs, step.id, visit, step, noSecrets);
  if (!view.ok) return only(draft('step.failed', { ...at, reason: view.message }));
  const options = [];
  for (const [block, { label, when }] of step.blocks.entries()) {
    const holds = when === undefined ? null : view.value.scope.evaluate(when, view.value.values);
    if (holds !== null && !holds.ok) {
      return only(draft('step.failed', { ...at, reason: `option "${label}": ${holds.message}` }));
    }
    options.push({ block, label: shown(label, view.value), suggested: holds === null || holds.value === true });
  }
  const question = shown(text(record(step.params)['question']), view.value);
  const title = shown(step.title, view.value);
  return { ...idle, question: { kind: 'choose', ...at, title, question, options } };
}

/** Steps of the same list between a choice and the target of its forward `goto`. */
function jumpedOver(state: RunState, step: Step, visit: VisitState, goto: StepId | null): readonly EventDraft[] {
  const place = outlineOf(state.runbook).places.get(step.id);
  if (place === undefined || goto === null) return [];
  const target = place.list.findIndex(({ id }) => id === goto);
  const between = place.list.slice(place.index + 1, Math.max(place.index + 1, target));
  // Some of them may be on record already, from a write that was torn.
  return between
    .filter(({ id }) => !closedSince(state, id, visit.openedSeq))
    .map(({ id }) =>
      draft('step.not_taken', {
        step: id,
        visit: (state.steps.get(id)?.visits.length ?? 0) + 1,
        reason: `jumped over: ${step.id} went on at ${goto}`,
      }),
    );
}

function walkParallel(
  state: RunState,
  now: Circumstances,
  step: Step,
  visit: VisitState | null,
  at: At,
  mode: Mode,
): Decision {
  if (visit === null || visit.attempts.length === 0) {
    if (waitsForOrder(now, step, mode) && visit?.ordered !== true) {
      const title = stepTitle(state, now, step, visit);
      const changes = step.blocks.some((block) => block.steps.some(({ effect }) => effect !== 'read'));
      return { ...idle, question: { kind: 'ready', ...at, title, summary: step.summary, changes } };
    }
    return only(...start(state, now, step.id, at, null));
  }
  const since = visit.openedSeq;
  const children = step.blocks.flatMap(({ steps }) => steps);
  const open = children.filter((child) => !closedSince(state, child.id, since));
  if (open.length === 0) return only(draft('step.passed', at));
  // What the whole is to do about a failure holds for each part that says nothing itself.
  const parts = open.map((part) => (part.onFail === 'ask' ? { ...part, onFail: step.onFail } : part));
  return merge(parts.map((part) => walkStep(state, now, part, mode === 'rollback' ? mode : 'parallel')));
}

/** True when the last visit of `id` opened after record `since` and is closed. */
export function closedSince(state: RunState, id: StepId, since: number): boolean {
  const last = state.steps.get(id)?.visits.at(-1);
  return last !== undefined && last.openedSeq > since && last.closedSeq !== null;
}

/**
 * A checklist inside a runbook: the items, the verdict, and on a no-go the operator. `kept`: record after which answers of
 * people are taken over.
 */
function walkGate(
  state: RunState,
  now: Circumstances,
  step: Step,
  visit: VisitState | null,
  at: At,
  kept: number | null,
): Decision {
  if (visit === null || visit.attempts.length === 0) return only(...start(state, now, step.id, at, null));
  const rules = step.checklist;
  if (rules === undefined) return only(draft('step.failed', { ...at, reason: 'the checklist is not there' }));
  const items = itemsOf(step);
  const look = lookOf(visit, kept ?? visit.openedSeq);
  const walked = walkItems(state, now, items, look);
  if (walked !== null) return walked;
  const given = state.verdicts.findLast((verdict) => verdict.step === step.id);
  if (given === undefined || given.seq < newestChange(state, items, look)) {
    return only(verdictDraft(state, now, rules, items, look, at));
  }
  const { verdict } = given.data;
  if (verdict.verdict === 'go') return only(draft('step.passed', at));
  const title = stepTitle(state, now, step, visit);
  const { reasons } = verdict;
  return { ...idle, question: { kind: 'no-go', ...at, title, blockers: waivable(verdict), reasons } };
}

/** A gate that was passed is looked at again before `step` changes anything, once one of its answers has gone stale. */
function lookAgain(state: RunState, now: Circumstances, step: Step): Decision | null {
  if (step.item !== undefined) return null;
  const gate = staleGate(state, now.now);
  if (gate === null) return null;
  const known = state.steps.get(gate.id);
  const visit = openVisit(known);
  const at = { step: gate.id, visit: visit?.visit ?? (known?.visits.length ?? 0) + 1 };
  return walkGate(state, now, gate, visit, at, 0);
}

/** A gate whose approvals were voided by an adopted document is asked for again before anything changes. */
function approveAgain(state: RunState, now: Circumstances): Decision | null {
  if (state.adoptions.length === 0) return null;
  const voided = [...outlineOf(state.runbook).places.values()].find(
    ({ step, phase }) => phase !== null && step.action === 'approve' && isVoided(state, step.id),
  );
  return voided === undefined ? null : walkStep(state, now, voided.step, 'phases');
}

/** True from the loss of its approvals until it is passed anew. */
function isVoided(state: RunState, gate: StepId): boolean {
  const visits = state.steps.get(gate)?.visits ?? [];
  const last = visits.at(-1);
  if (last === undefined || last.status === 'not-taken') return false;
  if (last.closedSeq === null) return visits.length > 1;
  return (
    approvers(state, gate, last).length < approvalPolicy(outlineOf(state.runbook).places.get(gate)?.step ?? null).count
  );
}

/** A checklist that is a run of its own: it ends with its verdict, after the offer to waive what makes it a no-go. */
function walkAudit(state: RunState, now: Circumstances): Decision {
  const items = auditItems(state);
  const rules = state.runbook.checklist;
  if (rules === undefined) return only(draft('run.ended', { status: 'failed', reason: 'the checklist is not there' }));
  const walked = walkItems(state, now, items, wholeRun);
  if (walked !== null) return walked;
  const given = state.verdicts.at(-1);
  const at = { step: auditStep, visit: 1 };
  if (given === undefined || given.seq < newestChange(state, items, wholeRun)) {
    return only(verdictDraft(state, now, rules, items, wholeRun, at));
  }
  const { verdict } = given.data;
  const blockers = waivable(verdict);
  if (verdict.verdict === 'no-go' && blockers.length > 0) {
    const { reasons } = verdict;
    return { ...idle, question: { kind: 'no-go', ...at, title: rules.title, blockers, reasons, audit: true } };
  }
  return only(draft('run.ended', { status: 'completed', reason: auditReason(state) }));
}

function verdictDraft(
  state: RunState,
  now: Circumstances,
  rules: ChecklistRules,
  items: readonly Step[],
  look: Look,
  at: At,
): EventDraft {
  const verdict = verdictOf(state, rules, items, look, now.now);
  const previous = now.previous.get(rules.title);
  if (previous === undefined) return draft('verdict.given', { ...at, verdict });
  return draft('verdict.given', { ...at, verdict, previous: previous.verdict, previousRun: previous.run });
}

/** Goes on with the items that are open; null when every item is closed. */
function walkItems(state: RunState, now: Circumstances, items: readonly Step[], look: Look): Decision | null {
  const open = openItems(state, items, look, now.now);
  if (open.length === 0) return null;
  const ready = open.filter((item) => !awaitsRequirement(state, item, items, look, now.now));
  let processes = ready.filter((item) => isProcess(now, item) && isRunning(state, item)).length;
  const decisions: Decision[] = [];
  for (const item of ready) {
    const missing = missingRequirement(state, item, items, look, now.now);
    const begun = openVisit(state.steps.get(item.id));
    if (missing !== null && begun === null) {
      const visit = (state.steps.get(item.id)?.visits.length ?? 0) + 1;
      const reason = `requires ${missing}, which did not pass`;
      return only(draft('step.skipped', { step: item.id, visit, how: 'requirement', reason }));
    }
    if (begun === null && isProcess(now, item)) {
      if (processes >= PROCESSES_AT_ONCE) continue;
      processes += 1;
    }
    const decision = walkStep(state, now, item, 'parallel');
    // What is appended now changes what the others see; they are asked in the next round.
    if (decision.events.length > 0) return decision;
    decisions.push(decision);
  }
  return merge(decisions);
}

function isRunning(state: RunState, item: Step): boolean {
  return openVisit(state.steps.get(item.id))?.status === 'running';
}

/** True for an item that takes more than this process: a command, a connection. */
function isProcess(now: Circumstances, item: Step): boolean {
  return item.effect !== 'person' && now.specs.get(item.action)?.looksAtFiles !== true;
}

/** Decisions of steps that go on side by side: events of all, the first question, the earliest clock. */
export function merge(decisions: readonly Decision[]): Decision {
  // A rollback asked for by one of them stops the others from beginning anything new.
  const request = decisions.flatMap(({ events }) => events).find(({ type }) => type === 'rollback.requested');
  if (request !== undefined) return { ...idle, events: [request] };
  // Folders are numbered by the state, so only one of them begins something now; the next round takes the next one.
  const first = decisions.find(({ events }) => events.length > 0);
  const wakes = decisions.flatMap(({ wakeAt }) => (wakeAt === null ? [] : [wakeAt]));
  return {
    events: first?.events ?? [],
    question: decisions.find(({ question }) => question !== null)?.question ?? null,
    wakeAt: wakes.length === 0 ? null : Math.min(...wakes),
    ongoing: decisions.flatMap(({ ongoing }) => ongoing),
    probes: decisions.flatMap(({ probes }) => probes),
  };
}

// --- rollback ---

function beginRollback(state: RunState): Decision {
  const running = runningAttempts(state);
  if (running.length > 0) return { ...idle, ongoing: running };
  const doubt = doubtful(state);
  if (doubt !== null) return { ...idle, question: doubt };
  const closing = closesOpenVisits(state);
  if (closing.length > 0) return only(...closing);
  const reason = state.rollbackRequested?.reason ?? '';
  const by = state.rollbackRequested?.by ?? engineActor;
  return only({ type: 'rollback.started', actor: by, data: { reason, plan: [...rollbackPlan(state)] } });
}

/** Whatever was begun and is not decided when a rollback starts: it is not gone on with. */
function closesOpenVisits(state: RunState): readonly EventDraft[] {
  const { places } = outlineOf(state.runbook);
  const events: EventDraft[] = [];
  for (const id of state.startedOrder) {
    const visit = openVisit(state.steps.get(id));
    const step = places.get(id)?.step;
    if (visit?.status !== 'running' || step === undefined) continue;
    const at = { step: id, visit: visit.visit };
    const attempt = visit.attempts.at(-1);
    const waits = step.flow !== 'leaf' || step.effect === 'person' || step.effect === 'gate';
    if (waits) events.push(draft('step.not_taken', { ...at, reason: 'rolled back before it was done' }));
    else if (attempt !== undefined && judgeTries(step, visit, attempt).kind === 'passed')
      events.push(draft('step.passed', at));
    else events.push(draft('step.failed', { ...at, reason: `${visit.reason ?? 'failed'}; not tried again` }));
  }
  return events;
}

/** Automatic attempts whose outcome is not recorded. */
export function runningAttempts(state: RunState): readonly Ongoing[] {
  const { places, undos } = outlineOf(state.runbook);
  const running: Ongoing[] = [];
  for (const id of state.startedOrder) {
    const visit = openVisit(state.steps.get(id));
    const attempt = visit?.attempts.at(-1);
    const body = places.get(id)?.step ?? undos.get(id)?.body;
    const automatic = body !== undefined && body.effect !== 'person' && body.effect !== 'gate';
    const leaf = places.get(id)?.step.flow ?? 'leaf';
    if (visit === null || attempt === undefined || !automatic || leaf !== 'leaf') continue;
    if (attempt.status === 'started' || attempt.status === 'stopping')
      running.push({ step: id, visit: visit.visit, attempt });
  }
  return running;
}

/** A `once` attempt in doubt outside the rollback: it must be settled before anything is undone. */
function doubtful(state: RunState): Question | null {
  const { places } = outlineOf(state.runbook);
  for (const id of state.startedOrder) {
    const visit = openVisit(state.steps.get(id));
    const attempt = visit?.attempts.at(-1);
    const place = places.get(id);
    if (visit === null || attempt?.status !== 'in-doubt' || place === undefined) continue;
    if (place.step.effect !== 'once') continue;
    return doubtQuestion(id, place.step.title, { step: id, visit: visit.visit }, attempt);
  }
  return null;
}

function walkRollback(state: RunState, now: Circumstances): Decision {
  const { rollback } = state;
  const entry = rollback?.plan[rollback.position];
  if (rollback === null || entry === undefined) return finishRollback(state);
  const { places } = outlineOf(state.runbook);
  if (entry.kind === 'step') {
    const place = places.get(entry.id);
    if (place === undefined) return only(skipMissing(state, entry.id));
    return walkStep(state, now, place.step, 'rollback');
  }
  const origin = places.get(entry.undoes.step)?.step;
  const undo = origin === undefined ? undefined : undoSteps(origin)[entry.body];
  if (origin === undefined || undo === undefined) return only(skipMissing(state, entry.id));
  return walkUndo(state, now, origin, undo.body, entry.id, entry.undoes);
}

/** Rolled back, unless a step of the rollback failed and was passed over. */
function finishRollback(state: RunState): Decision {
  const debts = askDebts(state);
  if (debts !== null) return debts;
  const failures = failuresInRollback(state);
  return only(
    failures.length > 0
      ? draft('run.ended', { status: 'failed', reason: `the rollback failed: ${failures.join(', ')}` })
      : draft('run.ended', { status: 'rolled-back', reason: state.rollback?.reason ?? '' }),
  );
}

function skipMissing(state: RunState, id: StepId): EventDraft {
  const visit = openVisit(state.steps.get(id))?.visit ?? (state.steps.get(id)?.visits.length ?? 0) + 1;
  return draft('step.not_taken', { step: id, visit, reason: 'the adopted document does not have it' });
}

function walkUndo(
  state: RunState,
  now: Circumstances,
  origin: Step,
  body: Body,
  id: StepId,
  undoes: { readonly step: StepId; readonly visit: number },
): Decision {
  const visit = openVisit(state.steps.get(id));
  const at = { step: id, visit: visit?.visit ?? (state.steps.get(id)?.visits.length ?? 0) + 1 };
  const step = undoAsStep(origin, body, id);
  if (visit?.status === 'failed') return onFailure(state, now, step, visit, 'rollback');
  if (visit !== null && (visit.status === 'running' || visit.status === 'in-doubt')) {
    const attempt = visit.attempts.at(-1);
    if (attempt?.status === 'ended' && judgeTries(body, visit, attempt).kind === 'passed') {
      return only(draft('step.passed', at));
    }
    return onGoing(state, now, step, visit, at);
  }
  if (body.effect === 'person' || body.effect === 'gate') {
    return only(...start(state, now, id, at, undoes));
  }
  // The view needs to know what is undone before the first event of this visit says so.
  const undoing: VisitState | null = visit === null ? null : { ...visit, undoes };
  const view = viewOf(
    state,
    now.specs,
    id,
    undoing ?? { ...emptyVisit(1, state.head.seq, state.head.at), undoes },
    body,
    noSecrets,
  );
  const resolved = view.ok ? resolveBody(state, now.specs, view.value, body) : view;
  if (!view.ok || !resolved.ok) {
    return only(draft('step.failed', { ...at, reason: resolved.ok ? 'cannot be resolved' : resolved.message }));
  }
  const secret = missingSecret(state, now, resolved.value.secrets);
  if (secret !== null) return { ...idle, question: secret };
  const lost = lostSecret(state, now, resolved.value.secrets);
  if (lost !== null) return only(draft('step.failed', { ...at, reason: lost }));
  if (now.arrivals.has(id) && visit?.ordered !== true) {
    const { title, summary } = step;
    return {
      ...idle,
      question: { kind: 'ready', ...at, title: shown(title, view.value), summary, changes: body.effect !== 'read' },
    };
  }
  const changes = body.effect === 'once' || body.effect === 'idempotent';
  if (changes && state.runbook.target !== undefined && visit?.driftAccepted !== true) {
    const drift = interlock(state, now, step, visit, at, view.value);
    if (drift !== null) return drift;
  }
  return only(...start(state, now, id, at, undoes));
}

/** An undo body as the step that it runs as. */
export function undoAsStep(origin: Step, body: Body, id: StepId): Step {
  return {
    ...body,
    id,
    title: `Undo: ${origin.title}`,
    undo: { kind: 'none' },
    onFail: 'ask',
    danger: false,
    tty: false,
    roles: [],
    bindings: origin.bindings,
    flow: 'leaf',
    blocks: [],
  };
}

// --- words and pieces ---

function stepTitle(state: RunState, now: Circumstances, step: Step, visit: VisitState | null): string {
  const view = viewOf(state, now.specs, step.id, visit, null, noSecrets);
  return view.ok ? shown(step.title, view.value) : step.title;
}

/** `template` with what is known filled in; as it stands where something is not. */
export function shown(template: string, view: View): string {
  if (!template.includes('${{')) return template;
  const filled = interpolateText(template, view.scope, view.values);
  return filled.ok ? filled.text : template;
}

function only(...events: readonly EventDraft[]): Decision {
  return { ...idle, events };
}

type DraftOf<T extends EventDraft['type']> = Extract<EventDraft, { type: T }>;

/** An event that a rule causes. */
export function draft<T extends EventDraft['type']>(type: T, data: DraftOf<T>['data']): DraftOf<T>;
export function draft(type: string, data: object): object {
  return { type, actor: engineActor, data };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);
}
