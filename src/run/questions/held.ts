/**
 * Other runs hold the target that the step would change. Answers: wait until they have let it go, go on beside them (with reason), roll
 * back, pause.
 */
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import type { Holder } from '../event-holds.ts';
import type { Claim } from '../holding.ts';
import { utcMinute } from '../instants.ts';
import { accepts, refuses } from '../response.ts';
import type { RunState } from '../state.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface HeldQuestion extends AtStep {
  readonly kind: 'held';
  /** Name and identity of the target. */
  readonly target: string;
  readonly identity: string;
  readonly holders: readonly Holder[];
  /** It waits for them already. */
  readonly waits: boolean;
}

/** Asks what to do about the holders of `claim`, which was made for the step that `head` says, or for one beside it. */
export function heldQuestion(head: AtStep, claim: Claim): HeldQuestion {
  const { step, visit, name, identity, holders, kind } = claim;
  const title = step === head.step ? head.title : step;
  return { kind: 'held', step, visit, title, target: name, identity, holders, waits: kind === 'awaited' };
}

/** Who holds it, since when, for which step; one line. */
export function holderWords({ run, operator, step, since, problem }: Holder): string {
  if (problem !== null) return `run ${run} claimed it, and what it does there is in doubt: ${problem}`;
  const when = since === null ? '' : ` since ${utcMinute(since)}`;
  return `run ${run} (${operator}) holds it${when}, for ${step ?? 'a step'}`;
}

/** What whoever drives the run can do about those that hold its target, one line each; none where nobody does. */
export function heldHints({ id, holding: { claim } }: RunState): readonly string[] {
  if (claim === null || claim.kind !== 'refused') return [];
  const known = claim.holders.filter(({ problem }) => problem === null);
  const each = known.map(
    (holder) =>
      `${holderWords(holder)}: gonogo watch ${holder.run} shows what it does, gonogo release ${holder.run} --reason REASON lets ${claim.name} go`,
  );
  const beside = `gonogo resume ${id} --alongside REASON goes on beside ${known.length === 0 ? 'what is in doubt' : 'it'}`;
  const free = known.length === claim.holders.length ? [`gonogo resume ${id} goes on once it is free`] : [];
  return [...each, [...free, beside].join(', ')];
}

export const held: QuestionKind<HeldQuestion> = {
  identity: (question) => `${byVisit(question)} ${question.holders.map(({ run }) => run).join(' ')}`,
  waitsFor: ({ target, holders }) => `the target ${target}: ${holders.map(holderWords).join('; ')}`,
  respond: ({ question, answer, actor }) => {
    const { step, visit, target: name, identity, holders } = question;
    const at = { step, visit, name, identity };
    switch (answer.kind) {
      case 'wait':
        if (question.waits) return refuses('it waits already: it goes on when the target is free');
        if (holders.some(({ problem }) => problem !== null))
          return refuses('what is in doubt lets nothing go by itself');
        return accepts(draftBy(actor, 'hold.awaited', at));
      case 'alongside': {
        const runs = holders.map(({ run }) => run);
        return accepts(draftBy(actor, 'hold.overridden', { ...at, runs, reason: answer.reason }));
      }
      default:
        return refuses(`another run holds ${name}: wait, go on alongside with a reason, roll back or pause`);
    }
  },
  forms: [forms.wait, forms.alongside, forms.rollback],
  answeredBy: answeredByAny('hold.awaited', 'hold.overridden'),
};
