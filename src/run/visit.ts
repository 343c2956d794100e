/** Visits as they stand: which one is open, and what one looks like as it opens. */
import type { StepId } from '../runbook/document.ts';
import { Series } from './series.ts';
import type { RunState, StepState, VisitState } from './state.ts';

/** The visit that is open, or null when the next event opens one. */
export function openVisit(step: StepState | undefined): VisitState | null {
  const last = step?.visits.at(-1);
  return last === undefined || last.closedSeq !== null ? null : last;
}

/** The number of the visit that is open, else of the one that the next event opens. */
export function visitNumber(step: StepState | undefined): number {
  return openVisit(step)?.visit ?? (step?.visits.length ?? 0) + 1;
}

/** True when the last visit of `id` opened after record `since` and is closed. */
export function closedSince(state: RunState, id: StepId, since: number): boolean {
  const last = state.steps.get(id)?.visits.at(-1);
  return last !== undefined && last.openedSeq > since && last.closedSeq !== null;
}

/** A visit as it opens with the record `seq`, written at `at`. */
export function emptyVisit(visit: number, seq: number, at: number): VisitState {
  return {
    visit,
    status: 'pending',
    openedSeq: seq,
    openedAt: at,
    closedSeq: null,
    closedAt: null,
    attempts: Series.of(),
    passesInRow: 0,
    tries: 0,
    reason: null,
    note: null,
    answer: null,
    answeredSeq: 0,
    chosen: null,
    skippedHow: null,
    overrides: null,
    passedOver: false,
    ignored: false,
    unreachable: false,
    batch: 1,
    dangerConfirmed: false,
    driftAccepted: false,
    retriedSeq: 0,
    ordered: false,
    doneWhen: null,
    position: 0,
    evidence: [],
    undoes: null,
    item: null,
    itemBy: null,
    judged: null,
    waiver: null,
    waiverSeq: 0,
    approvalRequest: null,
    refusal: null,
    actor: null,
    reopened: null,
  };
}
