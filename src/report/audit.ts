/**
 * An audit as its report tells it: the verdict and what to do first, then each finding once, what passed, and what was looked at.
 *
 * Invariant: every item stands in exactly one of findings, passed and not applicable.
 */
import { type ItemResult, weighs } from '../checklist/score.ts';
import type { Finding } from '../run/event.ts';
import { auditItems, resultsAt } from '../run/gate.ts';
import { cameTo, judgedWords } from '../run/judging.ts';
import { outlineOf } from '../run/outline.ts';
import type { RunState } from '../run/state.ts';
import type { AuditItemRecord, AuditRecord } from './model.ts';
import { revisionText } from './revision.ts';

const firstMax = 5;

/** What the report of an audit says of its items; null before a verdict. */
export function auditRecord(state: RunState): AuditRecord | null {
  const given = state.verdicts.at(-1);
  if (given === undefined) return null;
  const { verdict, previous, previousRun = null, previousRevision } = given.data;
  const results = resultsAt(state, given.step, given.at);
  const items = results.map((result) => itemRecord(state, result));
  const found = new Map(items.map((item) => [item.id, item]));
  const findings = verdict.findings.flatMap((finding) => {
    const item = found.get(finding.id);
    return item === undefined ? [] : [{ ...item, status: finding.status }];
  });
  const open = verdict.findings.filter(weighs);
  return {
    blocking: open.map(({ id, title, status }) => ({ id, title, status })),
    reasons: verdict.reasons.filter((reason) => !open.some(({ id }) => reason.startsWith(`${id} `))),
    first: firstSteps(verdict.findings, found),
    compared:
      previous === undefined
        ? null
        : {
            run: previousRun,
            score: previous.score,
            verdict: previous.verdict,
            revision: previousRevision === undefined ? null : revisionText(previousRevision),
          },
    categories: verdict.categories.map(({ id, title, score }) => ({
      title,
      before: previous?.categories.find((one) => one.id === id)?.score ?? null,
      score,
      counts: countsOf(
        items.filter(({ category }) => category === id),
        findings,
      ),
    })),
    findings,
    passed: items.filter(({ status }) => status === 'passed'),
    notApplicable: items.filter(({ status }) => status === 'na'),
    inventory: inventory(state),
  };
}

function itemRecord(
  state: RunState,
  { id, title, category, severity, status, reason, evidence, why, fix }: ItemResult,
): AuditItemRecord {
  const step = outlineOf(state.runbook).places.get(id)?.step;
  const visit = state.steps.get(id)?.visits.at(-1);
  const owner = step?.item?.owner ?? null;
  const judged = visit === undefined || visit.judged === null ? null : judgedWords(visit);
  const asked = step?.effect === 'person';
  return { id, title, category, severity, status, reason, evidence, why, fix, owner, judged, asked };
}

/** What stands between the verdict and a go comes first, then what weighs most. */
function firstSteps(findings: readonly Finding[], items: ReadonlyMap<string, AuditItemRecord>): AuditRecord['first'] {
  const open = findings.filter(({ status }) => status !== 'waived');
  const order = [...open.filter(weighs), ...open.filter((finding) => !weighs(finding))];
  return order.slice(0, firstMax).map(({ id, title, fix, status }) => {
    const item = items.get(id);
    const what = item?.asked === true && status === 'unknown' ? `Answer: ${title}` : (fix ?? title);
    return { id, what, owner: item?.owner ?? null };
  });
}

function countsOf(
  items: readonly AuditItemRecord[],
  findings: readonly AuditItemRecord[],
): AuditRecord['categories'][number]['counts'] {
  const waived = new Set(findings.flatMap(({ id, status }) => (status === 'waived' ? [id] : [])));
  const count = (status: AuditItemRecord['status']): number =>
    items.filter((item) => item.status === status && !waived.has(item.id)).length;
  return {
    passed: count('passed'),
    partial: count('partial'),
    failed: count('failed'),
    unknown: count('unknown'),
    waived: items.filter(({ id }) => waived.has(id)).length,
    notApplicable: count('na'),
  };
}

/** The facts of the checklist, as they were looked up. */
function inventory(state: RunState): AuditRecord['inventory'] {
  return auditItems(state).flatMap(({ id, title, item }) => {
    if (item?.fact === undefined) return [];
    const visit = state.steps.get(id)?.visits.at(-1);
    const came = visit === undefined ? null : cameTo(visit);
    const answer = came === null ? 'not known' : came.result === 'pass' ? 'yes' : 'no';
    return [
      {
        title,
        answer,
        places: came?.result === 'pass' ? came.evidence : [],
        reason: came?.result === 'pass' ? null : (came?.detail ?? visit?.reason ?? null),
      },
    ];
  });
}
