/**
 * Verdicts with their scores before and after, open findings, waivers, and what was resolved in between.
 */
import { hasExpired } from '../run/day.ts';
import type { RunEvent, Verdict } from '../run/event.ts';
import { itemOfGate } from '../run/gate.ts';
import { cameTo } from '../run/judging.ts';
import { outlineOf } from '../run/outline.ts';
import { rendererOf } from '../run/renderer.ts';
import type { RunState } from '../run/state.ts';
import type { StepId } from '../runbook/document.ts';
import type { Readiness, ReportModel, Resolved, Waiver } from './model.ts';
import { lastVisit } from './visits.ts';

/** A gate with its last verdict and what that is compared with. */
interface Judged {
  readonly gate: StepId;
  readonly at: number;
  readonly last: Verdict;
  readonly before: { readonly verdict: Verdict; readonly run: string | null; readonly at: number | null } | null;
}

/** One entry a gate, in the order of their first verdicts. */
export function readiness(state: RunState): readonly Readiness[] {
  return judged(state).map(({ gate, at, last, before }) => ({
    gate,
    checklist: last.checklist,
    at,
    verdict: last.verdict,
    score: last.score,
    scale: last.scale,
    blockers: last.blockers,
    reasons: last.reasons,
    before:
      before === null
        ? null
        : { verdict: before.verdict.verdict, score: before.verdict.score, run: before.run, at: before.at },
    categories: last.categories.map(({ id, title, score }) => ({
      id,
      title,
      before: before?.verdict.categories.find((category) => category.id === id)?.score ?? null,
      score,
    })),
  }));
}

/** The audit that the gate compared itself with; without one, this run's own first verdict where there were several. */
function judged(state: RunState): readonly Judged[] {
  const gates = [...new Set(state.verdicts.map(({ step }) => step))];
  return gates.flatMap((gate) => {
    const given = state.verdicts.filter(({ step }) => step === gate);
    const last = given.at(-1);
    const first = given[0];
    if (last === undefined || first === undefined) return [];
    const { previous, previousRun } = last.data;
    const own = given.length > 1 ? { verdict: first.data.verdict, run: null, at: first.at } : null;
    const before = previous === undefined ? own : { verdict: previous, run: previousRun ?? null, at: null };
    return [{ gate, at: last.at, last: last.data.verdict, before }];
  });
}

const severities = ['blocker', 'high', 'medium', 'low'];

/** What did not pass at the last verdict of each gate, worst first. */
export function findings(state: RunState): ReportModel['findings'] {
  return judged(state)
    .flatMap(({ gate, last }) =>
      last.findings.map((finding) => ({ ...finding, id: shownItem(state, gate, finding.id), gate })),
    )
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

/**
 * Findings of the earlier audit that no later verdict has, with what became of each. An item is what its checklist calls it: as a
 * step of a gate it has the gate's name before its own, which another run may call otherwise.
 */
export function resolved(state: RunState): readonly Resolved[] {
  if (rendererOf(state) === 1) return resolvedByStep(state);
  const verdicts = judged(state);
  const known = new Set(
    verdicts.flatMap(({ gate, last }) => last.findings.map(({ id }) => itemKey(last, ownItem(state, gate, id)))),
  );
  return verdicts.flatMap(({ gate, last, before }) =>
    (before?.verdict.findings ?? []).flatMap(({ id, title, severity, status }) => {
      // Of another run they are recorded as the checklist calls them.
      const item = before?.run === null ? ownItem(state, gate, id) : id;
      const name = itemKey(last, item);
      if (status === 'waived' || known.has(name)) return [];
      // Two gates of one checklist tell of it once.
      known.add(name);
      return [{ id: item, title, severity, before: status, now: itemNow(state, stepOf(state, gate, item)) }];
    }),
  );
}

function itemKey({ checklist }: Verdict, item: string): string {
  return JSON.stringify([checklist, item]);
}

/** The step id of an item of `gate`. An audit of its own has its items as steps. */
function stepOf({ runbook }: RunState, gate: StepId, item: string): StepId {
  return runbook.kind === 'checklist' ? item : `${gate}_${item}`;
}

function ownItem({ runbook }: RunState, gate: StepId, id: StepId): string {
  return runbook.kind === 'checklist' ? id : itemOfGate(gate, id);
}

/** An item as a report calls it: as its checklist does. The first renderer called it by its step. */
function shownItem(state: RunState, gate: StepId, id: StepId): string {
  return rendererOf(state) === 1 ? id : ownItem(state, gate, id);
}

/** The same for the step of an item; `gate` only where the run has several. */
export function itemNamed(state: RunState, step: StepId): { readonly id: string; readonly gate?: string } {
  const gate = outlineOf(state.runbook).places.get(step)?.parent?.step.id;
  if (rendererOf(state) === 1 || gate === undefined) return { id: step };
  const id = ownItem(state, gate, step);
  return new Set(state.verdicts.map((one) => one.step)).size > 1 ? { id, gate } : { id };
}

/** How the first renderer joined them: by the ids of steps. */
function resolvedByStep(state: RunState): readonly Resolved[] {
  return judged(state).flatMap(({ last, before }) =>
    (before?.verdict.findings ?? [])
      .filter(({ id, status }) => status !== 'waived' && !last.findings.some((finding) => finding.id === id))
      .map(({ id, title, severity, status }) => ({ id, title, severity, before: status, now: itemNow(state, id) })),
  );
}

function itemNow(state: RunState, id: StepId): string {
  const visit = lastVisit(state, id);
  const result = visit === undefined || visit === null ? undefined : cameTo(visit)?.result;
  if (result === 'na') return 'not applicable';
  if (result === 'pass' || visit?.status === 'passed') return 'passed';
  return outlineOf(state.runbook).places.has(id) || rendererOf(state) === 1
    ? 'no longer a finding'
    : 'no longer in the checklist';
}

/** Every waiver as recorded, also those that had no effect. */
export function waivers(state: RunState, events: readonly RunEvent[]): readonly Waiver[] {
  return events.flatMap((event) => {
    if (event.type !== 'waiver.given') return [];
    const { step, by, why, until } = event.data;
    const { id, ...of } = itemNamed(state, step);
    return [{ item: id, ...of, by, why, until, at: event.at, expired: hasExpired(until, event.at) }];
  });
}
