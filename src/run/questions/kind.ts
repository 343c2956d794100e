/**
 * What a kind of question is. One file a kind: its data, how it is made from an arrival, what answers it and which events an
 * answer makes, which two ask the same, what it waits for, and its forms in an answers file.
 *
 * Invariants:
 * - A question is derived from the state alone, so it is the same after a resume.
 * - `respond` refuses an answer that does not fit with a message that names what would, and no event.
 * - Every departure from the document (skip, override, retry, acceptance) carries a reason; `respond` in the folder above
 *   has seen to that, to pausing and to rolling back.
 */
import type { StepId } from '../../runbook/document.ts';
import type { Answer } from '../answer.ts';
import type { Form } from '../answer-form.ts';
import type { Actor, EventDraft } from '../event.ts';
import type { Response } from '../response.ts';
import type { RunState } from '../state.ts';

/** Where a question stands. */
export interface AtStep {
  readonly step: StepId;
  readonly visit: number;
  readonly title: string;
  /** Of what happens on a host: `STEP.HOST`, which names it as well as its own id does. */
  readonly alias?: string;
}

export interface Answered<Q> {
  readonly state: RunState;
  readonly question: Q;
  readonly answer: Answer;
  readonly actor: Actor;
  /** Epoch ms. */
  readonly now: number;
}

export interface QuestionKind<Q extends { readonly kind: string }> {
  /** Questions of the same identity ask for the same decision, whatever else of them has moved on. */
  readonly identity: (question: Q) => string;
  /** In words an operator reads: what the run waits for. */
  readonly waitsFor: (question: Q) => string;
  /** What the answer makes true. */
  readonly respond: (answered: Answered<Q>) => Response;
  /** The forms of an answers file that answer it under the step's own id (the name, for a variable). */
  readonly forms: readonly Form[];
  /** The forms that answer it, each with a part, under the ids of the steps that it is about. */
  readonly parts?: { readonly of: (question: Q) => readonly StepId[]; readonly forms: readonly Form[] };
  /** What an answers file says to it by saying nothing against it. */
  readonly unsaid?: (question: Q) => Answer;
  /** What the document says to it where nobody is there to answer; null: it waits. */
  readonly unattended?: (question: Q) => Answer | null;
  /** True when `event` may be the first of what an answer to it made true. `action`: of the event's step, empty for none. */
  readonly answeredBy: (event: EventDraft, action: string) => boolean;
}

/** The identity of a question that is asked once a visit. */
export function byVisit({ kind, step, visit }: { readonly kind: string } & AtStep): string {
  return `${kind} ${step} ${visit}`;
}

/** An `answeredBy` for those that events of one of `types` answer. */
export function answeredByAny(...types: readonly EventDraft['type'][]): (event: EventDraft) => boolean {
  return ({ type }) => types.includes(type);
}
