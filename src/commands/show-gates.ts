/** The gates of a run as `show` tells of them. */
import { visibleLine } from '../diagnostics/sanitise.ts';
import { isoTime } from '../report/time.ts';
import {
  calledHow,
  claimedConsents,
  dependentConsents,
  type EmergencyDebt,
  emergencyDebts,
  type GateStanding,
  gateStanding,
} from '../run/approvals.ts';
import type { RunState } from '../run/state.ts';
import { parsePublicKeyLine } from '../signing/public-key.ts';

/** Every visit of a gate that asked for approvals, in the order of the document, as it stands at `now` (epoch ms). */
export function gatesOf(
  state: RunState,
  now: number,
): readonly (GateStanding & { readonly dependent: readonly string[] })[] {
  return [...state.steps.values()].flatMap(({ id, visits }) =>
    visits
      .filter(({ approvalRequest }) => approvalRequest !== null)
      .map((visit) => {
        const standing = gateStanding(state, id, visit, now);
        return { ...standing, dependent: dependentConsents(state, standing) };
      }),
  );
}

/** Each consent and each refusal, with what it counts for. */
export function approvalsAsJson(state: RunState, now: number): readonly Record<string, unknown>[] {
  const gates = gatesOf(state, now);
  const given = state.approvals.map(({ step, visit, seq, data, valid, at }) => {
    const gate = gates.find((one) => one.step === step && one.visit === visit);
    const found = gate?.given.find(({ consent }) => consent.seq === seq);
    return {
      step,
      visit,
      by: data.by,
      at: isoTime(at),
      signed: data.signature !== null,
      claimed: data.signature === null,
      claimedAs: found?.claimed ?? null,
      valid,
      verdict: found === undefined ? 'stale' : found.standing === 'counts' ? 'approved' : found.standing,
      why: found === undefined || found.why === '' ? null : found.why,
    };
  });
  const refused = state.refusals.map(({ step, visit, by, at, reason }) => ({
    step,
    visit,
    by,
    at: isoTime(at),
    signed: false,
    claimed: true,
    claimedAs: null,
    valid: true,
    verdict: 'refused',
    why: reason,
  }));
  return [...given, ...refused];
}

/** What a gate came to. */
export function gateAsJson({
  step,
  visit,
  verdict,
  policy,
  counted,
  dependent,
}: GateStanding & { readonly dependent: readonly string[] }): Record<string, unknown> {
  const { from, count, signed, independent } = policy;
  return { step, visit, verdict, by: counted, count, from, signed, independent: independent === 'asked', dependent };
}

/** What an emergency owes, and whether it was settled. */
export function emergencyAsJson({
  step,
  visit,
  by,
  reason,
  signature,
  at,
  dueAt,
  settled,
}: EmergencyDebt): Record<string, unknown> {
  return {
    step,
    visit,
    by,
    reason,
    signed: signature !== null,
    claimed: signature === null,
    at: isoTime(at),
    due: isoTime(dueAt),
    settled: settled === null ? null : { at: isoTime(settled.at), by: settled.by },
  };
}

/** A line for each gate and each emergency. */
export function gatesAsLines(state: RunState, now: number): readonly string[] {
  const gates = gatesOf(state, now).map((standing) => {
    const { step, verdict, counted, policy, given, dependent } = standing;
    const by = counted.length === 0 ? '' : ` by ${counted.join(' and ')}`;
    const not = given.filter(({ standing }) => standing !== 'counts').map(({ consent, why }) => `${consent.by} ${why}`);
    const own = dependent.length === 0 ? [] : [`not independent, as its document permits: ${dependent.join(', ')}`];
    const claimed = given.flatMap(({ claimed: role, consent }) =>
      role === null ? [] : [`${consent.by} claimed as ${role}, membership not checked`],
    );
    const names = claimedConsents(standing);
    const typed = names.length === 0 ? [] : [`claimed, and nothing proves who typed the name: ${names.join(', ')}`];
    const said = [`${verdict} (${counted.length} of ${policy.count})${by}`, ...not, ...own, ...claimed, ...typed];
    return `gate       ${step}: ${said.join('; ')}`;
  });
  const emergencies = emergencyDebts(state).map(({ step, by, signature, reason, dueAt, settled }) => {
    const how = calledHow(signature === null ? null : parsePublicKeyLine(signature.key).key.fingerprint);
    const due = dueAt < now ? 'overdue since' : 'owed until';
    const owed = settled === null ? `approval ${due} ${isoTime(dueAt)}` : `settled by ${settled.by.join(' and ')}`;
    return `emergency  ${step}: passed by ${by} (${how}): ${reason}; ${owed}`;
  });
  return [...gates, ...emergencies].map(visibleLine);
}
