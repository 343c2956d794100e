/** The arithmetic of scores, by example and by property. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainScore } from '../../src/checklist/explain.ts';
import {
  type ItemResult,
  type ItemStatus,
  type Rules,
  type Severity,
  scoreItems,
  waiverHolds,
  weighs,
} from '../../src/checklist/score.ts';

const today = '2026-11-21';
const one: Rules = { scale: 10, categories: [{ id: 'a', title: 'A', weight: '1' }] };

function item(id: string, status: ItemStatus, more: Partial<ItemResult> = {}): ItemResult {
  const facts = { id, title: id, category: 'a', severity: 'medium', weight: null, status } as const;
  return { ...facts, waivedUntil: null, evidence: [], reason: null, fix: null, why: null, ...more };
}

describe('scores', () => {
  test('weights go by severity: 10, 7.5, 5 and 2.5', () => {
    const severities: readonly Severity[] = ['blocker', 'high', 'medium', 'low'];
    for (const [severity, expected] of severities.map(
      (name, index) => [name, ['4.00', '3.00', '2.00', '1.00'][index]] as const,
    )) {
      const items = severities.map((name) => item(name, name === severity ? 'passed' : 'failed', { severity: name }));
      expect(scoreItems(one, items, today).score).toBe(expected);
    }
  });

  test('partial counts half, unknown counts nothing, not applicable leaves the sum', () => {
    const items = [item('w', 'passed'), item('x', 'partial'), item('y', 'unknown'), item('z', 'na')];
    expect(scoreItems(one, items, today)).toMatchObject({ score: '5.00', unknown: ['y'] });
  });

  test('a category without applicable items has no score and no part in the whole', () => {
    const rules: Rules = { scale: 10, categories: [...one.categories, { id: 'b', title: 'B', weight: '100' }] };
    const scored = scoreItems(rules, [item('x', 'passed'), item('y', 'na', { category: 'b' })], today);
    expect(scored.score).toBe('10.00');
    expect(scored.categories.map(({ score }) => score)).toEqual(['10.00', null]);
    expect(scoreItems(one, [item('x', 'na')], today).score).toBeNull();
  });

  test('rounding is half up and happens once: three categories of 3.335 are 3.34, and thirds do not add up errors', () => {
    const weights = {
      passed: item('x', 'passed', { weight: '3.335' }),
      failed: item('y', 'failed', { weight: '6.665' }),
    };
    expect(scoreItems(one, [weights.passed, weights.failed], today).score).toBe('3.34');
    const thirds: Rules = { scale: 10, categories: ['a', 'b', 'c'].map((id) => ({ id, title: id, weight: '1' })) };
    const items = ['a', 'b', 'c'].flatMap((category) => [
      item(`${category}1`, 'passed', { category, weight: '1' }),
      item(`${category}2`, 'failed', { category, weight: '2' }),
    ]);
    expect(scoreItems(thirds, items, today).score).toBe('3.33');
  });

  test('a waiver lifts the block and not the score, up to and on its last day', () => {
    const failed = item('x', 'failed', { severity: 'blocker' });
    const open = scoreItems(one, [failed], today);
    const waived = scoreItems(one, [{ ...failed, waivedUntil: today }], today);
    const expired = scoreItems(one, [{ ...failed, waivedUntil: '2026-11-20' }], today);
    expect(open).toMatchObject({ score: '0.00', blockers: ['x'] });
    expect(waived).toMatchObject({ score: '0.00', blockers: [] });
    expect(waived.findings[0]?.status).toBe('waived');
    expect(expired).toEqual(open);
    expect(waiverHolds(null, today)).toBe(false);
  });

  test('findings come worst first and else in the order of the document', () => {
    const severities: readonly Severity[] = ['low', 'blocker', 'medium', 'blocker'];
    const items = severities.map((severity, index) => item(`i${index}`, 'failed', { severity }));
    expect(scoreItems(one, items, today).findings.map(({ id }) => id)).toEqual(['i1', 'i3', 'i2', 'i0']);
  });

  test('the arithmetic in words names every item and gives the score', () => {
    const lines = explainScore(
      one,
      [item('x', 'passed', { weight: '0.000001' }), item('y', 'partial'), item('z', 'na', { reason: 'no database' })],
      today,
    );
    expect(lines).toEqual([
      'a: A, weight 1',
      '  0.000001 of 0.000001 x (medium) passed',
      '  2.5 of 5     y (medium) partial, half counts',
      '  -            z (medium) not applicable, left out: no database',
      '  = 10 × 2.500001 ÷ 5.000001 = 5.00',
      'whole: (1 × 10 × 2.500001 ÷ 5.000001) ÷ 1 = 5.00',
      'A waiver lifts the block and not the score. Categories enter the whole unrounded.',
    ]);
  });
});

const statuses = fc.constantFrom<ItemStatus>('passed', 'partial', 'failed', 'unknown', 'na');
const decimals = fc
  .tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: 999_999 }))
  .map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`);
const categories = ['a', 'b', 'c'];
const rulesOf = fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.array(decimals, { minLength: 3, maxLength: 3 })).map(
  ([scale, weights]): Rules => ({
    scale,
    categories: categories.map((id, index) => ({ id, title: id, weight: weights[index] ?? '1' })),
  }),
);
const itemsOf = fc
  .array(
    fc.record({
      category: fc.constantFrom(...categories),
      severity: fc.constantFrom<Severity>('blocker', 'high', 'medium', 'low'),
      weight: fc.option(decimals),
      status: statuses,
      waivedUntil: fc.option(fc.constantFrom('2026-01-01', today, '2027-01-01')),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((all) => all.map(({ status, ...facts }, index) => item(`i${index}`, status, facts)));

describe('for every checklist and every answer', () => {
  test('each score lies within the scale', () => {
    fc.assert(
      fc.property(rulesOf, itemsOf, (rules, items) => {
        const scored = scoreItems(rules, items, today);
        for (const score of [scored.score, ...scored.categories.map((category) => category.score)]) {
          if (score === null) continue;
          expect(Number(score)).toBeGreaterThanOrEqual(0);
          expect(Number(score)).toBeLessThanOrEqual(rules.scale);
        }
      }),
    );
  });

  test('fixing a finding never lowers a score and never adds a finding', () => {
    fc.assert(
      fc.property(rulesOf, itemsOf, fc.nat(), (rules, items, pick) => {
        const findings = items.filter(({ status }) => status !== 'passed' && status !== 'na');
        const fixed = findings[pick % Math.max(1, findings.length)];
        if (fixed === undefined) return;
        const before = scoreItems(rules, items, today);
        const after = scoreItems(
          rules,
          items.map((one) => (one === fixed ? { ...one, status: 'passed' } : one)),
          today,
        );
        expect(Number(after.score)).toBeGreaterThanOrEqual(Number(before.score));
        expect(after.findings).toHaveLength(before.findings.length - 1);
        expect(after.blockers.every((id) => before.blockers.includes(id))).toBe(true);
      }),
    );
  });

  test('a blocker that did not pass and is not waived weighs, whatever else passed', () => {
    fc.assert(
      fc.property(
        rulesOf,
        itemsOf,
        fc.constantFrom<ItemStatus>('partial', 'failed', 'unknown'),
        (rules, items, status) => {
          const blocker = item('blocker', status, { severity: 'blocker', weight: '0.000001' });
          const scored = scoreItems(rules, [...items, blocker], today);
          expect(scored.blockers).toContain('blocker');
          expect(scored.findings.filter(weighs).map(({ id }) => id)).toContain('blocker');
        },
      ),
    );
  });

  test('the order of items and of categories changes no score', () => {
    const shuffled = itemsOf.chain((items) =>
      fc.tuple(
        fc.constant(items),
        fc.shuffledSubarray([...items], { minLength: items.length, maxLength: items.length }),
      ),
    );
    fc.assert(
      fc.property(rulesOf, shuffled, (rules, [items, others]) => {
        const a = scoreItems(rules, items, today);
        const b = scoreItems({ ...rules, categories: rules.categories.toReversed() }, others, today);
        expect(b.score).toBe(a.score);
        expect(new Set(b.blockers)).toEqual(new Set(a.blockers));
        expect(new Map(b.categories.map(({ id, score }) => [id, score]))).toEqual(
          new Map(a.categories.map(({ id, score }) => [id, score])),
        );
      }),
    );
  });
});
