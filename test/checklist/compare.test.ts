/** Two verdicts side by side. */
import { describe, expect, test } from 'vitest';
import { compareVerdicts, type Judged } from '../../src/checklist/compare.ts';

function judged(
  score: string,
  categories: Readonly<Record<string, string | null>>,
  findings: Readonly<Record<string, string>>,
): Judged {
  return {
    score,
    scale: 10,
    verdict: 'no-go',
    categories: Object.entries(categories).map(([id, value]) => ({ id, title: id.toUpperCase(), score: value })),
    findings: Object.entries(findings).map(([id, status]) => ({ id, title: id, severity: 'high', status })),
  };
}

describe('comparison', () => {
  test('sorts findings into resolved, new and remaining, and says what became of each', () => {
    const before = judged(
      '4.00',
      { a: '4.00' },
      { fixed: 'failed', gone: 'failed', na: 'unknown', kept: 'failed', better: 'failed' },
    );
    const after = judged('6.05', { a: '6.05' }, { kept: 'failed', better: 'partial', fresh: 'failed' });
    const { whole, resolved, added, remaining } = compareVerdicts(
      before,
      after,
      new Map([
        ['fixed', 'passed'],
        ['na', 'na'],
      ]),
    );
    expect(whole.change).toBe('+2.05');
    expect(resolved.map(({ id, now }) => [id, now])).toEqual([
      ['fixed', 'passed'],
      ['gone', 'no longer asked'],
      ['na', 'not applicable'],
    ]);
    expect(added.map(({ id }) => id)).toEqual(['fresh']);
    expect(remaining.map(({ id, before: was, status }) => [id, was, status])).toEqual([
      ['kept', 'failed', 'failed'],
      ['better', 'failed', 'partial'],
    ]);
  });

  test('categories: those of the later verdict first, then those that it no longer has; a missing score has no change', () => {
    const { categories } = compareVerdicts(
      judged('5.00', { a: '5.00', old: '1.00', b: null }, {}),
      judged('4.50', { a: '4.50', b: '2.00' }, {}),
      new Map(),
    );
    expect(categories).toEqual([
      { id: 'a', title: 'A', before: '5.00', after: '4.50', change: '-0.50' },
      { id: 'b', title: 'B', before: null, after: '2.00', change: null },
      { id: 'old', title: 'OLD', before: '1.00', after: null, change: null },
    ]);
  });

  test('scores on different scales are not subtracted', () => {
    expect(
      compareVerdicts({ ...judged('50.00', {}, {}), scale: 100 }, judged('5.00', {}, {}), new Map()).whole,
    ).toMatchObject({ before: '50.00', after: '5.00', change: null });
  });
});
