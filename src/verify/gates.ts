/**
 * What each gate came to, by the one judgement that the run itself passed its gates by, under the verifier's own allowed signers.
 *
 * Invariants:
 * - Whose key signed is the verifier's to say: the names that the recording machine gave to a key are replaced.
 * - Whoever signed the report first stands behind the run, and is no independent approver of it.
 * - A gate that passed and is not approved fails; so does one that an emergency let the run past and whose approval is overdue.
 * - A gate that an older gonogo recorded asked nobody whether they are independent. Where its record tells that somebody who counts is
 *   not, it fails all the same: to be recorded as old makes nobody independent.
 */
import { isoTime } from '../report/time.ts';
import {
  calledHow,
  claimedConsents,
  dependentConsents,
  emergencyDebts,
  type GateStanding,
  gateStanding,
  interestedConsents,
} from '../run/approvals.ts';
import { Series } from '../run/series.ts';
import type { Approval, EmergencyState, RunState } from '../run/state.ts';
import { type AllowedSigners, namesOf } from '../signing/allowed-signers.ts';
import { parsePublicKeyLine } from '../signing/public-key.ts';
import type { Check } from './checks.ts';

/** Who signed the report first, by fingerprint, and who that is to the verifier; null: it is not signed. */
export interface ReportSigner {
  readonly key: string;
  readonly principal: string | null;
}

/** One check named `gate` for each visit of a gate. `nowMs`: epoch ms. */
export function verifyGates(
  state: RunState,
  allowed: AllowedSigners | null,
  signer: ReportSigner | null,
  nowMs: number,
): readonly Check[] {
  const seen = asVerifierSees(state, allowed, signer);
  return [...seen.steps.values()].flatMap(({ id, visits }) =>
    visits
      .filter(
        ({ approvalRequest, closedSeq, status }) =>
          approvalRequest !== null && (closedSeq === null || status === 'passed'),
      )
      .map((visit) => {
        const standing = gateStanding(seen, id, visit, nowMs);
        return toCheck(seen, standing, visit.status === 'passed', nowMs);
      }),
  );
}

function asVerifierSees(state: RunState, allowed: AllowedSigners | null, signer: ReportSigner | null): RunState {
  const did = 'signed the report';
  const signed = signer === null ? [] : [{ seq: 0, name: signer.principal, key: signer.key, did }];
  return {
    ...state,
    approvals: Series.from(state.approvals.map((approval) => named(approval, allowed))),
    emergencies: Series.from(state.emergencies.map((one) => ({ ...one, signature: seenBy(allowed, one.signature) }))),
    drivers: Series.from([...state.drivers, ...signed]),
  };
}

function named(approval: Approval, allowed: AllowedSigners | null): Approval {
  const { data } = approval;
  return data.signature === null
    ? approval
    : { ...approval, data: { ...data, signature: seenBy(allowed, data.signature) } };
}

function seenBy(allowed: AllowedSigners | null, signature: EmergencyState['signature']): EmergencyState['signature'] {
  if (signature === null) return null;
  const { key } = parsePublicKeyLine(signature.key);
  const names = allowed === null ? (signature.names ?? []) : [...namesOf(allowed, key)];
  return { ...signature, key: key.fingerprint, names };
}

function toCheck(state: RunState, standing: GateStanding, passed: boolean, nowMs: number): Check {
  const { step, visit, verdict, counted, policy, given } = standing;
  const parts = [`${step}, visit ${visit}: ${verdict}, ${counted.length} of ${policy.count}`];
  if (counted.length > 0) parts.push(`by ${counted.join(', ')}`);
  parts.push(...given.filter((one) => one.standing !== 'counts').map(({ consent, why }) => `${consent.by} ${why}`));
  for (const { claimed, consent } of given) {
    if (claimed !== null) parts.push(`${consent.by} claimed as ${claimed}, membership not checked`);
  }
  const typed = claimedConsents(standing);
  if (typed.length > 0) parts.push(`claimed, and nothing proves who typed the name: ${typed.join(', ')}`);
  const own = dependentConsents(state, standing);
  if (own.length > 0) parts.push(`not independent, which its document permits: ${own.join(', ')}`);
  const unasked = policy.independent === 'unasked' ? interestedConsents(state, standing) : [];
  if (policy.independent === 'unasked')
    parts.push('recorded by a gonogo that did not ask whether they are independent');
  parts.push(...unasked.map(({ by, did }) => `not independent: ${by} ${did}`));
  const owed = emergencyDebts(state).find((one) => one.step === step && one.visit === visit);
  if (owed !== undefined) {
    const { by, signature, reason, dueAt, settled } = owed;
    parts.push(`passed in an emergency by ${by} (${calledHow(signature?.key ?? null)}): ${reason}`);
    if (settled === null)
      parts.push(`its approval is ${dueAt < nowMs ? 'overdue since' : 'owed until'} ${isoTime(dueAt)}`);
  }
  const overdue = owed !== undefined && owed.settled === null && owed.dueAt < nowMs;
  return {
    name: 'gate',
    ok: !passed || (verdict === 'approved' && unasked.length === 0) || (verdict === 'emergency' && !overdue),
    detail: parts.join('; '),
  };
}
