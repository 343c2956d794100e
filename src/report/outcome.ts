/**
 * The outcome of a run as one line, for the end of a command, a list and the head of a report.
 */
import { visibleLine } from '../diagnostics/sanitise.ts';
import { nameOnHost, spreadStepOf } from '../run/host-of.ts';
import { outlineOf } from '../run/outline.ts';
import { unclearedFailures, visitOnHosts } from '../run/progress.ts';
import { rendererOf } from '../run/renderer.ts';
import type { RunState, VisitState } from '../run/state.ts';
import { resultText } from './visits.ts';
import { counted, pausedText, visitStatus } from './words.ts';

/** How many of the run's own steps (no containers, no items of a gate, none that were not taken) ended how. */
export interface StepCounts {
  readonly steps: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly byHand: number;
  readonly notReached: number;
}

/**
 * One line in plain words, sanitised, such as `rolled back: health failed (HTTP 503); 3 of 3 undo steps done; v1.0.0 is the
 * rollback point`.
 */
export function outcomeSentence(state: RunState): string {
  return visibleLine(sentence(state));
}

function sentence(state: RunState): string {
  const verdict = state.verdicts.at(-1)?.data.verdict;
  if (state.runbook.kind === 'checklist' && verdict !== undefined) {
    const blockers = verdict.blockers === 0 ? 'no open blocker' : counted(verdict.blockers, 'open blocker');
    return `${verdict.verdict}: ${verdict.score} of ${verdict.scale}, ${blockers}`;
  }
  switch (state.status) {
    case 'completed':
      return joined(`completed: ${completed(stepCounts(state))}`, deferred(state));
    case 'rolled-back':
      return joined(`rolled back: ${cause(state)}`, undone(state), point(state));
    case 'failed':
      return joined(`failed: ${failures(state) ?? state.endReason ?? 'no reason recorded'}`, undone(state));
    case 'abandoned':
      return joined(`abandoned: ${state.endReason ?? 'no reason recorded'}`, undone(state));
    case 'paused':
      return joined(
        `paused: ${state.paused === null ? 'waits for a person' : pausedText(state.paused)}`,
        undone(state),
      );
    case 'running':
      return joined(
        `running: ${rendererOf(state) === 1 ? done(stepCounts(state)) : soFar(stepCounts(state))}`,
        undone(state),
      );
  }
}

function joined(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null).join('; ');
}

/** What the run put off that earlier ones left open. */
function deferred({ holding }: RunState): string | null {
  const items = holding.decided.filter(({ as }) => as === 'deferred').map(({ item }) => item);
  return items.length === 0 ? null : `complete except deferred items: ${items.join(', ')}`;
}

function completed(counts: StepCounts): string {
  const apart = [
    counts.skipped === 0 ? null : `${counts.skipped} skipped`,
    counts.byHand === 0 ? null : `${counts.byHand} marked done by hand`,
  ];
  return joined(`${counts.passed} of ${counted(counts.steps, 'step')} passed`, ...apart);
}

function done(counts: StepCounts): string {
  return `${counts.steps - counts.notReached} of ${counted(counts.steps, 'step')} done`;
}

/** What passed; what was skipped or failed is not done. */
function soFar(counts: StepCounts): string {
  const failed = counts.failed === 0 ? null : `${counts.failed} failed`;
  return joined(completed(counts), failed);
}

/** The step whose failure came last before the rollback, else the reason that was given. */
function cause(state: RunState): string {
  const failed = newestFailure(state, ({ passedOver }) => !passedOver);
  return failed === null ? (state.rollback?.reason ?? state.endReason ?? 'no reason recorded') : failureText(failed);
}

function failures(state: RunState): string | null {
  const all = [...new Set(unclearedFailures(state).map((id) => spreadStepOf(state, id)?.of ?? id))];
  if (all.length > 1) return `${counted(all.length, 'step')}: ${all.join(', ')}`;
  const failed = newestFailure(state, () => true);
  return failed === null ? null : failureText(failed);
}

interface Failure {
  readonly name: string;
  readonly visit: VisitState;
}

function newestFailure(state: RunState, counts: (visit: VisitState) => boolean): Failure | null {
  const { places } = outlineOf(state.runbook);
  let newest: Failure | null = null;
  for (const step of state.steps.values()) {
    const visit = step.visits.at(-1);
    const named = places.get(step.id)?.step;
    if (visit?.status !== 'failed' || named === undefined || named.item !== undefined || !counts(visit)) continue;
    if (newest === null || visit.openedSeq > newest.visit.openedSeq)
      newest = { name: nameOnHost(state, step.id, visit), visit };
  }
  return newest;
}

/** `health failed (HTTP 503)`: the result where there is one, else the reason. */
function failureText({ name, visit }: Failure): string {
  const end = visit.attempts.findLast((attempt) => attempt.end !== null)?.end ?? null;
  const result = end === null ? null : resultText(end.exit, end.status);
  const failing = result !== null && result !== 'exit 0' && !/^HTTP 2\d\d$/.test(result);
  return `${name} failed (${failing ? result : (visit.reason ?? 'no reason recorded')})`;
}

function undone(state: RunState): string | null {
  const undos = (state.rollback?.plan ?? []).filter(({ kind }) => kind === 'undo');
  if (undos.length === 0) return null;
  const finished = undos.filter(({ id }) => {
    const visit = state.steps.get(id)?.visits.at(-1);
    return visit !== undefined && visit.status === 'passed';
  });
  return `${finished.length} of ${counted(undos.length, 'undo step')} done`;
}

function point(state: RunState): string | null {
  const value = state.variables.get(state.runbook.rollback.point ?? '')?.at(-1)?.value ?? null;
  return value === null ? null : `${value} is the rollback point`;
}

/** Counts over the steps of the phases, one on hosts being one; for an audit of its own, over its items. */
export function stepCounts(state: RunState): StepCounts {
  const audit = state.runbook.kind === 'checklist';
  const counts = { steps: 0, passed: 0, failed: 0, skipped: 0, byHand: 0, notReached: 0 };
  for (const { step, phase } of outlineOf(state.runbook).places.values()) {
    const onHosts = step.on !== undefined && step.each !== undefined;
    const isOne = onHosts || (step.flow === 'leaf' && spreadStepOf(state, step.id) === null);
    const own = phase !== null && isOne && (audit || step.item === undefined);
    const visit = onHosts ? visitOnHosts(state, step) : state.steps.get(step.id)?.visits.at(-1);
    if (!own || visit?.status === 'not-taken') continue;
    counts.steps += 1;
    counts[visit?.skippedHow === 'requirement' && rendererOf(state) > 1 ? 'skipped' : bucket(visit)] += 1;
  }
  return counts;
}

function bucket(visit: VisitState | undefined): keyof Omit<StepCounts, 'steps'> {
  if (visit === undefined) return 'notReached';
  const { word } = visitStatus(visit);
  if (visit.overrides !== null) return 'byHand';
  if (word === 'skipped') return 'skipped';
  switch (visit.status) {
    case 'passed':
    case 'skipped':
      return 'passed';
    case 'failed':
    case 'in-doubt':
      return 'failed';
    default:
      return 'notReached';
  }
}
