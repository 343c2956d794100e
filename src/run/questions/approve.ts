/**
 * Consent to go on. Answers: approve, refuse or call an emergency by name (signed ones come through the inbox), rollback, pause.
 *
 * Also asked at the end of a run that an emergency let past a gate: then only an approval answers it.
 */
import { forms } from '../answer-form.ts';
import {
  type GateStanding,
  gatePolicy,
  objectionTo,
  objectionToEmergency,
  renewedVisits,
  takingVisit,
} from '../approvals.ts';
import { draftBy } from '../draft.ts';
import type { Actor, DataOf } from '../event.ts';
import { accepts, type Response, refuses } from '../response.ts';
import type { RunState } from '../state.ts';
import { type AtStep, answeredByAny, byVisit, type QuestionKind } from './kind.ts';

export interface ApproveQuestion extends AtStep {
  readonly kind: 'approve';
  readonly from: readonly string[];
  readonly count: number;
  readonly signed: boolean;
  /** Who has consented so far. */
  readonly given: readonly string[];
  /** Consents that do not count, as `NAME WHY`. */
  readonly without: readonly string[];
  /** The document lets the run past it in an emergency. */
  readonly emergency: boolean;
  /** Who called the emergency since which the consent is owed, and how that is known; null: the run is not past it. */
  readonly owed: string | null;
  /** Earlier visits whose consents were voided, so that it is asked anew: what was said then is not said again. */
  readonly renews: readonly number[];
}

/** Asks for what is missing at a gate. */
export function approveQuestion(
  state: RunState,
  head: AtStep,
  { policy, given, counted, emergency }: GateStanding,
): ApproveQuestion {
  const { from, count, signed } = policy;
  const without = given.filter(({ standing }) => standing !== 'counts');
  return {
    kind: 'approve',
    ...head,
    from,
    count,
    signed,
    given: counted,
    without: without.map(({ consent, why }) => `${consent.by} ${why}`),
    emergency: policy.emergency !== null && emergency === null,
    owed:
      emergency === null
        ? null
        : `${emergency.by} (${emergency.signature === null ? 'claimed, not signed' : 'signed'})`,
    renews: renewedVisits(state, head.step, head.visit),
  };
}

export const approve: QuestionKind<ApproveQuestion> = {
  identity: byVisit,
  waitsFor: ({ step, given, count, without, owed }) => {
    const not = without.length === 0 ? '' : `; not counted: ${without.join('; ')}`;
    return `approval of ${step} (${given.length} of ${count}${owed === null ? '' : `, owed since an emergency called by ${owed}`})${not}`;
  },
  respond: ({ state, question: { step, signed, owed }, answer, actor, now }) => {
    if (answer.kind === 'emergency') return declareEmergency(state, step, answer, actor);
    if (answer.kind === 'refuse') {
      if (owed !== null) return refuses(`${step} was passed in an emergency: it is approved, or stays owed`);
      return refuse(state, step, answer, actor);
    }
    if (answer.kind !== 'approve') return refuses(`${step} is a gate: it is approved, refused, rolled back or paused`);
    if (signed) return refuses(`${step} asks for signed approvals: gonogo approve ${state.id} ${step} --key FILE`);
    const by = answer.by.trim();
    if (by === '') return refuses('an approval needs the name of who approves');
    const objection = objectionTo(state, step, { by, names: [], key: null, at: now, stale: null }, now);
    if (objection !== null) return refuses(`the approval does not count: ${objection}`);
    const visit = takingVisit(state, step);
    const { seq = 0, sum = '' } = visit?.approvalRequest ?? {};
    const data = { step, visit: visit?.visit ?? 1, by, request: { seq, sha256: sum }, signature: null };
    return accepts(draftBy(actor, 'approval.given', data));
  },
  forms: [forms.approve, forms.refuse, forms.emergency],
  answeredBy: answeredByAny('approval.given', 'approval.refused', 'emergency.declared'),
};

interface Said {
  readonly by: string;
  readonly reason: string;
  /** Of a message that was signed. */
  readonly signature?: DataOf<'emergency.declared'>['signature'];
  /** The message that brought it. */
  readonly inbox?: string | undefined;
}

/** Somebody refuses the open request of a gate. */
export function refuse(state: RunState, step: string, { by, reason, inbox }: Said, actor: Actor): Response {
  const visit = takingVisit(state, step);
  if (visit === null || visit.closedSeq !== null) return refuses('none is asked for');
  if (by.trim() === '') return refuses('a refusal needs the name of who refuses');
  if (reason.trim() === '') return refuses('a refusal needs a reason');
  const at = { step, visit: visit.visit };
  const data = { ...at, by: by.trim(), reason, ...(inbox === undefined ? {} : { inbox }) };
  return accepts(draftBy(actor, 'approval.refused', data));
}

/** Somebody lets the run past a gate without its approvals, where the document permits it. */
export function declareEmergency(
  state: RunState,
  step: string,
  { by, reason, signature, inbox }: Said,
  actor: Actor,
): Response {
  const visit = takingVisit(state, step);
  if (visit === null || visit.closedSeq !== null) return refuses('none is asked for');
  if (by.trim() === '') return refuses('an emergency needs the name of who calls it');
  if (reason.trim() === '') return refuses('an emergency needs a reason');
  const objection = objectionToEmergency(gatePolicy(state, step), step, by.trim());
  if (objection !== null) return refuses(objection);
  const how = { ...(signature === undefined ? {} : { signature }), ...(inbox === undefined ? {} : { inbox }) };
  const data = { step, visit: visit.visit, by: by.trim(), reason, ...how };
  return accepts(draftBy(actor, 'emergency.declared', data));
}
