/**
 * Steps that a person does, answers or consents to.
 *
 * Invariant: a gate is never skipped and never marked done; consent is counted from the record.
 */
import type { Body } from '../runbook/document.ts';
import { approvalPolicy, gateStanding } from './approvals.ts';
import { type Arrival, headOf, resolveAt, start, type Visiting } from './arrival.ts';
import { opensDebt } from './arriving.ts';
import { newestCorrection } from './correct.ts';
import { asks, type Decision, fails, only } from './decision.ts';
import { draft } from './draft.ts';
import { record } from './json-value.ts';
import { keepsAnswer } from './kept-answer.ts';
import { approveQuestion } from './questions/approve.ts';
import { askQuestion } from './questions/ask.ts';
import { itemQuestion } from './questions/item.ts';
import type { AtStep } from './questions/kind.ts';
import { manualQuestion } from './questions/manual.ts';
import { itemCloses } from './tries.ts';
import { explained } from './unset.ts';

/** True for what no machine does: a person acts, or consents. */
export function isForPerson({ effect }: Body): boolean {
  return effect === 'person' || effect === 'gate';
}

/** Begins a step of a person, and asks for the approvals that a gate needs. */
export function startPerson(arrival: Arrival): Decision {
  const { state, step, at } = arrival;
  const found = resolveAt(arrival);
  if (!found.ok) return fails(at, explained(state, at.step, found.message));
  const events = [...opensDebt(arrival, found.value.view), start(arrival)];
  if (step.action !== 'approve') return only(...events);
  return only(...events, draft('approval.requested', { ...at, ...approvalPolicy(step) }));
}

/** Asks what a step of a person that has begun waits for. */
export function askPerson(arrival: Visiting): Decision {
  const { step, visit, at } = arrival;
  const found = resolveAt(arrival);
  if (!found.ok) return fails(at, found.message);
  const head = headOf(arrival, found.value.view);
  const params = record(found.value.resolved.params);
  switch (step.action) {
    case 'manual':
      if (step.item === undefined) return asks(manualQuestion(head, params));
      if (visit.item !== null) return only(...itemCloses(visit, at, { kind: 'passed' }));
      return asks(itemQuestion(head, params, step.item, arrival.now));
    case 'ask':
      if (visit.answeredSeq > 0) return only(keepsAnswer(arrival) ?? draft('step.passed', at));
      return asks(askQuestion(head, params, Object.keys(step.capture)[0] ?? null));
    case 'approve':
      return askApproval(arrival, head);
    default:
      return fails(at, `nobody can answer the action ${step.action}`);
  }
}

function askApproval({ state, step, visit, at, now }: Visiting, head: AtStep): Decision {
  if (newestCorrection(state) > (visit.approvalRequest?.seq ?? 0))
    return only(draft('approval.requested', { ...at, ...approvalPolicy(step) }));
  const standing = gateStanding(state, step.id, visit, now.now);
  if (standing.verdict === 'approved' || standing.verdict === 'emergency') return only(draft('step.passed', at));
  if (visit.approvalRequest === null) return only(draft('approval.requested', { ...at, ...approvalPolicy(step) }));
  return asks(approveQuestion(state, head, standing));
}
