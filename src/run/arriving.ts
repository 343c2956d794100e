/**
 * Arriving at an automatic step: what stands between it and its first attempt.
 *
 * Invariants:
 * - Nothing is asked twice: what was answered is on record in the visit.
 * - Before anything outside a rollback is changed, what permitted it still holds: gates that went stale are looked at again,
 *   and approvals that an adopted document voided are asked for again.
 */

import type { StepId } from '../runbook/document.ts';
import { losesConsent } from './approvals.ts';
import { type Arrival, aliasOf, changesSomething, hostAt, resolveAt, start, viewAt } from './arrival.ts';
import { afterRefusals } from './beginnings.ts';
import { changeDue } from './change.ts';
import type { Circumstances } from './circumstances.ts';
import { asks, type Decision, fails, failsUnreached, goesOnWith, idle, only, type Turn } from './decision.ts';
import { draft } from './draft.ts';
import { passedMs } from './elapsed.ts';
import type { EventDraft } from './event.ts';
import { driftOf } from './fleet.ts';
import { staleGate } from './gate.ts';
import { holdsTarget } from './holds.ts';
import { spreadStepOf } from './host-of.ts';
import { lostSecret, missingSecret, probeDoneWhen, probeTarget } from './needs.ts';
import { openDebts } from './obligations.ts';
import { outlineOf } from './outline.ts';
import { dangerQuestion } from './questions/danger.ts';
import { doneWhenQuestion } from './questions/done-when.ts';
import { driftQuestion, hostDriftQuestion } from './questions/drift.ts';
import { notifyQuestion } from './questions/notify.ts';
import { readyQuestion, readyTogether } from './questions/ready.ts';
import { reviewQuestion } from './questions/review.ts';
import { rulesOf } from './rules.ts';
import { type Resolved, shown, type View } from './scope.ts';
import type { RunState } from './state.ts';
import { explained } from './unset.ts';
import { openVisit } from './visit.ts';

/** `when`: false closes the step as not taken, an error fails it before it starts. Null: it is taken. */
export function notTaken(arrival: Arrival): Decision | null {
  const { step, at } = arrival;
  if (step.when === undefined) return null;
  const view = viewAt(arrival, null);
  if (!view.ok) return fails(at, explained(arrival.state, arrival.step.id, view.message));
  const result = view.value.scope.evaluate(step.when, view.value.values);
  if (!result.ok) return fails(at, explained(arrival.state, arrival.step.id, `when: ${result.message}`));
  return result.value === true ? null : only(draft('step.not_taken', { ...at, reason: `when: ${step.when}` }));
}

/** What stands between arriving at an automatic step and its first attempt, in this order; then the attempt. */
export function startAutomatic(arrival: Arrival): Turn {
  const held = cannotBegin(arrival) ?? leftOutThere(arrival) ?? unknownHost(arrival) ?? alreadyDone(arrival);
  if (held !== null) return held;
  const found = resolveAt(arrival);
  if (!found.ok) return fails(arrival.at, explained(arrival.state, arrival.step.id, found.message));
  const { view, resolved } = found.value;
  const change = changeDue(arrival);
  if (!change.ok) return fails(arrival.at, change.message);
  return (
    lacks(arrival, resolved) ??
    noLongerPermitted(arrival) ??
    awaitsPerson(arrival, view, resolved) ??
    interlock(arrival, view) ??
    hostInterlock(arrival, view) ??
    holdsTarget(arrival, view) ??
    only(...change.value, ...opensDebt(arrival, view), start(arrival))
  );
}

/** What stands in the way of another attempt after those that could not begin. */
function cannotBegin(arrival: Arrival): Decision | null {
  const { state, now, step, visit, at } = arrival;
  const beginnings = afterRefusals(visit, { ...step, rules: rulesOf(state) }, (from) => passedMs(state, from, now.now));
  switch (beginnings.kind) {
    case 'free':
      return null;
    case 'waits':
      return { ...idle, wakeAt: now.now + beginnings.ms };
    case 'failed':
      return beginnings.unreachable && hostAt(arrival) !== null
        ? failsUnreached(at, beginnings.reason)
        : fails(at, beginnings.reason);
  }
}

/** An answers file may leave it out on one host, also where that host cannot be reached. */
function leftOutThere(arrival: Arrival): Decision | null {
  const { now, step, visit } = arrival;
  const alias = aliasOf(arrival);
  if (alias === null || visit?.ordered === true || (visit?.attempts.length ?? 0) > 0) return null;
  const isNamed = now.arrivals.has(step.id) || now.arrivals.has(alias.replace('.', '_'));
  return isNamed ? asks(readyTogether(arrival)) : null;
}

/** The step's own `done_when`, asked before the first attempt. */
function alreadyDone(arrival: Arrival): Decision | null {
  const { state, now, step, visit, at } = arrival;
  const again = (visit?.attempts.length ?? 0) > 0;
  if (step.doneWhen === undefined || again) return null;
  if (visit?.doneWhen === undefined || visit.doneWhen === null) return probeDoneWhen(state, now, step, at);
  if (visit.doneWhen.ok) return only(draft('step.skipped', { ...at, how: 'done-when', reason: 'already done' }));
  // What is only read does no harm when it is read although it was done.
  const asked = visit.doneWhen.unread === 'decision' && changesSomething(arrival);
  return asked ? asks(doneWhenQuestion(arrival, visit.doneWhen.reason)) : null;
}

const noTerminal = 'it needs a terminal, and there is none: resume without --headless, at a terminal';

/** What the step cannot do without and this process does not have. */
function lacks({ state, now, step, at }: Arrival, { secrets }: Resolved): Decision | null {
  const secret = missingSecret(state, now, secrets);
  if (secret !== null) return asks(secret);
  const unable = step.tty && !now.terminal ? noTerminal : lostSecret(state, now, secrets);
  return unable === null ? null : fails(at, unable);
}

/** A gate that has to be passed anew before `arrival` changes anything. */
function noLongerPermitted(arrival: Arrival): Turn | null {
  const { state, now, step, mode } = arrival;
  if (!changesSomething(arrival) || mode === 'rollback') return null;
  const stale = step.item === undefined ? staleGate(state, now.now) : null;
  if (stale !== null) return goesOnWith(stale, 'phases', true);
  const voided = voidedGate(state);
  return voided === null ? null : goesOnWith(voided, 'phases');
}

/** A gate whose approvals were voided by an adopted document or a correction is asked for again before anything changes. */
function voidedGate(state: RunState) {
  if (state.adoptions.length === 0 && state.corrections.length === 0) return null;
  const voided = [...outlineOf(state.runbook).places.values()].find(
    ({ step, phase }) => phase !== null && step.action === 'approve' && isVoided(state, step.id),
  );
  return voided?.step ?? null;
}

/** True from the loss of its approvals until it is passed anew. */
function isVoided(state: RunState, gate: StepId): boolean {
  const visits = state.steps.get(gate)?.visits ?? [];
  const last = visits.at(-1);
  if (last === undefined || last.status === 'not-taken') return false;
  if (last.closedSeq === null) return visits.length > 1;
  return losesConsent(state, last.closedSeq);
}

/** The order to run it, and the confirmation of what is dangerous. */
function awaitsPerson(arrival: Arrival, view: View, resolved: Resolved): Decision | null {
  const { now, step, visit, mode, at } = arrival;
  if (step.unreviewed === true) return asks(reviewQuestion(arrival, view));
  if (waitsForOrder(now, arrival) && visit?.ordered !== true) {
    const notice = notifyQuestion(arrival, view, resolved);
    // Its text is on record, and the order that came with it was torn off.
    const confirmed = notice !== null && (visit?.answeredSeq ?? 0) > (visit?.retriedSeq ?? 0);
    return confirmed ? only(draft('step.ordered', at)) : asks(notice ?? readyQuestion(arrival, view));
  }
  const confirmed =
    !step.danger ||
    mode === 'rollback' ||
    visit?.dangerConfirmed === true ||
    spreadStepOf(arrival.state, step.id) !== null;
  return confirmed ? null : asks(dangerQuestion(arrival, view));
}

/** True when nothing begins at `arrival` before somebody orders it. */
export function waitsForOrder(now: Circumstances, { step, mode }: Arrival): boolean {
  if (step.item !== undefined) return false;
  return (now.guided && mode === 'phases') || now.arrivals.has(step.id);
}

/** Before a change the target's identity must have been read for this very attempt, and read as at the start. */
function interlock(arrival: Arrival, view: View): Decision | null {
  const { state, now, step, visit, at } = arrival;
  const asked = changesSomething(arrival) && state.runbook.target !== undefined && visit?.driftAccepted !== true;
  if (!asked) return null;
  const since = Math.max(visit?.attempts.at(-1)?.startedSeq ?? 0, visit?.retriedSeq ?? 0);
  const read = state.targets.findLast(
    ({ seq, data }) => data.step === step.id && data.visit === at.visit && seq > since,
  );
  if (read === undefined) return probeTarget(state, now, at);
  return read.data.ok ? null : asks(driftQuestion(arrival, view, read.data));
}

/** Who its host is has to be on record before anything begins there, and is asked again for a step that begins anew after it was not. */
function unknownHost(arrival: Arrival): Decision | null {
  const { state, visit, at } = arrival;
  const host = hostAt(arrival);
  if (host === null) return null;
  const known = state.fleet.known.get(host);
  const again = visit?.retriedSeq ?? 0;
  const since = Math.max(again, openVisit(state.steps.get(spreadStepOf(state, at.step)?.of ?? ''))?.openedSeq ?? 0);
  const drifted = known !== undefined && driftOf(known) !== null;
  const newest = known?.newest ?? null;
  if (newest !== null && (!drifted || (known?.told ?? 0) > again)) return null;
  if (known?.open === 'step') return idle;
  if ((known?.asked ?? 0) <= since) return only(draft('hosts.asked', { hosts: [host], ...at }));
  const { reason } = known?.unreachable ?? { reason: 'it does not say who it is' };
  return failsUnreached(at, `it could not be reached: ${reason}`);
}

/** A change on a host that says it is another machine than before waits for a decision. */
function hostInterlock(arrival: Arrival, view: View): Decision | null {
  const host = changesSomething(arrival) ? hostAt(arrival) : null;
  const known = host === null ? undefined : arrival.state.fleet.known.get(host);
  if (known === undefined || driftOf(known) === null) return null;
  return asks(hostDriftQuestion(arrival, view, known));
}

/** Stands before the start in its batch: a write that is torn between them must not leave a step begun without its debt. */
export function opensDebt({ state, step }: Arrival, view: View): readonly EventDraft[] {
  if (step.owes === undefined || openDebts(state).some((debt) => debt.step === step.id)) return [];
  return [draft('obligation.opened', { step: step.id, text: shown(step.owes, view) })];
}
