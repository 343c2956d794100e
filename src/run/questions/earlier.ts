/** Earlier runs left something open on the target. Answers, one an item: settled, handed on to somebody, deferred; roll back, pause. */
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import type { Owed } from '../event-holds.ts';
import { owedKey } from '../holding.ts';
import { accepts, refuses } from '../response.ts';
import type { RunState } from '../state.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface EarlierQuestion extends AtStep {
  readonly kind: 'earlier';
  /** Oldest first; not empty. */
  readonly open: readonly Owed[];
}

/** What earlier runs left open and this one has not decided about. */
export function openOwed({ holding }: RunState): readonly Owed[] {
  const decided = new Set(holding.decided.map(({ item }) => item));
  return (holding.look?.owed ?? []).filter((one) => !decided.has(owedKey(one)));
}

/** Asks what becomes of what is open. */
export function earlierQuestion(state: RunState, head: AtStep): EarlierQuestion {
  return { kind: 'earlier', ...head, open: openOwed(state) };
}

/** One item, one line. */
export function owedWords(one: Owed): string {
  return `${owedKey(one)}: ${one.text}${one.remark === null ? '' : ` (${one.remark})`}`;
}

export const earlier: QuestionKind<EarlierQuestion> = {
  identity: byVisit,
  waitsFor: ({ open }) => `what earlier runs left open on the target: ${open.map(owedWords).join('; ')}`,
  respond: ({ question: { open }, answer, actor }) => {
    const decision = decisionOf(answer);
    if (decision === null) return refuses('each is settled, handed on to somebody, or deferred, by its name');
    const { item, as, text } = decision;
    if (!open.some((one) => owedKey(one) === item))
      return refuses(`"${item}" is not open; open: ${open.map(owedKey).join(', ')}`);
    return text === ''
      ? refuses(as === 'handed-on' ? 'handing on needs a name' : 'it needs a reason')
      : accepts(draftBy(actor, 'owed.decided', { item, as, text }));
  },
  forms: [],
  parts: { of: ({ open }) => open.map(owedKey), forms: [forms.settleOwed, forms.handOver, forms.defer] },
  answeredBy: answeredByAny('owed.decided'),
};

type Decided = Pick<RunState['holding']['decided'][number], 'item' | 'as' | 'text'>;

function decisionOf(answer: Parameters<typeof earlier.respond>[0]['answer']): Decided | null {
  switch (answer.kind) {
    case 'settle-owed':
      return { item: answer.item, as: 'settled', text: answer.reason.trim() };
    case 'hand-over':
      return { item: answer.step, as: 'handed-on', text: answer.to.trim() };
    case 'defer':
      return { item: answer.item, as: 'deferred', text: answer.reason.trim() };
    default:
      return null;
  }
}
