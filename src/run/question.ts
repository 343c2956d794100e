/**
 * What the engine asks a person: the registry of the kinds of question, one file and one line a kind.
 *
 * Invariant: whatever depends on the kind of a question is said in the kind's file and asked for here; front ends that draw
 * each kind in a way of their own are exhaustive by type.
 */
import type { Answer } from './answer.ts';
import { type Form, forms } from './answer-form.ts';
import type { EventDraft } from './event.ts';
import { approve } from './questions/approve.ts';
import { ask } from './questions/ask.ts';
import { choose } from './questions/choose.ts';
import { danger } from './questions/danger.ts';
import { doneWhen } from './questions/done-when.ts';
import { drift } from './questions/drift.ts';
import { earlier } from './questions/earlier.ts';
import { failure } from './questions/failure.ts';
import { handover } from './questions/handover.ts';
import { held } from './questions/held.ts';
import { inDoubt } from './questions/in-doubt.ts';
import { item } from './questions/item.ts';
import type { Answered, QuestionKind } from './questions/kind.ts';
import { manual } from './questions/manual.ts';
import { noGo } from './questions/no-go.ts';
import { notify } from './questions/notify.ts';
import { obligations } from './questions/obligations.ts';
import { over } from './questions/over.ts';
import { ready } from './questions/ready.ts';
import { review } from './questions/review.ts';
import { variable } from './questions/variable.ts';
import { window } from './questions/window.ts';
import type { Response } from './response.ts';

export type { Answer } from './answer.ts';

const registered = {
  variable,
  ready,
  review,
  danger,
  'done-when': doneWhen,
  drift,
  held,
  over,
  earlier,
  manual,
  ask,
  choose,
  approve,
  failure,
  'in-doubt': inDoubt,
  'no-go': noGo,
  item,
  notify,
  obligations,
  handover,
  window,
} as const;

type Shapes = { [K in keyof typeof registered]: (typeof registered)[K] extends QuestionKind<infer Q> ? Q : never };
type Kind = keyof Shapes;

/** A question of one of the registered kinds; `Question<'danger'>`: of that one. */
export type Question<K extends Kind = Kind> = { [P in K]: { readonly kind: P } & Shapes[P] }[K];

const kinds: { readonly [K in Kind]: QuestionKind<Shapes[K]> } = registered;

/** True when both ask for the same decision, whatever else of them has moved on (who approved so far, say). */
export function isSameQuestion(a: Question, b: Question): boolean {
  return a.kind === b.kind && identityOf(a) === identityOf(b);
}

function identityOf<K extends Kind>(question: Question<K>): string {
  return kinds[question.kind].identity(question);
}

/** In words an operator reads: what the run waits for. */
export function waitsFor<K extends Kind>(question: Question<K>): string {
  const alias = 'alias' in question && typeof question.alias === 'string' ? question.alias : '';
  const at = alias.indexOf('.');
  if (at < 0) return kinds[question.kind].waitsFor(question);
  // The id of a copy is nobody's.
  return kinds[question.kind].waitsFor({ ...question, step: `${alias.slice(0, at)} on ${alias.slice(at + 1)}` });
}

/** What an answer that fits the question makes true. */
export function respondTo<K extends Kind>(
  question: Question<K>,
  given: Omit<Answered<Question>, 'question'>,
): Response {
  return kinds[question.kind].respond({ ...given, question });
}

/** What the document says to `question` where nobody is there to answer it; null: it waits. */
export function unattendedAnswer<K extends Kind>(question: Question<K>): Answer | null {
  return kinds[question.kind].unattended?.(question) ?? null;
}

/** Every form that an entry of an answers file may have. */
export const entryForms: ReadonlySet<Form> = new Set([
  ...Object.values(forms),
  ...Object.values(kinds).flatMap((kind) => kind.forms),
]);

/** `entry` of an answers file as an answer to `question`; null when it is one to another kind of question. */
export function entryAnswer<K extends Kind>(question: Question<K>, entry: unknown): Answer | null {
  for (const form of kinds[question.kind].forms) {
    const answer = form.read(entry);
    if (answer !== null) return answer;
  }
  return null;
}

/** What an answers file says to `question` by saying nothing; null: it does not answer. */
export function unsaidAnswer<K extends Kind>(question: Question<K>): Answer | null {
  return kinds[question.kind].unsaid?.(question) ?? null;
}

/** The steps that `question` is about, each of which may have an answer of its own, with the forms of one; null: not such a one. */
export function partsOf<K extends Kind>(
  question: Question<K>,
): { readonly steps: readonly string[]; readonly forms: readonly Form[] } | null {
  const { parts } = kinds[question.kind];
  return parts === undefined ? null : { steps: parts.of(question), forms: parts.forms };
}

/** The kinds of question that `event` may have answered, as the first of what the answer made true. */
export function kindsAnsweredBy(event: EventDraft, action: string): readonly Question['kind'][] {
  return Object.entries(kinds).flatMap(([kind, { answeredBy }]) =>
    isKind(kind) && answeredBy(event, action) ? [kind] : [],
  );
}

function isKind(kind: string): kind is Kind {
  return kind in kinds;
}
