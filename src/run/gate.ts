/**
 * A checklist as a gate, or as a run of its own: its items side by side, then the verdict.
 *
 * Invariants:
 * - An item never asks about its failure: it is a finding, and the run goes on to the verdict.
 * - An item whose requirement is not passed is not looked at, and so unknown.
 * - A no-go passes only by going away: by a new look at the items, or by waivers.
 */
import { type ItemResult, type ItemStatus, scoreItems } from '../checklist/score.ts';
import type { ChecklistRules, Step, StepId } from '../runbook/document.ts';
import { evaluate } from '../runbook/expression.ts';
import type { Verdict } from './event.ts';
import { outlineOf } from './outline.ts';
import type { RunState, VisitState } from './state.ts';

/** The step id under which a checklist that is a run of its own gives its verdict. */
export const auditStep = 'audit';

/** The result of item `step` since record `since`: its newest visit that opened later. */
export function itemResult(state: RunState, step: Step, since: number, now: number): ItemResult {
  const visit = state.steps.get(step.id)?.visits.findLast(({ openedSeq }) => openedSeq > since);
  const item = step.item;
  const stale = item?.ttlMs !== undefined && visit !== undefined && now - (visit.closedAt ?? now) > item.ttlMs;
  return {
    id: step.id,
    title: step.title,
    category: item?.category ?? '',
    severity: item?.severity ?? 'medium',
    weight: item?.weight ?? null,
    status: stale ? 'unknown' : itemStatus(visit),
    waivedUntil: visit?.waiver?.until ?? null,
    evidence: visit?.item?.evidence ?? [],
    reason: stale ? 'the answer is older than its ttl' : (visit?.item?.detail ?? visit?.reason ?? null),
    fix: item?.fix ?? null,
    why: step.why ?? null,
  };
}

function itemStatus(visit: VisitState | undefined): ItemStatus {
  if (visit === undefined || visit.closedSeq === null) return 'unknown';
  if (visit.status === 'not-taken') return 'na';
  switch (visit.item?.result) {
    case 'pass':
      return 'passed';
    case 'partial':
      return 'partial';
    case 'fail':
      return 'failed';
    case 'na':
      return 'na';
    case undefined:
      return 'unknown';
  }
}

/** The verdict over `items`, looked at since record `since`. `now`: epoch ms. */
export function verdictOf(
  state: RunState,
  rules: ChecklistRules,
  items: readonly Step[],
  since: number,
  now: number,
): Verdict {
  const results = items.map((item) => itemResult(state, item, since, now));
  const scored = scoreItems(rules, results, dayOf(now));
  const ruled = ruleHolds(rules, scored);
  const reasons = [
    ...scored.blockers.map((id) => `${id} blocks`),
    ...scored.unknown.map((id) => `${id} is unknown`),
    ...(ruled === null ? [] : [ruled]),
  ];
  return {
    checklist: rules.title,
    score: scored.score ?? '0.00',
    scale: rules.scale,
    verdict: reasons.length === 0 ? 'go' : 'no-go',
    blockers: scored.blockers.length,
    reasons,
    categories: scored.categories.map(({ id, title, score }) => ({ id, title, score })),
    findings: scored.findings.map(({ id, title, category, severity, status, evidence, reason, fix, why }) => ({
      id,
      title,
      category,
      severity,
      status,
      evidence: evidence.length > 0 || reason === null ? [...evidence] : [reason],
      ...(fix === null ? {} : { fix }),
      ...(why === null ? {} : { why }),
    })),
  };
}

/** Why the document's own rule does not hold; null when it does, or there is none. */
function ruleHolds(rules: ChecklistRules, scored: ReturnType<typeof scoreItems>): string | null {
  if (rules.verdict === undefined) return null;
  const categories = Object.fromEntries(
    scored.categories.map(({ id, score }) => [id, { score: score === null ? null : Number(score) }]),
  );
  const result = evaluate(rules.verdict, {
    score: Number(scored.score ?? '0'),
    blockers: BigInt(scored.blockers.length),
    categories,
  });
  if (!result.ok) return `the rule cannot be evaluated: ${result.message}`;
  return result.value === true ? null : `the rule does not hold: ${rules.verdict}`;
}

/** Items that may be begun now: not closed since `since`, and everything that they require is. */
export function openItems(state: RunState, items: readonly Step[], since: number): readonly Step[] {
  return items.filter((item) => !isClosedSince(state, item.id, since));
}

/** The first requirement of `item` that is not passed; null when none stands in its way. */
export function missingRequirement(state: RunState, item: Step, items: readonly Step[], since: number): StepId | null {
  const required = item.item?.requires ?? [];
  return required.find((id) => items.some((one) => one.id === id) && !isPassedSince(state, id, since)) ?? null;
}

/** True when a requirement of `item` is still open, so that it has to wait. */
export function awaitsRequirement(state: RunState, item: Step, items: readonly Step[], since: number): boolean {
  const required = item.item?.requires ?? [];
  return required.some((id) => items.some((one) => one.id === id) && !isClosedSince(state, id, since));
}

function isClosedSince(state: RunState, id: StepId, since: number): boolean {
  const last = state.steps.get(id)?.visits.at(-1);
  return last !== undefined && last.openedSeq > since && last.closedSeq !== null;
}

function isPassedSince(state: RunState, id: StepId, since: number): boolean {
  const last = state.steps.get(id)?.visits.at(-1);
  return isClosedSince(state, id, since) && (last?.item?.result === 'pass' || last?.item?.result === 'na');
}

/** All items of a checklist that is a run of its own. */
export function auditItems(state: RunState): readonly Step[] {
  return state.runbook.phases.flatMap(({ steps }) => steps);
}

/** The newest record that changed what a verdict over `items` rests on. */
export function newestChange(state: RunState, items: readonly Step[], since: number): number {
  return items.reduce((newest, { id }) => {
    const last = state.steps.get(id)?.visits.at(-1);
    return Math.max(newest, last?.closedSeq ?? 0, last?.waiverSeq ?? 0);
  }, since);
}

/** `YYYY-MM-DD` in UTC of epoch ms, by arithmetic alone (days of the proleptic Gregorian calendar, counted from a 1 March). */
export function dayOf(ms: number): string {
  const days = Math.floor(ms / 86_400_000) + 719_468;
  const cycle = Math.floor(days / 146_097);
  const inCycle = days - cycle * 146_097;
  const year = Math.floor(
    (inCycle - Math.floor(inCycle / 1460) + Math.floor(inCycle / 36_524) - Math.floor(inCycle / 146_096)) / 365,
  );
  const inYear = inCycle - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const shifted = Math.floor((5 * inYear + 2) / 153);
  const day = inYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const calendar = year + cycle * 400 + (month <= 2 ? 1 : 0);
  return `${pad(calendar, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** The step that holds an item: null when the checklist is the run itself. */
export function gateOf(state: RunState, item: StepId): Step | null {
  return outlineOf(state.runbook).places.get(item)?.parent?.step ?? null;
}
