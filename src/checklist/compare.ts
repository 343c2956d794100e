/**
 * Two verdicts of one checklist side by side: what got better, what was resolved, what is new, what remains.
 *
 * Invariants: differences are exact; scores on different scales are shown and not subtracted.
 */
import type { ItemStatus } from './score.ts';

/** The part of a verdict that is compared. Scores are decimal text with two digits. */
export interface Judged {
  readonly score: string;
  readonly scale: number;
  readonly verdict: 'go' | 'no-go';
  readonly categories: readonly { readonly id: string; readonly title: string; readonly score: string | null }[];
  readonly findings: readonly FindingLine[];
}

export interface FindingLine {
  readonly id: string;
  readonly title: string;
  readonly severity: string;
  readonly status: string;
}

/** `change`: signed, two digits; null where one of the two is missing or the scales differ. */
export interface ScoreChange {
  readonly id: string;
  readonly title: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly change: string | null;
}

export interface Comparison {
  readonly whole: ScoreChange;
  /** Categories of the later verdict in its order, then those that it no longer has. */
  readonly categories: readonly ScoreChange[];
  /** Findings of the earlier verdict that are none any more. `now`: what became of the item. */
  readonly resolved: readonly (FindingLine & { readonly now: string })[];
  readonly added: readonly FindingLine[];
  /** `before`: the finding's status in the earlier verdict. */
  readonly remaining: readonly (FindingLine & { readonly before: string })[];
}

/** Compares two verdicts. `now`: what became of each item of the later one, by id. */
export function compareVerdicts(before: Judged, after: Judged, now: ReadonlyMap<string, ItemStatus>): Comparison {
  const same = before.scale === after.scale;
  const change = (id: string, title: string, a: string | null, b: string | null): ScoreChange => ({
    id,
    title,
    before: a,
    after: b,
    change: same && a !== null && b !== null ? difference(a, b) : null,
  });
  const earlier = new Map(before.findings.map((finding) => [finding.id, finding]));
  const later = new Set(after.findings.map(({ id }) => id));
  const kept = new Set(after.categories.map(({ id }) => id));
  const scoreBefore = new Map(before.categories.map(({ id, score }) => [id, score]));
  return {
    whole: change('', 'Overall', before.score, after.score),
    categories: [
      ...after.categories.map(({ id, title, score }) => change(id, title, scoreBefore.get(id) ?? null, score)),
      ...before.categories
        .filter(({ id }) => !kept.has(id))
        .map(({ id, title, score }) => change(id, title, score, null)),
    ],
    resolved: before.findings
      .filter(({ id }) => !later.has(id))
      .map(({ id, title, severity, status }) => ({ id, title, severity, status, now: outcome(now.get(id)) })),
    added: after.findings.filter(({ id }) => !earlier.has(id)).map(lineOf),
    remaining: after.findings.flatMap((finding) => {
      const was = earlier.get(finding.id);
      return was === undefined ? [] : [{ ...lineOf(finding), before: was.status }];
    }),
  };
}

function lineOf({ id, title, severity, status }: FindingLine): FindingLine {
  return { id, title, severity, status };
}

function outcome(status: ItemStatus | undefined): string {
  return status === undefined ? 'no longer asked' : status === 'na' ? 'not applicable' : status;
}

/** `b - a` of decimal text with two digits, with its sign. */
function difference(a: string, b: string): string {
  const hundredths = hundredthsOf(b) - hundredthsOf(a);
  const size = hundredths < 0n ? -hundredths : hundredths;
  const sign = hundredths < 0n ? '-' : '+';
  return `${sign}${size / 100n}.${String(size % 100n).padStart(2, '0')}`;
}

function hundredthsOf(text: string): bigint {
  return BigInt(text.replace('.', ''));
}
