/** The success criteria of a document, and whether what happened proves them. */
import type { RunState } from '../run/state.ts';
import { fill } from './fill.ts';
import type { Criterion } from './model.ts';
import { lastVisit, statusAt } from './visits.ts';
import { status } from './words.ts';

/** Each criterion of the document with its proof, in the document's order. */
export function successCriteria(state: RunState): readonly Criterion[] {
  return state.runbook.report.success.map(({ criterion, steps }) => successCriterion(state, criterion, steps));
}

/**
 * One criterion. Met only by what each step itself showed: what was marked done by hand or skipped proves nothing, and a failure that was marked
 * done is still a failure.
 */
function successCriterion(state: RunState, criterion: string, steps: readonly string[]): Criterion {
  const visits = steps.map((step) => ({ step, visit: lastVisit(state, step) }));
  const proof = visits.map(({ step, visit }) => ({
    step,
    status: visit === null ? status('open', 'not reached') : statusAt(state, step, visit),
  }));
  const met = proof.length > 0 && proof.every((one) => one.status.tone === 'good');
  const failed = visits.some(({ visit }) => visit?.status === 'failed' || visit?.overrides === 'failed');
  const found = met ? status('good', 'met') : failed ? status('bad', 'not met') : status('open', 'not recorded');
  return { criterion: fill(state, criterion, null, null), status: found, proof };
}
