/**
 * The checklist that is on screen: an audit of its own, or the gate that the run is at. Its items as they stand now, and
 * what they come to.
 *
 * Invariants: pure; everything is derived from the state by the rules that the engine itself goes by, so the screen cannot
 * show another score than the one that will be recorded; one view is made per state, gate and minute.
 */
import { type ItemResult, waiverHolds } from '../checklist/score.ts';
import { dayOf } from '../run/day.ts';
import type { Verdict } from '../run/event.ts';
import {
  auditItems,
  auditStep,
  itemResult,
  itemsOf,
  judgedItems,
  type Look,
  lookOf,
  openItems,
  staleGate,
  verdictOf,
  wholeRun,
} from '../run/gate.ts';
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';
import type { ChecklistRules, Step, StepId } from '../runbook/document.ts';

/** Which items the pane lists. `steps`: not the items of the gate, but the runbook's steps. */
export type Show = 'all' | 'failing' | 'unanswered' | 'steps';

export interface AuditItem {
  readonly step: Step;
  readonly result: ItemResult;
  /** It did not pass, and a waiver that still holds accepts that. */
  readonly waived: boolean;
  /** It was looked at, or will not be. */
  readonly closed: boolean;
}

export interface Audit {
  /** Id of the gate; null: the checklist is the run. */
  readonly gate: StepId | null;
  readonly rules: ChecklistRules;
  /** In the order of the document. */
  readonly items: readonly AuditItem[];
  readonly verdict: Verdict;
}

const minuteMs = 60_000;
const known = new WeakMap<RunState, Map<string, Audit>>();

/** The checklist that step `id` belongs to, as it stands at `now` (epoch ms); null when it belongs to none. */
export function auditAt(state: RunState, id: StepId | null, now: number): Audit | null {
  const gate = gateOf(state, id);
  if (gate === null && state.runbook.kind !== 'checklist') return null;
  const at = state.endedAt ?? now;
  const key = `${gate?.id ?? auditStep} ${Math.floor(at / minuteMs)}`;
  const audits = known.get(state) ?? new Map<string, Audit>();
  known.set(state, audits);
  const found = audits.get(key) ?? makeAudit(state, gate, at);
  if (found !== null) audits.set(key, found);
  return found;
}

/** The gate that `id` is, or that it is an item of. */
function gateOf(state: RunState, id: StepId | null): Step | null {
  const place = id === null ? undefined : outlineOf(state.runbook).places.get(id);
  if (place?.step.flow === 'checklist') return place.step;
  return place?.parent?.step.flow === 'checklist' ? place.parent.step : null;
}

function makeAudit(state: RunState, gate: Step | null, at: number): Audit | null {
  const rules = gate === null ? state.runbook.checklist : gate.checklist;
  if (rules === undefined) return null;
  const steps = gate === null ? auditItems(state) : itemsOf(gate);
  const look = gate === null ? wholeRun : lookAt(state, gate, at);
  const open = new Set(openItems(state, steps, look, at).map(({ id }) => id));
  const items = judgedItems(steps).map((step): AuditItem => {
    const result = itemResult(state, step, look, at);
    const accepted = result.status !== 'passed' && result.status !== 'na';
    const waived = accepted && waiverHolds(result.waivedUntil, dayOf(at));
    return { step, result, waived, closed: !open.has(step.id) };
  });
  return { gate: gate?.id ?? null, rules, items, verdict: verdictOf(state, rules, steps, look, at) };
}

/** What the gate's verdict may rest on now. Before its first visit: nothing yet. */
function lookAt(state: RunState, gate: Step, at: number): Look {
  const visit = state.steps.get(gate.id)?.visits.at(-1);
  if (visit === undefined) return { since: state.head.seq, kept: state.head.seq };
  return lookOf(visit, staleGate(state, at)?.id === gate.id ? 0 : visit.openedSeq);
}

/** The items that `show` lists. */
export function shownItems(audit: Audit, show: Show): readonly AuditItem[] {
  switch (show) {
    case 'failing':
      return audit.items.filter(({ result }) => result.status === 'failed' || result.status === 'partial');
    case 'unanswered':
      return audit.items.filter(({ result }) => result.status === 'unknown');
    default:
      return audit.items;
  }
}

/** What the pane lists after `show`: a gate's items can give way to the steps. */
export function nextShow(show: Show, audit: Audit): Show {
  const all: readonly Show[] = ['all', 'failing', 'unanswered', ...(audit.gate === null ? [] : (['steps'] as const))];
  return all[(all.indexOf(show) + 1) % all.length] ?? 'all';
}

/** How far it is. */
export interface Tally {
  readonly automatic: number;
  readonly automaticDone: number;
  /** Questions that nobody has answered yet. */
  readonly toAnswer: number;
  /** Blockers that are known to fail and are not waived. */
  readonly blockers: number;
  /** Looked at, or given up, and still unknown. */
  readonly unknown: number;
  readonly complete: boolean;
}

/** Counts over the items of `audit`. */
export function tallyOf({ items }: Audit): Tally {
  const automatic = items.filter(({ step }) => step.effect !== 'person');
  return {
    automatic: automatic.length,
    automaticDone: automatic.filter(({ closed }) => closed).length,
    toAnswer: items.filter(({ step, closed }) => step.effect === 'person' && !closed).length,
    blockers: items.filter(
      ({ result, waived }) =>
        result.severity === 'blocker' && !waived && (result.status === 'failed' || result.status === 'partial'),
    ).length,
    unknown: items.filter(({ result, closed, waived }) => closed && !waived && result.status === 'unknown').length,
    complete: items.every(({ closed }) => closed),
  };
}
