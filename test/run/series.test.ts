import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Series } from '../../src/run/series.ts';
import { Table } from '../../src/run/table.ts';

type Change =
  | { readonly kind: 'append'; readonly item: number }
  | { readonly kind: 'replaceLast'; readonly item: number }
  | { readonly kind: 'changed'; readonly rest: number }
  /** Goes on from a series as it was some changes ago. */
  | { readonly kind: 'back'; readonly steps: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('append' as const), item: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('replaceLast' as const), item: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('changed' as const), rest: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('back' as const), steps: fc.nat(40) }) },
);

function arrayAfter(items: readonly number[], one: Exclude<Change, { kind: 'back' }>): readonly number[] {
  if (one.kind === 'append') return [...items, one.item];
  if (one.kind === 'replaceLast') return [...items.slice(0, -1), one.item];
  return items.map((item) => (item % 7 === one.rest ? item + 1 : item));
}

function seriesAfter(series: Series<number>, one: Exclude<Change, { kind: 'back' }>): Series<number> {
  if (one.kind === 'append') return series.append(one.item);
  if (one.kind === 'replaceLast') return series.replaceLast(one.item);
  return series.changed(
    (item) => item % 7 === one.rest,
    (item) => item + 1,
  );
}

test('a series is the array of the same changes, and every one that it came from stays as it was', () => {
  fc.assert(
    fc.property(fc.nat(1100), fc.array(change, { maxLength: 80 }), (start, changes) => {
      const first = Array.from({ length: start }, (_, index) => index);
      const seen = [{ series: Series.from(first), items: first as readonly number[] }];
      for (const one of changes) {
        const last = seen.at(one.kind === 'back' ? -1 - (one.steps % seen.length) : -1);
        if (last === undefined) continue;
        if (one.kind === 'back') seen.push(last);
        else seen.push({ series: seriesAfter(last.series, one), items: arrayAfter(last.items, one) });
      }
      for (const { series, items } of seen) {
        expect([...series]).toEqual(items);
        expect(series.length).toBe(items.length);
        for (const at of [0, 31, 32, 1023, 1024, items.length - 1, items.length, -1, -33]) {
          expect(series.at(at)).toBe(items.at(at));
        }
        expect(series.findLast((item) => item % 5 === 0)).toBe(items.findLast((item) => item % 5 === 0));
      }
    }),
    { numRuns: 60 },
  );
});

test('a series of more levels than two keeps every item in its place', () => {
  const count = 32 * 32 * 32 + 40;
  const series = Series.from(Array.from({ length: count }, (_, index) => index));
  expect([...series].every((item, index) => item === index && series.at(index) === index)).toBe(true);
  const other = series.changed(
    (item) => item === 5,
    () => -1,
  );
  expect([series.at(5), other.at(5), other.at(6), other.length]).toEqual([5, -1, 6, count]);
});

test('tables that were made of one another do not see each other’s keys', () => {
  const base = Table.of([['a', 1]]);
  const left = base.with('b', 2);
  const right = base.with('c', 3).with('d', 4);
  expect([...base]).toEqual([['a', 1]]);
  expect([...left]).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect([left.has('c'), left.has('d'), right.has('b'), right.get('d')]).toEqual([false, false, false, 4]);
  const later = left.with('d', 5).with('c', 6);
  expect([...later.keys()]).toEqual(['a', 'b', 'd', 'c']);
  expect([right.get('c'), right.get('d'), later.get('c'), later.get('d')]).toEqual([3, 4, 6, 5]);
});
