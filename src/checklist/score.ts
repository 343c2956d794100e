/**
 * Items → findings, scores, verdict. Exact: weights are decimal text, sums are fractions of whole numbers, and only the
 * last step rounds (half up, two digits), so order never matters and a score can be recomputed by hand.
 *
 * Invariants:
 * - What is unknown counts as not passed, and makes the verdict no-go whatever its severity.
 * - An open blocker, also a partial one, is no-go whatever the score.
 * - A waiver lifts the block and not the score; one that has expired lifts nothing.
 * - Not applicable leaves the sums; a category without applicable items has no score and no part in the whole.
 */

export type Severity = 'blocker' | 'high' | 'medium' | 'low';
export type ItemStatus = 'passed' | 'partial' | 'failed' | 'unknown' | 'na';

/** One item as it was answered. `waivedUntil`: last day (`YYYY-MM-DD`) of its newest waiver, null without one. */
export interface ItemResult {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  /** What was looked at or asked, one line; null where that says nothing. */
  readonly looked?: string | null;
  readonly severity: Severity;
  /** Decimal text; null: by severity. */
  readonly weight: string | null;
  readonly status: ItemStatus;
  readonly waivedUntil: string | null;
  /** What it rests on: `path:line`, or words. */
  readonly evidence: readonly string[];
  /** Why it is not passed, or not applicable. */
  readonly reason: string | null;
  readonly fix: string | null;
  readonly why: string | null;
}

export interface Rules {
  readonly scale: number;
  readonly categories: readonly { readonly id: string; readonly title: string; readonly weight: string }[];
}

export interface CategoryScore {
  readonly id: string;
  readonly title: string;
  /** Two digits, or null when no item applies. */
  readonly score: string | null;
  /** The arithmetic: `10 × 17.5 ÷ 25`. */
  readonly sum: string;
}

export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  readonly severity: Severity;
  readonly status: 'partial' | 'failed' | 'unknown' | 'waived';
  readonly evidence: readonly string[];
  readonly reason: string | null;
  readonly fix: string | null;
  readonly why: string | null;
}

export interface Score {
  /** Two digits, or null when no item applies at all. */
  readonly score: string | null;
  /** The arithmetic: `(1 × 10 × 17.5 ÷ 25 + 2 × 10 × 5 ÷ 10) ÷ 3`. */
  readonly sum: string;
  readonly categories: readonly CategoryScore[];
  /** In order of severity, then of the document. */
  readonly findings: readonly Finding[];
  /** Open blockers: failed, partial or unknown, and not waived. */
  readonly blockers: readonly string[];
  /** Items of any severity that nobody knows about and that are not waived. */
  readonly unknown: readonly string[];
}

const severities: readonly Severity[] = ['blocker', 'high', 'medium', 'low'];
const weights: Readonly<Record<Severity, string>> = { blocker: '10', high: '7.5', medium: '5', low: '2.5' };

/** A fraction of whole numbers; `over` is positive. */
interface Fraction {
  readonly of: bigint;
  readonly over: bigint;
}

const zero: Fraction = { of: 0n, over: 1n };

/** Scores `items` by `rules`. `today`: `YYYY-MM-DD`, for waivers. */
export function scoreItems(rules: Rules, items: readonly ItemResult[], today: string): Score {
  const scored = rules.categories.map((category) => scoreCategory(rules.scale, category, items));
  const counted = scored.filter(({ exact }) => exact !== null);
  const top = counted.reduce((sum, { exact, weight }) => add(sum, times(weight, exact ?? zero)), zero);
  const bottom = counted.reduce((sum, { weight }) => add(sum, weight), zero);
  const whole = bottom.of === 0n ? null : over(top, bottom);
  const findings = items.flatMap((item) => findingOf(item, today));
  return {
    score: whole === null ? null : twoDigits(whole),
    sum: `(${counted.map(({ category, sum }) => `${category.weight} × ${sum}`).join(' + ')}) ÷ ${decimal(bottom)}`,
    categories: scored.map(({ category, exact, sum }) => ({
      id: category.id,
      title: category.title,
      score: exact === null ? null : twoDigits(exact),
      sum,
    })),
    findings: findings.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity)),
    blockers: findings
      .filter(({ severity, status }) => severity === 'blocker' && status !== 'waived')
      .map(({ id }) => id),
    unknown: findings.filter(({ status }) => status === 'unknown').map(({ id }) => id),
  };
}

/** True for a finding that makes the verdict no-go by itself: an open blocker, or what nobody knows. */
export function weighs({ severity, status }: Pick<Finding, 'severity' | 'status'>): boolean {
  return status === 'unknown' || (severity === 'blocker' && status !== 'waived');
}

/** True when a waiver that ends on `until` still holds on `today`; both `YYYY-MM-DD`. */
export function waiverHolds(until: string | null, today: string): boolean {
  return until !== null && until >= today;
}

function scoreCategory(scale: number, category: Rules['categories'][number], items: readonly ItemResult[]) {
  const applicable = items.filter(({ category: id, status }) => id === category.id && status !== 'na');
  const possible = applicable.reduce((sum, item) => add(sum, weightOf(item)), zero);
  const reached = applicable.reduce((sum, item) => add(sum, times(weightOf(item), share(item.status))), zero);
  const exact = possible.of === 0n ? null : over(times({ of: BigInt(scale), over: 1n }, reached), possible);
  const sum = exact === null ? 'no item applies' : `${scale} × ${decimal(reached)} ÷ ${decimal(possible)}`;
  return { category, exact, weight: parse(category.weight), sum };
}

/** The weight of an item as decimal text. */
export function weightText(item: Pick<ItemResult, 'weight' | 'severity'>): string {
  return decimal(weightOf(item));
}

/** What an item reaches of its weight, as decimal text. */
export function shareOf(item: Pick<ItemResult, 'weight' | 'severity' | 'status'>): string {
  return decimal(times(weightOf(item), share(item.status)));
}

function findingOf(item: ItemResult, today: string): readonly Finding[] {
  if (item.status === 'passed' || item.status === 'na') return [];
  const status = waiverHolds(item.waivedUntil, today) ? 'waived' : item.status;
  const { id, title, category, severity, evidence, reason, fix, why } = item;
  return [{ id, title, category, severity, status, evidence, reason, fix, why }];
}

function weightOf(item: Pick<ItemResult, 'weight' | 'severity'>): Fraction {
  return parse(item.weight ?? weights[item.severity]);
}

function share(status: ItemStatus): Fraction {
  return status === 'passed' ? { of: 1n, over: 1n } : status === 'partial' ? { of: 1n, over: 2n } : zero;
}

/** Decimal text, digits with at most one point, as a fraction. */
function parse(text: string): Fraction {
  const [whole = '0', part = ''] = text.split('.');
  return { of: BigInt(`${whole}${part}`), over: 10n ** BigInt(part.length) };
}

function add(a: Fraction, b: Fraction): Fraction {
  return reduced({ of: a.of * b.over + b.of * a.over, over: a.over * b.over });
}

function times(a: Fraction, b: Fraction): Fraction {
  return reduced({ of: a.of * b.of, over: a.over * b.over });
}

function over(a: Fraction, b: Fraction): Fraction {
  return reduced({ of: a.of * b.over, over: a.over * b.of });
}

function reduced({ of, over: below }: Fraction): Fraction {
  let [a, b] = [of, below];
  while (b !== 0n) [a, b] = [b, a % b];
  return a === 0n ? zero : { of: of / a, over: below / a };
}

function twoDigits({ of, over: below }: Fraction): string {
  const hundredths = (of * 200n + below) / (below * 2n);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;
}

/** A sum of weights or of their halves, exact: a weight has at most six digits after its point. */
function decimal({ of, over: below }: Fraction): string {
  const parts = (of * 10_000_000n) / below;
  const text = `${parts / 10_000_000n}.${String(parts % 10_000_000n).padStart(7, '0')}`;
  return text.replace(/\.?0+$/, '');
}
