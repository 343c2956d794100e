/**
 * A verdict as lines for a person: scores (before and after, where an earlier audit is known), findings with their evidence and
 * way out, and the verdict last.
 *
 * Invariants: no line break in a line; numbers are those of the record; nothing is told by colour.
 */

import type { Given } from '../app/earlier-audits.ts';
import { compareVerdicts } from '../checklist/compare.ts';
import type { ItemResult } from '../checklist/score.ts';
import { revisionText } from '../report/revision.ts';
import { utc } from '../report/time.ts';
import type { DataOf, Finding, Revision, Verdict } from '../run/event.ts';
import { toldReasons } from '../run/gate.ts';
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';

const evidenceMax = 10;

/** What `given` says, with what became of its `items`. */
export function auditLines(
  state: RunState,
  given: DataOf<'verdict.given'>,
  items: readonly ItemResult[],
): readonly string[] {
  const { verdict } = given;
  const { revision } = state.started;
  const compared = comparedLines(given, items, revision);
  const { previous } = given;
  return [
    ...(revision === undefined ? [] : [`Revision  ${revisionText(revision)}`, '']),
    ...scoreTable(verdict, previous ?? null),
    ...(verdict.findings.length === 0 ? [] : ['', `Findings: ${verdict.findings.length}`]),
    ...verdict.findings.flatMap((finding) => findingLines(state, finding)),
    ...saidLines(state, items),
    ...(compared.length === 0 ? [] : ['', ...compared]),
    '',
    ...toldReasons(verdict.reasons).map((reason) => `no-go: ${reason}`),
    `${verdict.verdict.toUpperCase()}  ${verdict.score} of ${verdict.scale}`,
  ];
}

function scoreTable(verdict: Verdict, previous: Verdict | null): readonly string[] {
  const { whole, categories } = compareVerdicts(previous ?? verdict, verdict, new Map());
  const all = [...categories, whole];
  const width = Math.max(...all.map(({ title }) => [...title].length), 'Category'.length);
  const cell = (text: string | null, length: number): string => (text ?? 'n/a').padStart(length);
  const row = (title: string, before: string | null, after: string | null, change: string | null): string => {
    const name = title + ' '.repeat(width - [...title].length);
    if (previous === null) return `${name}  ${cell(after, 7)}`;
    return `${name}  ${cell(before, 7)}  ${cell(after, 7)}  ${(change ?? '').padStart(7)}`.trimEnd();
  };
  const head = previous === null ? row('Category', null, 'score', null) : row('Category', 'before', 'after', 'change');
  return [head, ...all.map(({ title, before, after, change }) => row(title, before, after, change))];
}

function findingLines(state: RunState, finding: Finding): readonly string[] {
  const { id, title, severity, status, evidence, fix, why } = finding;
  const item = outlineOf(state.runbook).places.get(id)?.step.item;
  const waiver = (state.steps.get(id)?.visits ?? []).findLast((visit) => visit.waiver !== null)?.waiver ?? null;
  const more = evidence.length - evidenceMax;
  return [
    `${status.padEnd(7)} ${severity.padEnd(7)} ${id}: ${title}`,
    ...(why === undefined ? [] : [`        why: ${why}`]),
    ...evidence.slice(0, evidenceMax).map((place) => `        ${place}`),
    ...(more > 0 ? [`        and ${more} more`] : []),
    ...(fix === undefined ? [] : [`        fix: ${fix}`]),
    ...(item?.owner === undefined ? [] : [`        owner: ${item.owner}`]),
    ...(waiver === null ? [] : [`        ${waiverText(waiver, status)}`]),
  ];
}

/** What does not speak for itself: answers of another day, and what a person judged over a machine or over an answer. */
function saidLines(state: RunState, items: readonly ItemResult[]): readonly string[] {
  const lines = items.flatMap(({ id, status, reason }) => {
    const visit = state.steps.get(id)?.visits.at(-1);
    const told = visit !== undefined && (visit.judged !== null || visit.item?.since !== undefined);
    return told ? [`${status.padEnd(7)} ${id}: ${reason ?? ''}`] : [];
  });
  return lines.length === 0 ? [] : ['', `Judged by people, or answered earlier: ${lines.length}`, ...lines];
}

function waiverText({ by, why, until }: DataOf<'waiver.given'>, status: Finding['status']): string {
  const effect = status === 'waived' ? `until ${until}` : `until ${until}, which is over: without effect`;
  return `waived by ${by} ${effect}: ${why}`;
}

function comparedLines(
  { verdict: after, previous: before, previousRun: run = '', previousRevision: was }: DataOf<'verdict.given'>,
  items: readonly ItemResult[],
  revision: Revision | undefined,
): readonly string[] {
  if (before === undefined) return [];
  const now = new Map(items.map(({ id, status }) => [id, status]));
  const { resolved, added, remaining } = compareVerdicts(before, after, now);
  const commits =
    was === undefined || revision === undefined ? [] : [`from ${revisionText(was)} to ${revisionText(revision)}`];
  return [
    `Compared with ${run} (${before.verdict}, ${before.score} of ${before.scale})`,
    ...commits,
    ...resolved.map(({ id, title, status, now: became }) => `resolved  ${id}: ${title} (${status} -> ${became})`),
    ...added.map(({ id, title, status }) => `new       ${id}: ${title} (${status})`),
    ...remaining.map(({ id, title, before: was, status }) =>
      was === status ? `remains   ${id}: ${title} (${status})` : `remains   ${id}: ${title} (${was} -> ${status})`,
    ),
  ];
}

const barWidth = 20;

/** The scores of one checklist over time, oldest first. */
export function trendLines(given: readonly Given[]): readonly string[] {
  const lines = given.map(({ run, at, verdict }) => {
    const full = Math.round((Number(verdict.score) / verdict.scale) * barWidth);
    const bar = '#'.repeat(full) + '.'.repeat(barWidth - full);
    return `${utc(at)}  [${bar}]  ${verdict.score} of ${verdict.scale}  ${verdict.verdict.padEnd(5)}  ${run}`;
  });
  return ['Trend', ...lines];
}
