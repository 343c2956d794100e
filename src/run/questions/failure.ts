/** A step has failed. Answers: retry, passed (by hand), skip, rollback, pause; each but pause with a reason. */
import type { OnFail, StepId } from '../../runbook/document.ts';
import type { Answer } from '../answer.ts';
import { forms } from '../answer-form.ts';
import { plainHeadOf, type Visiting } from '../arrival.ts';
import { corrects } from '../correct.ts';
import { draftBy } from '../draft.ts';
import type { Actor, EventDraft, Evidence } from '../event.ts';
import { hostsWords } from '../host-words.ts';
import { accepts, leavesOut, type Response, refuses } from '../response.ts';
import type { RunState } from '../state.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

/** A host that a step failed on. `unreachable`: nothing began there. */
export interface FailedHost {
  readonly host: string;
  readonly step: StepId;
  readonly visit: number;
  readonly reason: string;
  readonly unreachable: boolean;
}

export interface FailureQuestion extends AtStep {
  readonly kind: 'failure';
  readonly reason: string;
  readonly evidence: readonly Evidence[];
  /** No rollback is offered. */
  readonly inRollback: boolean;
  /** What the document asks for; `rollback` is suggested first. */
  readonly onFail: OnFail;
  /** The hosts that it failed on, each with its own step and visit; absent: it happens on none. */
  readonly hosts?: readonly FailedHost[];
  /** True for a choice: each further turn that is ordered brings it back here. */
  readonly turns?: true;
}

/** Asks what is to come of the failure of `arrival.visit`. */
export function failureQuestion(arrival: Visiting, reason: string): FailureQuestion {
  const { visit, step, mode } = arrival;
  const inRollback = mode === 'rollback';
  return {
    kind: 'failure',
    ...plainHeadOf(arrival),
    reason,
    evidence: visit.evidence,
    inRollback,
    onFail: step.onFail,
    ...(step.flow === 'choose' ? { turns: true } : {}),
  };
}

/** Asks once what is to come of the hosts that it failed on, of `count`. */
export function failureOnHosts(arrival: Visiting, hosts: readonly FailedHost[], count: number): FailureQuestion {
  return { ...failureQuestion(arrival, hostsWords(hosts, count)), hosts };
}

export const failure: QuestionKind<FailureQuestion> = {
  identity: byVisit,
  waitsFor: ({ step, reason }) => `a decision: ${step} failed: ${reason}`,
  respond: ({ state, question: { step, visit, inRollback, hosts }, answer, actor }) => {
    if (hosts !== undefined && (answer.kind === 'retry' || answer.kind === 'skip' || answer.kind === 'passed'))
      return forHosts(state, { step, hosts }, answer, actor);
    switch (answer.kind) {
      case 'retry':
        return triedAgain(state, { step, visit }, answer, actor);
      case 'skip':
      case 'passed':
        return leavesOut(state, { step, visit }, answer, 'failed', actor);
      default:
        return refuses(`${step} failed: retry, mark done by hand, skip${inRollback ? '' : ', roll back'} or pause`);
    }
  },
  forms: [forms.retry, forms.rollback, forms.passed, forms.skip],
  parts: {
    of: ({ step, hosts = [] }) => hosts.map(({ host }) => `${step}.${host}`),
    forms: [forms.retry, forms.passed, forms.skip],
  },
  answeredBy: answeredByAny('step.retried', 'step.skipped', 'step.overridden'),
};

/** The answer holds for the host that it names, else for all that failed. */
function forHosts(
  state: RunState,
  { step, hosts }: { readonly step: StepId; readonly hosts: readonly FailedHost[] },
  answer: Extract<Answer, { kind: 'retry' | 'skip' | 'passed' }>,
  actor: Actor,
): Response {
  const meant = answer.host === undefined ? hosts : hosts.filter(({ host }) => host === answer.host);
  if (meant.length === 0) return refuses(`${step} did not fail on ${answer.host ?? 'any host'}`);
  const events: EventDraft[] = [];
  for (const one of meant) {
    const at = { step: one.step, visit: one.visit };
    const response =
      answer.kind === 'retry'
        ? triedAgain(state, at, events.length === 0 ? answer : { ...answer, set: {} }, actor)
        : leavesOut(state, at, answer, 'failed', actor);
    if (!response.ok) return response;
    events.push(...response.events);
  }
  return accepts(...events);
}

/** The next try, after the values that somebody gives for it: each is a correction. */
function triedAgain(
  state: RunState,
  at: { readonly step: StepId; readonly visit: number },
  { reason, set = {} }: Extract<Answer, { kind: 'retry' }>,
  actor: Actor,
): Response {
  const events: EventDraft[] = [];
  for (const [name, value] of Object.entries(set)) {
    // It has that value already, from an answer of which only the beginning was recorded.
    if (state.variables.get(name)?.at(-1)?.value === value) continue;
    const corrected = corrects(state, { name, value, reason }, actor);
    if (!corrected.ok) return corrected;
    events.push(...corrected.events);
  }
  return accepts(...events, draftBy(actor, 'step.retried', { ...at, reason }));
}
