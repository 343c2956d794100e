/** What deciding comes to: events to append, or what the run waits for; and what a step that holds others leaves to them. */
import type { Step, StepId } from '../runbook/document.ts';
import type { Mode } from './arrival.ts';
import { draft } from './draft.ts';
import type { EventDraft } from './event.ts';
import type { Question } from './question.ts';
import type { AttemptState, ProbeState } from './state.ts';

/**
 * `events` is not empty: append them, then decide again. Else the run waits for what is in it: attempts that run
 * (`ongoing`), a clock (`wakeAt`, epoch ms), a person (`question`).
 */
export interface Decision {
  readonly events: readonly EventDraft[];
  readonly question: Question | null;
  /** What may be answered before `question`: the other open items of the checklist, in its order. */
  readonly others: readonly Question[];
  readonly wakeAt: number | null;
  readonly ongoing: readonly Ongoing[];
  readonly probes: readonly ProbeState[];
}

export interface Ongoing {
  readonly step: StepId;
  readonly visit: number;
  readonly attempt: AttemptState;
}

/** Part of a step that holds others: one of them that is gone on with, or what is due of one that is not. */
export type Child =
  | { readonly kind: 'step'; readonly step: Step; readonly mode: Mode; readonly again?: boolean }
  | { readonly kind: 'due'; readonly events: readonly EventDraft[] };

/** What a step leaves to others: whoever walks the run arrives at them, in order. */
export interface Inside {
  readonly children: readonly Child[];
  /** One of them may stop the others (by asking for a rollback), so all are looked at before one begins anything. */
  readonly mayStop: boolean;
}

/** What an arrival comes to. */
export type Turn = Decision | Inside;

/** Nothing is due. */
export const idle: Decision = { events: [], question: null, others: [], wakeAt: null, ongoing: [], probes: [] };

/** `events` are due. */
export function only(...events: readonly EventDraft[]): Decision {
  return { ...idle, events };
}

/** The run waits for an answer. */
export function asks(question: Question): Decision {
  return { ...idle, question };
}

/** The step has failed, before an attempt or without one. */
export function fails(at: { readonly step: StepId; readonly visit: number }, reason: string): Decision {
  return only(draft('step.failed', { ...at, reason }));
}

/** The same because its host was not there. */
export function failsUnreached(at: { readonly step: StepId; readonly visit: number }, reason: string): Decision {
  return only(draft('step.failed', { ...at, reason, unreachable: true }));
}

/** The run goes on with `step`, and with nothing else. */
export function goesOnWith(step: Step, mode: Mode, again = false): Inside {
  return { children: [{ kind: 'step', step, mode, again }], mayStop: false };
}

/** Decisions of steps that go on side by side: events of all, the first question, the earliest clock. */
export function merge(decisions: readonly Decision[]): Decision {
  // A rollback asked for by one of them stops the others from beginning anything new.
  const request = decisions.flatMap(({ events }) => events).find(({ type }) => type === 'rollback.requested');
  if (request !== undefined) return { ...idle, events: [request] };
  // Folders are numbered by the state, so only one of them begins something now; the next round takes the next one.
  const first = decisions.find(({ events }) => events.length > 0);
  const [question = null, ...others] = decisions.flatMap((one) =>
    one.question === null ? [] : [one.question, ...one.others],
  );
  const wakes = decisions.flatMap(({ wakeAt }) => (wakeAt === null ? [] : [wakeAt]));
  return {
    events: first?.events ?? [],
    question,
    others: others.filter(({ kind }) => kind === 'item'),
    wakeAt: wakes.length === 0 ? null : Math.min(...wakes),
    ongoing: decisions.flatMap(({ ongoing }) => ongoing),
    probes: decisions.flatMap(({ probes }) => probes),
  };
}
