/**
 * An item of a checklist that a person answers: item (with what it rests on), skip, rollback, pause. `again`: it is closed, and somebody
 * has said that they judge it; then only `item` answers it.
 */
import type { Item, Step } from '../../runbook/document.ts';
import { forms } from '../answer-form.ts';
import type { Circumstances, EarlierAnswer } from '../circumstances.ts';
import { draftBy } from '../draft.ts';
import type { Actor } from '../event.ts';
import { record, text } from '../json-value.ts';
import { cameTo, judges, sinceOf, unfitAnswer } from '../judging.ts';
import { accepts, type Response, refuses, skips } from '../response.ts';
import type { VisitState } from '../state.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface ItemQuestion extends AtStep {
  readonly kind: 'item';
  readonly question: string;
  readonly severity: string;
  /** What it came to before, in words; absent: it is open. */
  readonly again?: string;
  /** What was answered in an earlier run. `days`: its age. `stale`: it is older than its `ttl`, and does not count. */
  readonly earlier?: EarlierAnswer & { readonly days: number; readonly stale: boolean };
  /** It is closed, and a machine had looked at it. */
  readonly machine?: true;
}

const dayMs = 86_400_000;

/** Asks what `params` of the action ask. An answer without a `ttl` says nothing about another day, so none of an earlier run is offered. */
export function itemQuestion(
  head: AtStep,
  params: Readonly<Record<string, unknown>>,
  { severity, ttlMs }: Pick<Item, 'severity' | 'ttlMs'>,
  { now, earlier }: Pick<Circumstances, 'now' | 'earlier'>,
): ItemQuestion {
  const question: ItemQuestion = { kind: 'item', ...head, question: text(params['instructions']), severity };
  const found = earlier?.get(head.step);
  if (found === undefined || ttlMs === undefined || found.at > now) return question;
  const ageMs = now - found.at;
  return { ...question, earlier: { ...found, days: Math.floor(ageMs / dayMs), stale: ageMs > ttlMs } };
}

/** Asks again what closed item `step` comes to. */
export function judgeQuestion(step: Step, visit: VisitState): ItemQuestion {
  const found = cameTo(visit);
  const again = found === null ? `unknown: ${visit.reason ?? 'not answered'}` : `${found.result}: ${found.detail}`;
  const { instructions } = record(step.params);
  const question = step.effect === 'person' ? text(instructions) : step.summary;
  const head = { step: step.id, visit: visit.visit, title: step.title };
  const machine = step.effect === 'person' ? {} : { machine: true as const };
  return { kind: 'item', ...head, question, severity: step.item?.severity ?? 'medium', again, ...machine };
}

export const item: QuestionKind<ItemQuestion> = {
  identity: (question) => (question.again === undefined ? byVisit(question) : `again ${byVisit(question)}`),
  waitsFor: ({ step }) => `an answer to ${step}`,
  respond: ({ state, question, answer, actor, now }) => {
    const { step, visit } = question;
    if (question.again !== undefined) {
      if (answer.kind !== 'item')
        return refuses(`${step} is closed: pass, partial, fail or not applicable, with evidence`);
      return judges(state, step, answer, { actor, now });
    }
    if (answer.kind === 'waive') return refuses(`${step} is answered first; the verdict then offers to waive it`);
    if (answer.kind === 'skip') return skips(state, question, answer, actor);
    if (answer.kind === 'earlier') return answersAsBefore(question, actor);
    if (answer.kind !== 'item')
      return refuses(`${step} is an item: pass, partial, fail or not applicable, with evidence`);
    const { result, detail } = answer;
    const unfit = unfitAnswer(step, answer, false, now);
    if (unfit !== null) return refuses(unfit);
    return accepts(draftBy(actor, 'item.answered', { step, visit, result, detail, evidence: [], ...sinceOf(answer) }));
  },
  forms: [forms.pass, forms.partial, forms.fail, forms.na, forms.skip],
  unattended: ({ again, earlier }) => {
    if (again !== undefined) return null;
    return earlier === undefined || earlier.stale ? { kind: 'skip', reason: 'not answered' } : { kind: 'earlier' };
  },
  answeredBy: answeredByAny('item.answered', 'item.judged'),
};

function answersAsBefore({ step, visit, earlier }: ItemQuestion, actor: Actor): Response {
  if (earlier === undefined) return refuses(`${step} was answered in no earlier run`);
  const { result, detail, run, by, at: since, stale } = earlier;
  if (stale) return refuses(`${step}: the earlier answer is older than its ttl`);
  const data = { step, visit, result, detail, evidence: [], since, of: { run, by } };
  return accepts(draftBy(actor, 'item.answered', data));
}
