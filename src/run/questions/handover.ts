/** The run is offered to somebody. Answers: they take it, having read back what is in doubt and owed; it is withdrawn; pause. */
import { readBackWords, takes, toReadBack, withdraws } from '../handing-over.ts';
import { refuses } from '../response.ts';
import type { Offer, RunState } from '../state.ts';
import { answeredByAny, type QuestionKind } from './kind.ts';

export interface HandoverQuestion {
  readonly kind: 'handover';
  /** Record of the offer. */
  readonly seq: number;
  readonly from: string;
  readonly to: string;
  readonly note: string | null;
  /** Ids that are to be read back. */
  readonly read: readonly string[];
}

/** Asks for `offer` to be taken. */
export function handoverQuestion(state: RunState, { seq, from, to, note }: Offer): HandoverQuestion {
  return { kind: 'handover', seq, from, to, note, read: toReadBack(state) };
}

export const handover: QuestionKind<HandoverQuestion> = {
  identity: ({ seq, read }) => `handover ${seq} ${read.join(' ')}`,
  waitsFor: ({ to, read }) =>
    `${to} to take the run over${read.length === 0 ? '' : `, reading back ${read.join(', ')}`} (gonogo handover RUN --take)`,
  respond: ({ state, question: { to, read }, answer, actor }) => {
    if (answer.kind === 'take-over') return takes(state, { by: answer.by, read: answer.read }, actor);
    if (answer.kind === 'withdraw') return withdraws(state, answer, actor);
    return refuses(`the run is offered to ${to}, who takes it (${readBackWords(read)}); or withdraw it, or pause`);
  },
  forms: [],
  answeredBy: answeredByAny('handover.taken', 'handover.withdrawn'),
};
