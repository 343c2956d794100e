/** Approvals and emergencies as a report tells of them: each gate by the judgement that it was passed by. */
import {
  dependentConsents,
  emergencyDebts,
  type GateStanding,
  type GateVerdict,
  gateStanding,
} from '../run/approvals.ts';
import type { DataOf, RunEvent } from '../run/event.ts';
import { rendererOf } from '../run/renderer.ts';
import type { Approval, EmergencyState, RunState } from '../run/state.ts';
import { titleOf } from './executed.ts';
import type { ApprovalRequest, EmergencyRecord, Status } from './model.ts';
import { lastVisit } from './visits.ts';
import { status } from './words.ts';

/** Every request for approvals, with what was given to it. */
export function approvalRequests(state: RunState, events: readonly RunEvent[]): readonly ApprovalRequest[] {
  return events.flatMap((event) => (event.type === 'approval.requested' ? [approvalRequest(state, event)] : []));
}

type Requested = Extract<RunEvent, { type: 'approval.requested' }>;

function approvalRequest(state: RunState, { at, seq, sha256, data }: Requested): ApprovalRequest {
  const { step, from, count, signed } = data;
  const standing = standingOf(state, data, seq);
  const dependent = standing === null ? [] : dependentConsents(state, standing);
  return {
    step,
    title: titleOf(state, step, lastVisit(state, step)),
    at,
    from,
    count,
    signed,
    request: { seq, sha256 },
    ...(standing === null ? {} : { verdict: verdictStatus[standing.verdict] }),
    ...(dependent.length === 0 ? {} : { dependent }),
    given: state.approvals
      .filter((one) => one.data.request.seq === seq)
      .map((one) => ({ ...givenOf(one), ...remarkOn(one, standing) })),
  };
}

function givenOf({ at, data, valid, corrected }: Approval): ApprovalRequest['given'][number] {
  const { by, signature } = data;
  return {
    by,
    at,
    signature: signature === null ? null : { key: signature.key, principal: signature.principal },
    valid,
    ...(corrected === null ? {} : { corrected }),
  };
}

/** The gate as it stands by its newest request; null: it is an earlier one, or of a run that did not ask for independence. */
function standingOf(
  state: RunState,
  { step, visit: number }: DataOf<'approval.requested'>,
  seq: number,
): GateStanding | null {
  const visit = state.steps.get(step)?.visits.at(number - 1);
  if (visit?.approvalRequest?.seq !== seq) return null;
  const standing = gateStanding(state, step, visit, state.head.at);
  return standing.policy.independent === 'unasked' ? null : standing;
}

function remarkOn({ seq }: Approval, standing: GateStanding | null): { readonly remark?: string } {
  const found = standing?.given.find(({ consent }) => consent.seq === seq);
  if (found === undefined) return {};
  if (found.standing !== 'counts') return { remark: `${found.standing}: ${found.why}` };
  return found.claimed === null ? {} : { remark: `claimed as ${found.claimed}, membership not checked` };
}

const verdictStatus: Readonly<Record<GateVerdict, Status>> = {
  approved: status('good', 'approved'),
  'not-independent': status('bad', 'not-independent'),
  stale: status('warn', 'stale'),
  expired: status('warn', 'expired'),
  refused: status('bad', 'refused'),
  emergency: status('bad', 'emergency'),
  waiting: status('open', 'waiting'),
};

function signedBy(signature: EmergencyState['signature']): NonNullable<EmergencyRecord['signature']> | null {
  return signature === null ? null : { principal: signature.principal, key: signature.key };
}

/** Every emergency, in order. Overdue is what was owed for too long when the last record was written. */
export function emergencyRecords(state: RunState): readonly EmergencyRecord[] {
  return emergencyDebts(state).map(({ step, by, signature, at, reason, dueAt, settled }) => ({
    step,
    title: titleOf(state, step, lastVisit(state, step)),
    by,
    ...(rendererOf(state) < 3 ? {} : { signature: signedBy(signature) }),
    at,
    reason,
    dueAt,
    status:
      settled !== null ? status('good', 'settled') : status('bad', dueAt < state.head.at ? 'overdue' : 'approval owed'),
    settledBy: settled?.by ?? [],
    settledAt: settled?.at ?? null,
  }));
}
