/**
 * Events that tell what the world came to: outcomes of attempts, readings, captured values, stops, messages from elsewhere. No
 * rule causes them; but each must be about something that is under way, and none may contradict itself.
 */
import type { ActionSpec, ActionSpecs } from '../runbook/action-spec.ts';
import type { Step, StepId } from '../runbook/document.ts';
import { type CelValue, evaluate, mentions, refersTo, type Values } from '../runbook/expression.ts';
import { checkValue } from '../runbook/values.ts';
import { stepNamed } from './acting.ts';
import { engineActor } from './draft.ts';
import type { DataOf, RunEvent } from './event.ts';
import { goneReason } from './failure.ts';
import { expectationsOf } from './judge.ts';
import { isForPerson } from './people.ts';
import { rulesOf } from './rules.ts';
import { isSame, isSameEvent } from './same.ts';
import { noSecrets, type View, viewOf } from './scope.ts';
import type { AttemptState, ProbeState, RunState } from './state.ts';
import { stopsBetweenTries } from './stopping.ts';
import { openVisit } from './visit.ts';

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
type Measured = Of<
  | 'attempt.ended'
  | 'attempt.voided'
  | 'attempt.in_doubt'
  | 'attempt.outlived'
  | 'done_when.read'
  | 'target.read'
  | 'item.answered'
  | 'variable.set'
>;

const stopped = 'stopped: ';
const engineOnly = 'no person tells it: what ran does';

/** Why what `event` tells cannot have been told in `state`; null when it can. */
export function measuredBreach(state: RunState, event: Measured, specs: ActionSpecs): string | null {
  if (!isSame(event.actor, engineActor)) return engineOnly;
  switch (event.type) {
    case 'attempt.ended':
      return endBreach(state, event.data, specs);
    case 'attempt.voided':
    case 'attempt.in_doubt':
    case 'attempt.outlived':
      return attemptUnderWay(state, event.data) === null ? noAttempt(event.data) : null;
    case 'done_when.read':
      return doneWhenBreach(state, event.data);
    case 'target.read':
      return targetBreach(state, event.data);
    case 'item.answered':
      return itemBreach(state, event.data);
    case 'variable.set':
      return captureBreach(state, event.data);
  }
}

interface Under {
  readonly step: Step;
  readonly attempt: AttemptState;
}

/** The automatic attempt of `step` that has begun and has no outcome yet; `number` when it is given. */
function attemptUnderWay(
  state: RunState,
  at: { readonly step: StepId; readonly visit: number; readonly attempt?: number },
): Under | null {
  const step = stepNamed(state, at.step);
  const visit = openVisit(state.steps.get(at.step));
  const attempt = visit?.attempts.at(-1);
  if (step === null || visit === null || visit.visit !== at.visit || attempt === undefined) return null;
  if (isForPerson(step) || step.flow !== 'leaf') return null;
  if (at.attempt !== undefined && at.attempt !== attempt.attempt) return null;
  return attempt.status === 'started' || attempt.status === 'stopping' ? { step, attempt } : null;
}

function noAttempt({ step, attempt }: { readonly step: StepId; readonly attempt: number }): string {
  return `attempt ${attempt} of ${step} is not under way`;
}

function endBreach(state: RunState, data: DataOf<'attempt.ended'>, specs: ActionSpecs): string | null {
  const under = attemptUnderWay(state, data);
  if (under === null) return noAttempt(data);
  if (data.retryAfterMs !== undefined && (data.ok || under.step.retry === undefined || data.status === null))
    return 'only a server that is asked again asks to be left alone';
  const unbacked = evidenceBreach(state, data, under);
  if (unbacked !== null) return unbacked;
  if (data.ok && data.lastLines !== undefined) return 'only of what failed the output is quoted';
  if (data.ok !== (data.reason === null)) return 'what failed has a reason, and what did not has none';
  const spec = specs.get(under.step.action);
  if (spec === undefined) return `there is no action ${under.step.action}`;
  const sources = expectationsOf({ body: under.step, spec });
  const tested = data.expectations.map(({ source }) => source);
  const whole = isSame(sources, tested);
  // What failed before anything was expected of it was not tested.
  if (!whole && (data.ok || tested.length > 0)) {
    return data.ok
      ? `it passes without its expectations: ${sources.join(', ')}`
      : `it was tested by other expectations than its own: ${sources.join(', ')}`;
  }
  const wrong = data.expectations.find(({ source, ok }) => known(state, { data, under, spec }, source) === !ok);
  if (wrong !== undefined) return `"${wrong.source}" is not ${wrong.ok} for what is recorded`;
  return data.ok ? passBreach(state, data, under) : null;
}

/** What an attempt left lies in its own folder, and what a command printed is a part of it. */
function evidenceBreach(state: RunState, data: DataOf<'attempt.ended'>, { step, attempt }: Under): string | null {
  const paths = data.evidence.map(({ path }) => path);
  if (paths.some((path) => !path.startsWith(`${attempt.folder}/`))) return 'its evidence is that of another attempt';
  if (rulesOf(state) < 3 || data.exit === null || step.tty || data.reason === goneReason) return null;
  return paths.includes(`${attempt.folder}/output.log`) ? null : 'what the command printed is not among its evidence';
}

/** An attempt passes when every expectation is met and everything that it captures was. */
function passBreach(state: RunState, data: DataOf<'attempt.ended'>, { step, attempt }: Under): string | null {
  const unmet = data.expectations.find(({ ok }) => !ok);
  if (unmet !== undefined) return `it passes although "${unmet.source}" is not met`;
  if (data.gaveUp) return 'what passed was not given up';
  const missing = Object.keys(step.capture).find(
    (name) => (state.variables.get(name)?.at(-1)?.seq ?? 0) < attempt.startedSeq,
  );
  if (missing !== undefined) return `it passes without the value of ${missing}`;
  const kept = data.evidence.some(({ path }) => path.startsWith(`${attempt.folder}/evidence`));
  return step.evidence === undefined || kept ? null : 'it passes without the files that it should have left';
}

interface Ended {
  readonly data: DataOf<'attempt.ended'>;
  readonly under: Under;
  readonly spec: Pick<ActionSpec, 'fields'>;
}

/** What `source` comes to by what is recorded, exactly as it was seen; null when it speaks of more, or of what may have changed. */
function known(state: RunState, ended: Ended, source: string): boolean | null {
  const { exit, status, ms } = ended.data;
  const names = [...refersTo(source)];
  const others = names.filter((name) => name !== 'exit' && name !== 'status');
  if (names.length === 0) return null;
  const timed = others.includes('ms') && Object.hasOwn(ended.spec.fields, 'ms');
  const seen = others.length === 0 ? {} : seenOf(state, ended, source);
  if (seen === null) return null;
  const values: Values = {
    ...seen,
    ...(timed ? { ms: BigInt(ms) } : {}),
    ...(exit === null ? {} : { exit: BigInt(exit) }),
    ...(status === null ? {} : { status: BigInt(status) }),
  };
  const result = evaluate(source, values);
  const holds = result.ok && result.value === true;
  // What took time may have had no field that says so: that it does not hold is then no contradiction.
  return timed && holds ? null : holds;
}

/** The variables and steps that `source` speaks of as the attempt saw them; null when that is not sure. */
function seenOf(state: RunState, { data, under, spec }: Ended, source: string): Values | null {
  const visit = openVisit(state.steps.get(data.step));
  const view = viewOf({ state, specs: new Map(), secrets: noSecrets }, data.step, visit, null);
  if (!view.ok || visit === null || visit.undoes !== null) return null;
  const since = under.attempt.startedSeq;
  const seen: Record<string, CelValue> = {};
  for (const name of refersTo(source)) {
    if (Object.hasOwn(spec.fields, name)) {
      if (name !== 'exit' && name !== 'status' && name !== 'ms') return null;
      continue;
    }
    const sure = name === 'steps' ? areOver(state, source, since) : isSure(state, view.value, name, since);
    const value = view.value.values[name];
    if (!sure || value === undefined) return null;
    seen[name] = value;
  }
  return seen;
}

/** True for a variable whose value stands in the journal in full, and did when record `since` was written. */
function isSure(state: RunState, { texts, bindings }: View, name: string, since: number): boolean {
  const variable = state.runbook.vars[name];
  if (variable === undefined || variable.secret || Object.hasOwn(bindings, name)) return false;
  const all = [...(state.variables.get(name) ?? [])];
  return all.every(({ seq, value }) => seq < since && value !== null) && texts.get(name)?.includes('•••') === false;
}

/** True when all that `source` asks of steps was settled before record `since`. */
function areOver(state: RunState, source: string, since: number): boolean {
  const asked = mentions(source).filter((mention) => /^steps\b/.test(mention));
  if (asked.length === 0) return false;
  return asked.every((mention) => {
    const step = /^steps\.(\w+)\.(?:status|exit|ms|visits)$/.exec(mention)?.[1];
    if (step === undefined) return false;
    const closed = state.steps.get(step)?.visits.at(-1)?.closedSeq ?? null;
    return closed !== null && closed < since;
  });
}

function doneWhenBreach(state: RunState, { step, visit, ok, unread, reason }: DataOf<'done_when.read'>): string | null {
  const asked = openDoneWhen(state, step, visit);
  if (asked === null) return `the done_when of ${step} is not being read`;
  const missing = Object.keys(stepNamed(state, step)?.doneWhen?.capture ?? {}).find(
    (name) => (state.variables.get(name)?.at(-1)?.seq ?? 0) < asked.startedSeq,
  );
  if (ok && missing !== undefined) return `it holds without the value of ${missing}`;
  if (ok && unread === true) return 'what could not be read does not hold';
  return ok === (reason === null) ? null : 'what does not hold has a reason, and what holds has none';
}

function openDoneWhen({ openProbes }: RunState, step: StepId, visit: number): ProbeState | null {
  return openProbes.find((one) => one.probe === 'done-when' && one.step === step && one.visit === visit) ?? null;
}

function targetBreach(state: RunState, { step, ok, identity }: DataOf<'target.read'>): string | null {
  const asked = state.openProbes.some((one) => one.probe === 'identity' && one.step === (step ?? null));
  if (!asked) return "the target's identity is not being read";
  const { reference } = state;
  if (!ok) return null;
  if (reference === null && state.targets.length > 0 && rulesOf(state) >= 2)
    return 'it could not be read at the start, and nobody has said that it is the right target';
  return reference !== null && reference !== identity ? 'it is another target than at the start' : null;
}

function itemBreach(state: RunState, { step, visit, result, since }: DataOf<'item.answered'>): string | null {
  if (since !== undefined) return `a machine looks now, not on another day`;
  const item = attemptUnderWay(state, { step, visit })?.step.item;
  if (item === undefined) return `item ${step} is not being looked at`;
  // A fact that does not hold is not applicable, without a condition.
  if (result === 'na' && item.na === undefined && item.fact === undefined)
    return `nothing makes ${step} not applicable`;
  return result === 'partial' && item.partial === undefined ? `nothing makes ${step} partial` : null;
}

function captureBreach(state: RunState, { name, value, step, visit }: DataOf<'variable.set'>): string | null {
  const under = step === undefined || visit === undefined ? null : attemptUnderWay(state, { step, visit });
  const reads = step === undefined || visit === undefined ? null : openDoneWhen(state, step, visit);
  const asked = reads === null || step === undefined ? undefined : stepNamed(state, step)?.doneWhen;
  const captured = under?.step.capture ?? asked?.capture ?? {};
  if (!Object.hasOwn(captured, name)) return `nothing that runs captures ${name}`;
  const variable = state.runbook.vars[name];
  if (value === null) return `${name} is captured without a value`;
  return variable === undefined ? null : checkValue(variable, value);
}

/** Why nobody can be stopping the attempt that `event` names: it does not run, or is being stopped already. */
export function stoppingBreach(state: RunState, { actor, data }: Of<'attempt.stopping'>): string | null {
  if (actor.via === 'engine') return 'no rule stops a step';
  const attempt = attemptUnderWay(state, data)?.attempt;
  // What was stopped in vain may be stopped again.
  const mayBe = attempt?.status === 'started' || (attempt !== undefined && attempt.outlived !== null);
  return mayBe ? null : noAttempt(data);
}

/** True for a step that somebody stopped while it waited for its next try. */
export function isStopped(state: RunState, event: Of<'step.failed'>): boolean {
  const { actor, data } = event;
  if (actor.via === 'engine' || !data.reason.startsWith(stopped)) return false;
  return stopsBetweenTries(state, data.reason.slice(stopped.length), actor).some((one) => isSameEvent(one, event));
}
