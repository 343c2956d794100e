/**
 * `respond`: what an answer to the open question makes true. The counterpart of `decide`; nothing is executed here.
 *
 * Invariants:
 * - An answer that does not fit gives a message that says what would, and no event.
 * - Every departure from the document (skip, override, retry after a failure, override of a suggestion) carries a reason.
 * - Gates are neither skipped nor marked done.
 * - The value of a secret is in no event.
 */
import { checkValue } from '../runbook/values.ts';
import type { Actor, EventDraft } from './event.ts';
import { auditReason, isDay } from './gate.ts';
import { outlineOf } from './outline.ts';
import type { Answer, Question } from './question.ts';
import { hasChanged } from './rollback.ts';
import type { RunState } from './state.ts';

/** `secret`: a value for the caller's memory, in no event. */
export type Response =
  | {
      readonly ok: true;
      readonly events: readonly EventDraft[];
      readonly secret: { name: string; value: string } | null;
    }
  | { readonly ok: false; readonly message: string };

type At = { readonly step: string; readonly visit: number };

/** What `answer` to `question` makes true, by `actor`. */
export function respond(state: RunState, question: Question, answer: Answer, actor: Actor): Response {
  if (answer.kind === 'pause')
    return events(event(actor, 'run.paused', { reason: 'asked', waiting: waitsFor(question) }));
  const reasonless = lacksReason(answer);
  if (reasonless !== null) return refuse(reasonless);
  switch (question.kind) {
    case 'variable':
      return onVariable(state, question, answer, actor);
    case 'obligations':
      return onObligations(question, answer, actor);
    default:
      return atStep(state, question, answer, actor);
  }
}

type StepQuestion = Exclude<Question, { kind: 'variable' | 'obligations' }>;

function atStep(state: RunState, question: StepQuestion, answer: Answer, actor: Actor): Response {
  const at: At = { step: question.step, visit: question.visit };
  if (answer.kind === 'rollback') return requestRollback(state, question, answer.reason, actor);
  switch (question.kind) {
    case 'ready':
      return onReady(state, at, answer, actor);
    case 'danger':
      return onDanger(question, at, answer, actor);
    case 'drift':
      return onDrift(question, at, answer, actor);
    case 'manual':
      return onManual(question, at, answer, actor);
    case 'ask':
      return onAsk(state, question, at, answer, actor);
    case 'choose':
      return onChoose(question, at, answer, actor);
    case 'approve':
      return onApprove(state, question, at, answer, actor);
    case 'failure':
      return onFailure(state, question, at, answer, actor);
    case 'in-doubt':
      return onDoubt(question, at, answer, actor);
    case 'no-go':
      return onNoGo(state, question, at, answer, actor);
    case 'item':
      return onItem(at, answer, actor);
    case 'notify':
      return onNotify(at, answer, actor);
  }
}

/** In words an operator reads: what the run waits for. */
export function waitsFor(question: Question): string {
  switch (question.kind) {
    case 'variable':
      return `a value for ${question.name}`;
    case 'obligations':
      return `open obligations: ${question.open.map(({ step }) => step).join(', ')}`;
    case 'ready':
      return `the order to run ${question.step}`;
    case 'danger':
      return `confirmation of ${question.step}`;
    case 'drift':
      return `a decision: the target of ${question.step} is not the one of the start`;
    case 'manual':
      return `${question.step} to be done by hand`;
    case 'ask':
      return `an answer to ${question.step}`;
    case 'choose':
      return `a choice at ${question.step}`;
    case 'approve':
      return `approval of ${question.step} (${question.given.length} of ${question.count})`;
    case 'failure':
      return `a decision: ${question.step} failed: ${question.reason}`;
    case 'in-doubt':
      return `a decision: the outcome of ${question.step} is in doubt`;
    case 'no-go':
      return `a decision: ${question.step} is no-go`;
    case 'item':
      return `an answer to ${question.step}`;
    case 'notify':
      return `the text of ${question.step}`;
  }
}

function onVariable(
  state: RunState,
  question: Extract<Question, { kind: 'variable' }>,
  answer: Answer,
  actor: Actor,
): Response {
  if (answer.kind !== 'value') return refuse(`${question.name} needs a value`);
  const variable = state.runbook.vars[question.name];
  const wrong = variable === undefined ? null : checkValue(variable, answer.value);
  if (wrong !== null) return refuse(`${question.name}: ${wrong}`);
  const value = question.secret ? null : answer.value;
  return {
    ok: true,
    events: [event(actor, 'variable.set', { name: question.name, value, source: 'ask' })],
    secret: question.secret ? { name: question.name, value: answer.value } : null,
  };
}

function onObligations(question: Extract<Question, { kind: 'obligations' }>, answer: Answer, actor: Actor): Response {
  if (answer.kind !== 'hand-over') return refuse('each open obligation is settled by its step or handed over by name');
  if (!question.open.some(({ step }) => step === answer.step)) {
    return refuse(`${answer.step} has no open obligation; open: ${question.open.map(({ step }) => step).join(', ')}`);
  }
  if (answer.to.trim() === '') return refuse('handing over needs a name');
  return events(event(actor, 'obligation.handed_over', { step: answer.step, to: answer.to.trim() }));
}

function onReady(state: RunState, at: At, answer: Answer, actor: Actor): Response {
  switch (answer.kind) {
    case 'run':
      return events(event(actor, 'step.ordered', at));
    case 'skip':
    case 'passed':
      return leaveOut(state, at, answer, 'pending', actor);
    default:
      return refuse(`${at.step} waits for: run, skip, mark done by hand, roll back or pause`);
  }
}

function leaveOut(
  state: RunState,
  at: At,
  answer: Extract<Answer, { kind: 'skip' | 'passed' }>,
  overrides: 'failed' | 'pending',
  actor: Actor,
): Response {
  const effect = outlineOf(state.runbook).places.get(at.step)?.step.effect;
  if (effect === 'gate') return refuse(`${at.step} is a gate: it cannot be skipped or marked done`);
  return events(
    answer.kind === 'skip'
      ? event(actor, 'step.skipped', { ...at, how: 'operator', reason: answer.reason })
      : event(actor, 'step.overridden', { ...at, overrides, reason: answer.reason }),
  );
}

function onDanger(question: Extract<Question, { kind: 'danger' }>, at: At, answer: Answer, actor: Actor): Response {
  if (answer.kind === 'skip')
    return events(event(actor, 'step.skipped', { ...at, how: 'operator', reason: answer.reason }));
  if (answer.kind !== 'confirm') return refuse(`${at.step} is dangerous: confirm it with the target's name`);
  if (answer.target !== question.target) {
    return refuse(`"${answer.target}" is not the target's name; it is "${question.target}"`);
  }
  return events(event(actor, 'danger.confirmed', { ...at, target: answer.target }));
}

function onDrift(question: Extract<Question, { kind: 'drift' }>, at: At, answer: Answer, actor: Actor): Response {
  switch (answer.kind) {
    case 'accept':
      return events(event(actor, 'drift.accepted', { ...at, identity: question.found, reason: answer.reason }));
    case 'retry':
      return events(event(actor, 'step.retried', { ...at, reason: answer.reason }));
    case 'skip':
      return events(event(actor, 'step.skipped', { ...at, how: 'operator', reason: answer.reason }));
    default:
      return refuse(
        `the target reads "${question.found}", not "${question.expected}": accept, retry, skip, roll back or pause`,
      );
  }
}

function onManual(question: Extract<Question, { kind: 'manual' }>, at: At, answer: Answer, actor: Actor): Response {
  switch (answer.kind) {
    case 'done':
      return events(
        event(actor, 'step.passed', {
          ...at,
          ...(answer.note === undefined ? {} : { note: answer.note }),
          ...(answer.evidence === undefined ? {} : { evidence: [...answer.evidence] }),
        }),
      );
    case 'skip':
      return events(event(actor, 'step.skipped', { ...at, how: 'operator', reason: answer.reason }));
    case 'settle':
      return answer.as === 'failed'
        ? events(event(actor, 'step.failed', { ...at, reason: answer.reason }))
        : refuse(`${at.step} is done by hand: answer done`);
    default:
      return refuse(`"${question.title}" is done by hand: answer done (with a note), skip, roll back or pause`);
  }
}

function onAsk(
  state: RunState,
  question: Extract<Question, { kind: 'ask' }>,
  at: At,
  answer: Answer,
  actor: Actor,
): Response {
  if (answer.kind === 'skip')
    return events(event(actor, 'step.skipped', { ...at, how: 'operator', reason: answer.reason }));
  if (answer.kind !== 'value') return refuse(`${at.step} asks: ${question.question}`);
  const asked = {
    type: 'string' as const,
    secret: false,
    ...(question.match === null ? {} : { match: question.match }),
    ...(question.choices.length === 0 ? {} : { choices: [...question.choices] }),
  };
  const own = checkValue(asked, answer.value);
  const variable = question.variable === null ? undefined : state.runbook.vars[question.variable];
  const wrong = own ?? (variable === undefined ? null : checkValue(variable, answer.value));
  if (wrong !== null) return refuse(wrong);
  const set =
    question.variable === null
      ? []
      : [event(actor, 'variable.set', { name: question.variable, value: answer.value, source: 'capture', ...at })];
  return events(event(actor, 'step.answered', { ...at, value: answer.value }), ...set, event(actor, 'step.passed', at));
}

function onChoose(question: Extract<Question, { kind: 'choose' }>, at: At, answer: Answer, actor: Actor): Response {
  const labels = question.options.map(({ label }) => `"${label}"`).join(', ');
  if (answer.kind !== 'choose') return refuse(`${at.step} asks for one of ${labels}`);
  const option = question.options.find(({ label }) => label === answer.label);
  if (option === undefined) return refuse(`"${answer.label}" is not an option; the options are ${labels}`);
  if (!option.suggested && (answer.reason ?? '').trim() === '') {
    return refuse(`"${option.label}" is not suggested now: taking it needs a reason`);
  }
  return events(
    event(actor, 'option.chosen', {
      ...at,
      block: option.block,
      label: option.label,
      ...(answer.reason === undefined ? {} : { reason: answer.reason }),
    }),
  );
}

function onApprove(
  state: RunState,
  question: Extract<Question, { kind: 'approve' }>,
  at: At,
  answer: Answer,
  actor: Actor,
): Response {
  if (answer.kind === 'refuse')
    return events(event(actor, 'approval.refused', { ...at, by: answer.by, reason: answer.reason }));
  if (answer.kind !== 'approve') return refuse(`${at.step} is a gate: it is approved, refused, rolled back or paused`);
  if (question.signed) {
    return refuse(`${at.step} asks for signed approvals: gonogo approve ${state.id} ${at.step} --key FILE`);
  }
  const by = answer.by.trim();
  if (by === '') return refuse('an approval needs the name of who approves');
  if (question.given.includes(by)) return refuse(`${by} has approved already; ${question.count} different people must`);
  const visit = state.steps.get(at.step)?.visits[at.visit - 1];
  const request = { seq: visit?.approvalRequest?.seq ?? 0, sha256: visit?.approvalRequest?.sum ?? '' };
  return events(event(actor, 'approval.given', { ...at, by, request, signature: null }));
}

function onFailure(
  state: RunState,
  question: Extract<Question, { kind: 'failure' }>,
  at: At,
  answer: Answer,
  actor: Actor,
): Response {
  switch (answer.kind) {
    case 'retry':
      return events(event(actor, 'step.retried', { ...at, reason: answer.reason }));
    case 'skip':
    case 'passed':
      return leaveOut(state, at, answer, 'failed', actor);
    default:
      return refuse(
        `${at.step} failed: retry, mark done by hand, skip${question.inRollback ? '' : ', roll back'} or pause`,
      );
  }
}

function onDoubt(question: Extract<Question, { kind: 'in-doubt' }>, at: At, answer: Answer, actor: Actor): Response {
  if (answer.kind !== 'settle') {
    return refuse(`the outcome of ${at.step} is in doubt: settle it as passed, failed or run again`);
  }
  const { attempt } = question;
  return events(event(actor, 'attempt.settled', { ...at, attempt, as: answer.as, reason: answer.reason }));
}

function onNoGo(
  state: RunState,
  question: Extract<Question, { kind: 'no-go' }>,
  at: At,
  answer: Answer,
  actor: Actor,
): Response {
  if (question.audit === true) return onAuditNoGo(state, question, answer, actor);
  switch (answer.kind) {
    case 'retry':
      return events(event(actor, 'step.retried', { ...at, reason: answer.reason }));
    case 'waive':
      return waive(state, question.blockers, answer, actor);
    default:
      return refuse(`${at.step} is no-go: check again, waive an item, roll back or pause; a gate cannot be skipped`);
  }
}

/** An audit of its own has nothing to go back to: items are looked at anew by a new audit. */
function onAuditNoGo(
  state: RunState,
  question: Extract<Question, { kind: 'no-go' }>,
  answer: Answer,
  actor: Actor,
): Response {
  if (answer.kind === 'waive') return waive(state, question.blockers, answer, actor);
  if (answer.kind !== 'done') return refuse('the audit is no-go: waive an item, end it with this verdict, or pause');
  return events(event(actor, 'run.ended', { status: 'completed', reason: auditReason(state) }));
}

function waive(
  state: RunState,
  open: readonly string[],
  answer: Extract<Answer, { kind: 'waive' }>,
  actor: Actor,
): Response {
  const item = answer.item ?? open[0] ?? '';
  if (!open.includes(item)) return refuse(`waive one of: ${open.join(', ')}`);
  const { by, why, until } = answer;
  if (by.trim() === '' || why.trim() === '') return refuse('a waiver needs who and why');
  if (!isDay(until)) return refuse(`until: "${until}" is not a date like 2026-12-31`);
  const visit = Math.max(1, state.steps.get(item)?.visits.length ?? 1);
  return events(event(actor, 'waiver.given', { step: item, visit, by, why, until }));
}

function onItem(at: At, answer: Answer, actor: Actor): Response {
  if (answer.kind === 'waive') return refuse(`${at.step} is answered first; the verdict then offers to waive it`);
  if (answer.kind === 'skip') {
    return events(event(actor, 'step.skipped', { ...at, how: 'operator', reason: answer.reason }));
  }
  if (answer.kind !== 'item')
    return refuse(`${at.step} is an item: pass, partial, fail or not applicable, with evidence`);
  if (answer.detail.trim() === '') return refuse(`${at.step}: say what it rests on`);
  const { result, detail } = answer;
  return events(event(actor, 'item.answered', { ...at, result, detail, evidence: [] }));
}

function onNotify(at: At, answer: Answer, actor: Actor): Response {
  if (answer.kind === 'skip')
    return events(event(actor, 'step.skipped', { ...at, how: 'operator', reason: answer.reason }));
  if (answer.kind !== 'value') return refuse(`${at.step}: confirm or edit the text, or skip it`);
  return events(event(actor, 'step.answered', { ...at, value: answer.value }), event(actor, 'step.ordered', at));
}

/** A rollback that is asked for: it starts when no attempt runs; when no attempt that changes anything began, it means pause. */
export function requestRollback(state: RunState, question: Question | null, reason: string, actor: Actor): Response {
  if (state.rollback !== null) return refuse('the rollback has begun; resume goes on with it');
  if (reason.trim() === '') return refuse('rolling back needs a reason');
  if (!hasChanged(state)) {
    const waiting = question === null ? 'nothing was changed, so there is nothing to roll back' : waitsFor(question);
    return events(event(actor, 'run.paused', { reason: 'no-change', waiting }));
  }
  return events(event(actor, 'rollback.requested', { reason }));
}

function lacksReason(answer: Answer): string | null {
  switch (answer.kind) {
    case 'skip':
    case 'retry':
    case 'passed':
    case 'rollback':
    case 'accept':
    case 'settle':
    case 'refuse':
      return answer.reason.trim() === '' ? `${answer.kind} needs a reason` : null;
    default:
      return null;
  }
}

function events(...drafts: readonly EventDraft[]): Response {
  return { ok: true, events: drafts, secret: null };
}

function refuse(message: string): Response {
  return { ok: false, message };
}

type DraftOf<T extends EventDraft['type']> = Extract<EventDraft, { type: T }>;

function event<T extends EventDraft['type']>(actor: Actor, type: T, data: DraftOf<T>['data']): DraftOf<T>;
function event(actor: Actor, type: string, data: object): object {
  return { type, actor, data };
}
