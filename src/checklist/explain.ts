/**
 * The arithmetic of a score in words, exact enough to be done again by hand.
 *
 * Invariant: what stands here is computed from the same items by the same rules as the score.
 */
import { type ItemResult, type Rules, scoreItems, shareOf, weightText } from './score.ts';

const words = {
  passed: 'passed',
  partial: 'partial, half counts',
  failed: 'failed',
  unknown: 'unknown, so not passed',
  na: 'not applicable, left out',
} as const;

/** One line each: the items of every category with what they reach, the category's sum, and the whole. */
export function explainScore(rules: Rules, items: readonly ItemResult[], today: string): readonly string[] {
  const scored = scoreItems(rules, items, today);
  const lines: string[] = [];
  for (const [index, category] of scored.categories.entries()) {
    const weight = rules.categories[index]?.weight ?? '1';
    lines.push(`${category.id}: ${category.title}, weight ${weight}`);
    for (const item of items)
      if (item.category === category.id) lines.push(...itemLines(item).map((line) => `  ${line}`));
    lines.push(`  = ${category.sum}${category.score === null ? '' : ` = ${category.score}`}`);
  }
  lines.push(`whole: ${scored.score === null ? 'no item applies' : `${scored.sum} = ${scored.score}`}`);
  lines.push('A waiver lifts the block and not the score. Categories enter the whole unrounded.');
  return lines;
}

function itemLines(item: ItemResult): readonly string[] {
  const looked = item.looked ?? null;
  const told = looked === null || looked === '' || item.status === 'passed' || item.status === 'na';
  return [itemLine(item), ...(told ? [] : [`${' '.repeat(13)}looked: ${looked}`])];
}

function itemLine(item: ItemResult): string {
  const weight = weightText(item);
  const reached = item.status === 'na' ? '-' : `${shareOf(item)} of ${weight}`;
  const reason = item.status === 'passed' || item.reason === null ? '' : `: ${item.reason}`;
  return `${reached.padEnd(12)} ${item.id} (${item.severity}) ${words[item.status]}${reason}`;
}
