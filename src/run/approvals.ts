/** Who must consent at a gate, and who has. */
import type { Step, StepId } from '../runbook/document.ts';
import { record, texts } from './json-value.ts';
import { outlineOf } from './outline.ts';
import type { RunState, VisitState } from './state.ts';

/** Who consented to this visit's newest request: distinct keys where signatures are asked for, else distinct names. */
export function approvers(state: RunState, step: StepId, visit: VisitState): readonly string[] {
  const { signed } = approvalPolicy(outlineOf(state.runbook).places.get(step)?.step ?? null);
  const request = visit.approvalRequest?.seq ?? 0;
  const counted = state.approvals.filter(
    ({ step: id, visit: of, valid, data }) =>
      id === step &&
      of === visit.visit &&
      valid &&
      data.request.seq === request &&
      (!signed || data.signature !== null),
  );
  return [...new Set(counted.map(({ data }) => (signed ? (data.signature?.key ?? data.by) : data.by)))];
}

/** The `approve` parameters of a step, as recorded. */
export function approvalPolicy(step: Step | null): { from: string[]; count: number; signed: boolean } {
  const params = record(step?.params ?? {});
  return {
    from: texts(params['from']),
    count: typeof params['count'] === 'number' ? params['count'] : 1,
    signed: params['signed'] === true,
  };
}
