/**
 * A checklist as a gate, or as a run of its own: its items side by side, then the verdict.
 *
 * Invariants:
 * - An item never asks about its failure: it is a finding, and the run goes on to the verdict.
 * - An item whose requirement is not passed is not looked at, and so unknown.
 * - A no-go passes only by going away: by a new look at the items, or by waivers.
 * - A new look repeats every automatic item; a person is asked again only what did not pass or has gone stale.
 */
import { type ItemResult, type ItemStatus, scoreItems, weighs } from '../checklist/score.ts';
import type { ChecklistRules, Runbook, Step, StepId } from '../runbook/document.ts';
import { evaluate, refersTo } from '../runbook/expression.ts';
import { dayOf } from './day.ts';
import { passedMs } from './elapsed.ts';
import type { Verdict } from './event.ts';
import { cameTo } from './judging.ts';
import { outlineOf } from './outline.ts';
import type { RunState, VisitState } from './state.ts';

/** The step id under which a checklist that is a run of its own gives its verdict. */
export const auditStep = 'audit';

/**
 * What a verdict may rest on: visits that opened after record `since`, and of a person also earlier ones, after `kept`, that
 * passed or were not applicable and are not stale.
 */
export interface Look {
  readonly since: number;
  readonly kept: number;
}

/** The look of a checklist that is a run of its own. */
export const wholeRun: Look = { since: 0, kept: 0 };

/** The look of a gate on `visit`. `kept`: record after which answers of people may be taken over. */
export function lookOf(visit: VisitState, kept: number): Look {
  return { since: Math.max(visit.openedSeq, visit.retriedSeq), kept };
}

/** The visit of `item` that counts in `look` at `now`; undefined: it is still to be looked at. */
function counted(state: RunState, item: Step, look: Look, now: number): VisitState | undefined {
  const last = state.steps.get(item.id)?.visits.at(-1);
  if (last === undefined || last.openedSeq > look.since) return last;
  const result = cameTo(last)?.result;
  const settled = last.closedSeq !== null && (result === 'pass' || result === 'na');
  const byPerson = item.effect === 'person' || last.judged !== null;
  const kept = byPerson && settled && last.openedSeq > look.kept && !isStale(state, item, last, now);
  return kept ? last : undefined;
}

function isStale(state: RunState, item: Step, visit: VisitState, now: number): boolean {
  const ttlMs = item.item?.ttlMs;
  if (ttlMs === undefined || visit.closedAt === null) return false;
  return passedMs(state, cameTo(visit)?.since ?? visit.closedAt, now) > ttlMs;
}

/** What became of item `step` in `look`. `now`: epoch ms. */
export function itemResult(state: RunState, step: Step, look: Look, now: number): ItemResult {
  const visit = counted(state, step, look, now);
  const { item } = step;
  const stale = visit !== undefined && isStale(state, step, visit, now);
  const found = visit === undefined ? null : cameTo(visit);
  return {
    id: step.id,
    title: step.title,
    category: item?.category ?? '',
    looked: step.effect === 'person' ? null : [step.summary, ...step.expect.map((one) => `expected ${one}`)].join('; '),
    severity: item?.severity ?? 'medium',
    weight: item?.weight ?? null,
    status: stale ? 'unknown' : itemStatus(visit),
    waivedUntil: newestWaiver(state, step.id)?.waiver?.until ?? null,
    evidence: found?.evidence ?? toJudge(step, visit),
    reason: stale ? 'the answer is older than its ttl' : (found?.detail ?? visit?.reason ?? null),
    fix: item?.fix ?? null,
    why: step.why ?? null,
  };
}

/** The places that a person has to judge who has not said anything yet. */
function toJudge({ item }: Step, visit: VisitState | undefined): readonly string[] {
  if (item?.judge === undefined) return [];
  const lines = visit?.attempts.at(-1)?.end?.lastLines ?? [];
  return lines.map((line) => /^[^:]+:\d+(?: > [^:]+:\d+)*(?=:)/.exec(line)?.[0] ?? line);
}

/** Everything that was looked at for the verdict under `gate`, as it stood at `at` (epoch ms), in document order. */
export function resultsAt(state: RunState, gate: StepId, at: number): readonly ItemResult[] {
  const step = state.runbook.kind === 'checklist' ? null : (outlineOf(state.runbook).places.get(gate)?.step ?? null);
  const items = judgedItems(step === null ? auditItems(state) : itemsOf(step));
  return items.map((item) => itemResult(state, item, wholeRun, at));
}

/** A waiver is for the item, not for one look at it: the newest holds until its own day. */
function newestWaiver(state: RunState, id: StepId): VisitState | undefined {
  const waived = (state.steps.get(id)?.visits ?? []).filter(({ waiver }) => waiver !== null);
  return waived.toSorted((a, b) => a.waiverSeq - b.waiverSeq).at(-1);
}

function itemStatus(visit: VisitState | undefined): ItemStatus {
  if (visit === undefined || visit.closedSeq === null) return 'unknown';
  if (visit.status === 'not-taken' && visit.judged === null) return 'na';
  switch (cameTo(visit)?.result) {
    case 'pass':
      // One try passed, but not as often as `retry` asks for.
      return visit.status === 'failed' && visit.judged === null ? 'failed' : 'passed';
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

/** The verdict over `items` in `look`. `now`: epoch ms. */
export function verdictOf(
  state: RunState,
  rules: ChecklistRules,
  items: readonly Step[],
  look: Look,
  now: number,
): Verdict {
  const results = judgedItems(items).map((item) => itemResult(state, item, look, now));
  const scored = scoreItems(rules, results, dayOf(now));
  const ruled = ruleHolds(rules, scored);
  const reasons = [
    ...scored.blockers.map((id) => `${id} blocks`),
    ...scored.unknown.map((id) => `${id} is unknown`),
    ...(scored.score === null ? ['no item applies, so nothing was shown'] : []),
    ...(isBelow(scored.score, rules.least) ? [`the score ${scored.score} is below the least, ${rules.least}`] : []),
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

/** The reasons of a verdict for a reader: of what blocks because it is unknown that is one reason, not two. */
export function toldReasons(reasons: readonly string[]): readonly string[] {
  return reasons.filter((reason) => {
    const unknown = /^(.*) is unknown$/.exec(reason);
    return unknown === null || !reasons.includes(`${unknown[1]} blocks`);
  });
}

/**
 * Under which a verdict is looked for in earlier runs: the same checklist, the same part of it and, where the document names a run to
 * compare with, that one.
 */
export function comparedAs({ title, only, against }: ChecklistRules): string {
  const run = against === undefined || against === 'first' || against === 'previous' ? [] : [against];
  return only === undefined && run.length === 0 ? title : JSON.stringify([title, only ?? null, ...run]);
}

/** The checklist of gate `id`; undefined: it is none. An audit of its own has no gate. */
export function rulesOf({ runbook }: Pick<RunState, 'runbook'>, id: StepId): ChecklistRules | undefined {
  return runbook.kind === 'checklist' ? runbook.checklist : outlineOf(runbook).places.get(id)?.step.checklist;
}

/** Scores have two digits, so they are compared as they are printed. */
function isBelow(score: string | null, least: string | undefined): boolean {
  return score !== null && least !== undefined && Number(score) < Number(least);
}

/** Items of `verdict` that stand between it and a go, and that a waiver would lift: open blockers and what is unknown. */
export function waivable(verdict: Verdict): readonly StepId[] {
  return verdict.findings.filter(weighs).map(({ id }) => id);
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

/** Items that are not closed in `look`. */
export function openItems(state: RunState, items: readonly Step[], look: Look, now: number): readonly Step[] {
  return items.filter((item) => !isClosed(state, item, look, now) || isFreed(state, item, items, look, now));
}

/** True for an item that was not looked at for want of another, which passes since somebody judged it. */
function isFreed(state: RunState, item: Step, items: readonly Step[], look: Look, now: number): boolean {
  const last = state.steps.get(item.id)?.visits.at(-1);
  if (last?.skippedHow !== 'requirement' || last.judged !== null) return false;
  return missingRequirement(state, item, items, look, now) === null;
}

/** The first requirement of `item` that is not passed; null when none stands in its way. */
export function missingRequirement(
  state: RunState,
  item: Step,
  items: readonly Step[],
  look: Look,
  now: number,
): StepId | null {
  return requirements(item, items).find((one) => !isPassed(state, one, look, now))?.id ?? null;
}

/** True when a requirement of `item` is still open, so that it has to wait. */
export function awaitsRequirement(
  state: RunState,
  item: Step,
  items: readonly Step[],
  look: Look,
  now: number,
): boolean {
  return requirements(item, items).some((one) => !isClosed(state, one, look, now));
}

function requirements(item: Step, items: readonly Step[]): readonly Step[] {
  const required = item.item?.requires ?? [];
  return required.length === 0 ? [] : items.filter(({ id }) => required.includes(id));
}

function isClosed(state: RunState, item: Step, look: Look, now: number): boolean {
  const visit = counted(state, item, look, now);
  return visit !== undefined && visit.closedSeq !== null;
}

function isPassed(state: RunState, item: Step, look: Look, now: number): boolean {
  const status = itemStatus(counted(state, item, look, now));
  return status === 'passed' || status === 'na';
}

/** The items of `items` that are judged: all but the facts. */
export function judgedItems(items: readonly Step[]): readonly Step[] {
  return items.filter(({ item }) => item?.fact === undefined);
}

/** Whether what the other items depend on is among `items`. */
export function factsAmong(items: readonly Step[]): readonly Step[] {
  return items.filter(({ item }) => item?.fact !== undefined);
}

/**
 * Why `item` does not concern what is looked at, as far as the facts of its checklist tell; null when they do not. A fact that
 * could not be read tells nothing.
 */
export function beyondFacts(
  state: RunState,
  item: Step,
  items: readonly Step[],
  look: Look,
  now: number,
): string | null {
  const source = item.item?.na;
  if (source === undefined || !refersTo(source).has('facts')) return null;
  const known = factsAmong(items).flatMap((fact) => knownFact(fact, counted(state, fact, look, now)));
  const result = evaluate(source, { facts: byName(known) });
  if (!result.ok || result.value !== true) return null;
  const named = known.filter(({ fact }) => new RegExp(`\\bfacts\\.${fact.item?.fact}\\b`).test(source));
  const told = deciding(source, known, named);
  return `not applicable: ${told.map(({ fact, holds }) => `${fact.title}: ${holds ? 'yes' : 'no'}`).join(', ')}`;
}

/** More are told as they are: what they decide together is looked up for every way they could be. */
const decidingMax = 8;

/** The fewest of `named` that `source` rests on: whatever the others were instead, it would still hold. */
function deciding(source: string, known: readonly KnownFact[], named: readonly KnownFact[]): readonly KnownFact[] {
  if (named.length > decidingMax) return named;
  const ways = Array.from({ length: 2 ** named.length }, (_, way) => way);
  const turns = (way: number, one: KnownFact): boolean => (way & (1 << named.indexOf(one))) !== 0;
  const holds = ways.map((way) => {
    const turned = known.map((one) => (named.includes(one) && turns(way, one) ? { ...one, holds: !one.holds } : one));
    const result = evaluate(source, { facts: byName(turned) });
    return result.ok && result.value === true;
  });
  const suffices = (chosen: number): boolean => ways.every((way) => (way & chosen) !== 0 || holds[way] === true);
  const sizes = ways.filter(suffices).toSorted((one, other) => size(one) - size(other));
  const [fewest] = sizes;
  return fewest === undefined ? named : named.filter((one) => turns(fewest, one));
}

function size(set: number): number {
  return set.toString(2).replaceAll('0', '').length;
}

/** The facts beside `item` in its checklist as they were last read, by name; one that could not be read is not among them. */
export function factsBeside(state: RunState, item: Step): Readonly<Record<string, boolean>> {
  const gate = outlineOf(state.runbook).places.get(item.id)?.parent?.step;
  const items = gate === undefined ? auditItems(state) : itemsOf(gate);
  return byName(factsAmong(items).flatMap((fact) => knownFact(fact, state.steps.get(fact.id)?.visits.at(-1))));
}

interface KnownFact {
  readonly fact: Step;
  readonly holds: boolean;
}

function knownFact(fact: Step, visit: VisitState | undefined): readonly KnownFact[] {
  const status = itemStatus(visit);
  return status === 'passed' || status === 'na' ? [{ fact, holds: status === 'passed' }] : [];
}

function byName(known: readonly KnownFact[]): Readonly<Record<string, boolean>> {
  return Object.fromEntries(known.map(({ fact, holds }) => [fact.item?.fact ?? '', holds]));
}

/** All items of a checklist that is a run of its own, its facts first. */
export function auditItems(state: RunState): readonly Step[] {
  return state.runbook.phases.flatMap(({ steps }) => steps);
}

/** How an audit of its own ends, from its last verdict: `no-go: 4.20 of 10`. */
export function auditReason(state: RunState): string {
  const last = state.verdicts.at(-1)?.data.verdict;
  return last === undefined ? 'no verdict' : `${last.verdict}: ${last.score} of ${last.scale}`;
}

/** The items of a gate, its facts first. */
export function itemsOf(gate: Step): readonly Step[] {
  return gate.blocks.flatMap(({ steps }) => steps);
}

/** What its checklist calls the item that is step `id` inside `gate`. */
export function itemOfGate(gate: StepId, id: StepId): string {
  return id.startsWith(`${gate}_`) ? id.slice(gate.length + 1) : id;
}

/** The newest record that changed what a verdict over `items` rests on. */
export function newestChange(state: RunState, items: readonly Step[], look: Look): number {
  return items.reduce((newest, { id }) => {
    const last = state.steps.get(id)?.visits.at(-1);
    return Math.max(newest, last?.closedSeq ?? 0, last?.judged?.seq ?? 0, newestWaiver(state, id)?.waiverSeq ?? 0);
  }, look.since);
}

const gatesByRunbook = new WeakMap<Runbook, readonly Step[]>();

/** The gates with an item whose answer can go stale. */
function perishableGates(runbook: Runbook): readonly Step[] {
  const known = gatesByRunbook.get(runbook);
  if (known !== undefined) return known;
  const steps = [...outlineOf(runbook).places.values()].map(({ step }) => step);
  const gates = steps.filter(
    (step) => step.flow === 'checklist' && itemsOf(step).some(({ item }) => item?.ttlMs !== undefined),
  );
  gatesByRunbook.set(runbook, gates);
  return gates;
}

/**
 * A gate that was passed and has to be looked at again before anything else is changed: one of its answers has gone
 * stale since, or that look has begun. Null: none.
 */
export function staleGate(state: RunState, now: number): Step | null {
  const stale = perishableGates(state.runbook).find((gate) => {
    const visits = state.steps.get(gate.id)?.visits ?? [];
    const passed = visits.some(({ status }) => status === 'passed');
    const last = visits.at(-1);
    if (!passed || last === undefined) return false;
    if (last.closedSeq === null) return true;
    return last.status === 'passed' && itemsOf(gate).some((item) => hasStaleAnswer(state, item, now));
  });
  return stale ?? null;
}

function hasStaleAnswer(state: RunState, item: Step, now: number): boolean {
  const visit = state.steps.get(item.id)?.visits.at(-1);
  return visit !== undefined && isStale(state, item, visit, now);
}
