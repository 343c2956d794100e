/** What the benchmark prints and compares, and the README's table of it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Measure, Reading } from './measure.ts';
import { measures } from './measures.ts';
import { cellsOf, changes, head, plain, readEarlier, row, rowsOf, says, withRows } from './table.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

const measure = (given: Partial<Measure> = {}): Measure => ({
  name: 'A step',
  against: 'a command',
  limit: 2,
  run: async () => null,
  ...given,
});
const timed = (value: number, base: number, spread?: readonly [number, number]): Reading => ({
  value,
  base,
  unit: 'ms',
  ...(spread === undefined ? {} : { spread }),
});

describe('the README', () => {
  it('has rows of measures that there are, in their order, with their limits as they are held', () => {
    const rows = rowsOf(readme).map(cellsOf);
    expect(rows.length).toBeGreaterThan(5);
    const names = rows.map(([name]) => name ?? '');
    expect(names).toEqual(measures.map(({ name }) => name).filter((name) => names.includes(name)));
    for (const [name, value = '', against, , , limit] of rows) {
      const one = measures.find((known) => known.name === name);
      const unit = value.split(' ').slice(1).join(' ');
      expect([against, limit], name).toEqual([one?.against, one === undefined ? '' : says(one, unit)]);
    }
  });

  it('gets rows in the place of those of the same name, and new ones in the order of the measures', () => {
    const [first, second, third] = [measure({ name: 'One' }), measure({ name: 'Two' }), measure({ name: 'Three' })];
    const before = `# Title\n\n${head}\n${row({ measure: third, reading: timed(3, 3) })}\n\nText.\n`;
    const results = [
      { measure: first, reading: timed(1, 2) },
      { measure: second, reading: null },
      { measure: third, reading: timed(9, 3) },
    ];
    const after = withRows(before, results, [first, second, third]);
    expect(rowsOf(after).map((text) => cellsOf(text).slice(0, 2))).toEqual([
      ['One', '1.0 ms'],
      ['Three', '9.0 ms'],
    ]);
    expect(() => withRows(before, results, [first])).toThrow('rows of no measure, so rename or remove them: Three');
    expect(after.startsWith('# Title\n\n') && after.endsWith('\n\nText.\n')).toBe(true);
  });
});

describe('a comparison with an earlier measurement', () => {
  const earlierOf = (result: { readonly measure: Measure; readonly reading: Reading | null }) =>
    readEarlier(JSON.stringify([plain(result)]));
  const counted = measure({ name: 'Forks', against: '', isExact: true });
  const count = (value: number): Reading => ({ value, base: null, unit: 'forks' });

  it('tells every other count, and which of the two is worse', () => {
    const earlier = earlierOf({ measure: counted, reading: count(3) });
    expect(changes([{ measure: counted, reading: count(3) }], earlier)).toEqual([]);
    expect(changes([{ measure: counted, reading: count(4) }], earlier)).toEqual([
      { kind: 'worse', text: 'Forks: 4 forks, and 3 before' },
    ]);
    expect(changes([{ measure: counted, reading: count(2) }], earlier)).toMatchObject([{ kind: 'better' }]);
  });

  it('tells a ratio only where its rounds lie apart from the earlier ones', () => {
    const earlier = earlierOf({ measure: measure(), reading: timed(15, 10, [1.4, 1.7]) });
    const kinds = (reading: Reading | null) =>
      changes([{ measure: measure(), reading }], earlier).map(({ kind }) => kind);
    expect(kinds(timed(18, 10, [1.6, 2.2]))).toEqual([]);
    expect(kinds(timed(20, 10, [1.8, 2.2]))).toEqual(['worse']);
    expect(kinds(timed(12, 10, [1.1, 1.3]))).toEqual(['better']);
    expect(kinds(null)).toEqual([]);
    expect(changes([{ measure: measure({ name: 'Another' }), reading: timed(99, 1) }], earlier)).toEqual([]);
  });

  it('refuses what --json did not print', () => {
    expect(() => readEarlier('{"name":"A step"}')).toThrow();
  });
});
