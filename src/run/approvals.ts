/**
 * The gates of a run: who must consent, who has, and what that comes to.
 *
 * Invariants:
 * - A gate that has passed is judged as of the moment at which it did, by who drove the run until then.
 * - An emergency lets the run past a gate and approves nothing: what is owed since then is settled only by as many independent
 *   consents as the gate asks for.
 */
import type { Step, StepId } from '../runbook/document.ts';
import {
  type ApprovalPolicy,
  type Consent,
  type Interested,
  interestOf,
  isNamed,
  type Judged,
  judgeConsents,
} from './consent.ts';
import { newestCorrection, restedOnCorrected } from './correct.ts';
import { passedAt, passedMs } from './elapsed.ts';
import { record, texts } from './json-value.ts';
import { outlineOf } from './outline.ts';
import { requesterOf } from './requester.ts';
import type { Approval, EmergencyState, RunState, VisitState } from './state.ts';
import { openVisit } from './visit.ts';

/** What a gate came to, in the words of every report. `emergency`: passed without what it asks for, and that is still owed. */
export type GateVerdict = 'approved' | 'not-independent' | 'stale' | 'expired' | 'refused' | 'emergency' | 'waiting';

/** A consent from the record. */
export interface GivenConsent extends Consent {
  readonly seq: number;
  readonly signed: boolean;
}

/** One visit of a gate. `counted`: who counts, of `policy.count`. */
export interface GateStanding {
  readonly step: StepId;
  readonly visit: number;
  readonly policy: ApprovalPolicy;
  readonly verdict: GateVerdict;
  readonly given: readonly Judged<GivenConsent>[];
  readonly counted: readonly string[];
  readonly emergency: EmergencyState | null;
}

/** The policy of the gate `step`. What an older gonogo compiled does not say whether it asks for independence. */
export function policyOf(step: Step | null): ApprovalPolicy {
  const params = record(step?.params ?? {});
  const emergency = params['emergency'];
  const declared = emergency === undefined || emergency === null ? null : record(emergency);
  const within = declared?.['within'];
  return {
    ...approvalPolicy(step),
    roles: step?.approvers ?? {},
    independent: params['independent'] === undefined ? 'unasked' : params['independent'] === true ? 'asked' : 'waived',
    expiresMs: typeof params['expires'] === 'number' ? params['expires'] : null,
    emergency:
      declared === null || typeof within !== 'number' ? null : { withinMs: within, from: texts(declared['from']) },
  };
}

/** The policy of the gate `id` of a run. */
export function gatePolicy(state: RunState, id: StepId): ApprovalPolicy {
  return policyOf(outlineOf(state.runbook).places.get(id)?.step ?? null);
}

/** The part of the `approve` parameters that a request for approvals repeats. */
export function approvalPolicy(step: Step | null): { from: string[]; count: number; signed: boolean } {
  const params = record(step?.params ?? {});
  return {
    from: texts(params['from']),
    count: typeof params['count'] === 'number' ? params['count'] : 1,
    signed: params['signed'] === true,
  };
}

/** Whoever started, resumed or was handed the run, or asked for the change, before record `until`. */
export function interestedIn(state: RunState, until = Number.POSITIVE_INFINITY): readonly Interested[] {
  const requester = requesterOf(state, until);
  const asked = requester === null ? [] : [{ name: requester, key: null, did: 'asked for the change' }];
  return [...state.drivers.filter(({ seq }) => seq < until), ...asked];
}

/** How a visit of a gate stands at `now` (epoch ms); one that has passed, as it stood then, and since then what it owed. */
export function gateStanding(state: RunState, id: StepId, visit: VisitState, now: number): GateStanding {
  const policy = gatePolicy(state, id);
  const emergency = emergencyOf(state, id, visit.visit);
  const settled = emergency === null ? null : settledAt(state, emergency);
  const closed = emergency === null ? visit : { closedSeq: null, closedAt: settled?.at ?? null };
  const until = closed.closedSeq ?? Number.POSITIVE_INFINITY;
  const consents = consentsTo(state, id, visit.visit, visit.approvalRequest?.seq ?? 0, until);
  const around = emergency === null ? interestedIn(state, until) : interestedInSettling(state, emergency);
  const given = judgeConsents(policy, consents, around, (from) => passedMs(state, from, closed.closedAt ?? now));
  const counted = given.filter(({ standing }) => standing === 'counts').map(({ consent }) => consent.by);
  const enough = emergency === null ? counted.length >= policy.count : settled !== null;
  return {
    step: id,
    visit: visit.visit,
    policy,
    verdict: verdictOf(given, { enough, emergency: emergency !== null, visit }),
    given,
    counted: settled?.by ?? counted,
    emergency,
  };
}

function verdictOf(
  given: readonly Judged[],
  { enough, emergency, visit }: { readonly enough: boolean; readonly emergency: boolean; readonly visit: VisitState },
): GateVerdict {
  if (visit.refusal !== null) return 'refused';
  if (enough) return 'approved';
  if (emergency) return 'emergency';
  const worst = (['not-independent', 'expired', 'stale'] as const).find((one) =>
    given.some(({ standing }) => standing === one),
  );
  return worst ?? 'waiting';
}

/** What was given to one request, oldest first, before record `until`. */
function consentsTo(
  state: RunState,
  step: StepId,
  visit: number,
  request: number,
  until: number,
): readonly GivenConsent[] {
  return state.approvals
    .filter((one) => one.step === step && one.visit === visit && one.data.request.seq === request && one.seq < until)
    .map((one) => consentOf(one, until));
}

function consentOf({ at, seq, data, staleSeq, corrected }: Approval, until: number): GivenConsent {
  const { by, signature } = data;
  const names = signature === null ? [] : [signature.principal, ...(signature.names ?? [])];
  const stale = staleSeq !== null && staleSeq < until ? whyStale(corrected) : null;
  return { by, names, key: signature?.key ?? null, at, seq, stale, signed: signature !== null };
}

function whyStale(corrected: string | null): string {
  if (corrected === null) return 'approved what the documents said before they changed';
  return `approved another value of ${corrected}, which was corrected`;
}

/** The visit of a gate that takes consents: the one that is open, or the last one while an emergency is unsettled. */
export function takingVisit(state: RunState, id: StepId): VisitState | null {
  const step = state.steps.get(id);
  const open = openVisit(step);
  if (open !== null) return isAsked(state, open) ? open : null;
  return owedAt(state, id) === null ? null : (step?.visits.at(-1) ?? null);
}

/** True when what let the run past a gate at record `closedSeq` was voided before record `until`: by adopted documents or a correction. */
export function losesConsent(state: RunState, closedSeq: number, until = Number.POSITIVE_INFINITY): boolean {
  if (state.adoptions.some(({ seq }) => seq > closedSeq && seq < until)) return true;
  return restedOnCorrected(state, closedSeq, until);
}

/** The earlier visits of a gate that `visit` passes anew because what was consented to in them was voided, newest first. */
export function renewedVisits(state: RunState, id: StepId, visit: number): readonly number[] {
  const visits = state.steps.get(id)?.visits;
  const renewed: number[] = [];
  for (let number = visit - 1; number > 0; number -= 1) {
    const closedSeq = visits?.at(number - 1)?.closedSeq ?? null;
    if (closedSeq === null || !losesConsent(state, closedSeq, visits?.at(number)?.openedSeq)) break;
    renewed.push(number);
  }
  return renewed;
}

/** True where a request is open, and nothing was corrected since it was made: then whoever drives the run asks anew first. */
function isAsked(state: RunState, { approvalRequest, refusal }: VisitState): boolean {
  return approvalRequest !== null && refusal === null && approvalRequest.seq > newestCorrection(state);
}

/** The newest emergency of a gate that no approval has settled. */
function owedAt(state: RunState, id: StepId): EmergencyState | null {
  return state.emergencies.findLast((one) => one.step === id && settledAt(state, one) === null) ?? null;
}

/** Why a consent that is given now, at `now` (epoch ms), would not count; null when it would. */
export function objectionTo(state: RunState, id: StepId, consent: Consent, now: number): string | null {
  const visit = takingVisit(state, id);
  if (visit === null) return 'none is asked for';
  const policy = gatePolicy(state, id);
  const before = consentsTo(state, id, visit.visit, visit.approvalRequest?.seq ?? 0, Number.POSITIVE_INFINITY);
  const owed = owedAt(state, id);
  const around = owed === null ? interestedIn(state) : interestedInSettling(state, owed);
  const found = judgeConsents<Consent>(policy, [...before, consent], around, (from) => passedMs(state, from, now)).at(
    -1,
  );
  return found === undefined || found.standing === 'counts' ? null : `${consent.by} ${found.why}`;
}

/** Why `by` may not pass the gate in an emergency; null: they may. */
export function objectionToEmergency(policy: ApprovalPolicy, id: StepId, by: string): string | null {
  const { emergency } = policy;
  if (emergency === null) return `${id} allows no emergency: its document says no "emergency" for it`;
  if (isNamed({ ...policy, independent: 'asked', from: emergency.from }, by)) return null;
  return `${by} is none of those who may call an emergency: ${emergency.from.join(', ')}`;
}

// --- emergencies ---

/** An emergency with what it owes. `dueAt`: epoch ms. `settled` null: still owed. */
export interface EmergencyDebt extends EmergencyState {
  readonly dueAt: number;
  readonly settled: { readonly at: number; readonly by: readonly string[] } | null;
}

/** Every emergency by which a gate was passed, in order. */
export function emergencyDebts(state: RunState): readonly EmergencyDebt[] {
  return state.emergencies.map((emergency) => ({
    ...emergency,
    dueAt: passedAt(state, emergency.at, gatePolicy(state, emergency.step).emergency?.withinMs ?? 0),
    settled: settledAt(state, emergency),
  }));
}

/** Those that no approval has settled. */
export function openEmergencies(state: RunState): readonly EmergencyDebt[] {
  return emergencyDebts(state).filter(({ settled }) => settled === null);
}

function emergencyOf(state: RunState, step: StepId, visit: number): EmergencyState | null {
  return state.emergencies.findLast((one) => one.step === step && one.visit === visit) ?? null;
}

/** Settled by the first consent after it with which those to the same request are enough. */
function settledAt(state: RunState, emergency: EmergencyState): EmergencyDebt['settled'] {
  const policy = gatePolicy(state, emergency.step);
  const given = state.approvals.filter(({ step }) => step === emergency.step);
  for (const last of given.filter(({ seq }) => seq > emergency.seq)) {
    const together = given
      .filter(({ seq, data }) => seq <= last.seq && data.request.seq === last.data.request.seq)
      .map((one) => consentOf(one, last.seq));
    const around = interestedInSettling(state, emergency, last.seq);
    const judged = judgeConsents(policy, together, around, (from) => passedMs(state, from, last.at));
    const counted = judged.filter(({ standing }) => standing === 'counts').map(({ consent }) => consent.by);
    if (counted.length >= policy.count) return { at: last.at, by: counted };
  }
  return null;
}

/** Whoever called the emergency does not settle it. */
function interestedInSettling(
  state: RunState,
  { by, signature }: EmergencyState,
  until?: number,
): readonly Interested[] {
  const key = signature?.key ?? null;
  const names = [by, ...(signature === null ? [] : [signature.principal, ...(signature.names ?? [])])];
  return [...interestedIn(state, until), ...names.map((name) => ({ name, key, did: 'called the emergency' }))];
}

/** How it is known who called an emergency, as it follows their name. `key`: its fingerprint; null: it was not signed. */
export function calledHow(key: string | null): string {
  return key === null ? 'claimed, not signed' : `signed with ${key}`;
}

/** Consents that count and come of the operator or of somebody else who has to do with the run, where the document permits that; by name. */
export function dependentConsents(state: RunState, standing: GateStanding): readonly string[] {
  return standing.policy.independent === 'waived' ? interestedConsents(state, standing).map(({ by }) => by) : [];
}

/** Whose consents count although they only typed a name: nothing proves who they are. */
export function claimedConsents({ given }: GateStanding): readonly string[] {
  return given.flatMap(({ standing, consent }) => (standing === 'counts' && !consent.signed ? [consent.by] : []));
}

/** As `dependentConsents`, whatever the gate asks for, with what each of them did. */
export function interestedConsents(
  state: RunState,
  { visit, step, given }: GateStanding,
): readonly { readonly by: string; readonly did: string }[] {
  const closed = state.steps.get(step)?.visits.at(visit - 1)?.closedSeq ?? undefined;
  const around = interestedIn(state, closed);
  return given.flatMap(({ standing: found, consent }) => {
    const did = found === 'counts' ? interestOf(consent, around) : null;
    return did === null ? [] : [{ by: consent.by, did }];
  });
}
