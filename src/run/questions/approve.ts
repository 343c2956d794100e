/** Consent to go on. Answers: approve or refuse by name (signed ones come through the inbox), rollback, pause. */
import { forms } from '../answer-form.ts';
import { draftBy } from '../draft.ts';
import { accepts, refuses } from '../response.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface ApproveQuestion extends AtStep {
  readonly kind: 'approve';
  readonly from: readonly string[];
  readonly count: number;
  readonly signed: boolean;
  /** Who has consented so far. */
  readonly given: readonly string[];
}

export const approve: QuestionKind<ApproveQuestion> = {
  identity: byVisit,
  waitsFor: ({ step, given, count }) => `approval of ${step} (${given.length} of ${count})`,
  respond: ({ state, question: { step, visit, signed, given, count }, answer, actor }) => {
    if (answer.kind === 'refuse') {
      return accepts(draftBy(actor, 'approval.refused', { step, visit, by: answer.by, reason: answer.reason }));
    }
    if (answer.kind !== 'approve') return refuses(`${step} is a gate: it is approved, refused, rolled back or paused`);
    if (signed) return refuses(`${step} asks for signed approvals: gonogo approve ${state.id} ${step} --key FILE`);
    const by = answer.by.trim();
    if (by === '') return refuses('an approval needs the name of who approves');
    if (given.includes(by)) return refuses(`${by} has approved already; ${count} different people must`);
    const request = state.steps.get(step)?.visits[visit - 1]?.approvalRequest ?? null;
    const consented = { seq: request?.seq ?? 0, sha256: request?.sum ?? '' };
    return accepts(draftBy(actor, 'approval.given', { step, visit, by, request: consented, signature: null }));
  },
  forms: [forms.approve, forms.refuse],
  answeredBy: answeredByAny('approval.given', 'approval.refused'),
};
