/** Text in cells: what fits stays whole, what does not is cut at a cell, and colour never runs on. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import quickWidth from '../../.ci/string-width.js';
import inkWidth from '../../node_modules/string-width/index.js';
import {
  cellWidth,
  cut,
  ends,
  expandTabs,
  fitRight,
  fit as fitted,
  withoutColour,
  wrap,
} from '../../src/tui/present/cells.ts';
import { bytesText, countText, elapsed, rough, roughRange, timeOfDay } from '../../src/tui/present/format.ts';

describe('cells', () => {
  test.each([
    ['plain', 5],
    ['日本', 4],
    ['e\u0301', 1],
    ['한글', 4],
    ['a\u{1F600}b', 4],
    ['\x1b[31mred\x1b[0m', 3],
    ['✓ ▸ ─', 5],
    ['', 0],
  ])('the width of %j is %i', (text, width) => {
    expect(cellWidth(text)).toBe(width);
  });

  test('what is told without tables is what Ink would be told, one character at a time and together', () => {
    for (let code = 0; code < 0x3000; code += 1) {
      const character = String.fromCharCode(code);
      expect([code, quickWidth(character)]).toEqual([code, inkWidth(character)]);
    }
    const unit = fc.oneof(
      fc.constantFrom(
        '\x1b[31m',
        '\x1b[0m',
        '\x1b[38;5;9m',
        '─',
        '│',
        '✓',
        '▸',
        '…',
        '日',
        'e\u0301',
        '\u{1F600}',
        '\u200d',
        '\ufe0f',
      ),
      fc.string({ unit: 'binary', maxLength: 2 }),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 12 }), (parts) => {
        expect(quickWidth(parts.join(''))).toBe(inkWidth(parts.join('')));
      }),
      { numRuns: 500 },
    );
  });

  test('fit pads, or cuts with an ellipsis; a wide character is never halved', () => {
    expect(fitted('abc', 5)).toBe('abc  ');
    expect(fitted('abcdef', 4)).toBe('abc…');
    expect(fitted('日本語', 4, '~')).toBe('日 ~');
    expect(fitRight('abc', 5)).toBe('  abc');
    expect(fitted('abc', 0)).toBe('');
  });

  test('a cut through colour resets it; text after the cut leaves nothing behind', () => {
    expect(cut('\x1b[31mabcdef\x1b[0m', 0, 3)).toBe('\x1b[31mabc\x1b[0m');
    expect(withoutColour(cut('ab\x1b[1mcdef', 1, 3))).toBe('bcd');
    expect(cut('日本語', 1, 4)).toBe(' 本 ');
  });

  test('two ends: the left one gives way', () => {
    expect(ends('left', 'right', 12, '-')).toBe('left---right');
    expect(ends('a long left', 'right', 10)).toBe('a lo…right');
  });

  test('wrapping breaks at spaces, else in the word, and keeps newlines', () => {
    expect(wrap('Promote db-2, then wait', 12)).toEqual(['Promote', 'db-2, then', 'wait']);
    expect(wrap('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
    expect(wrap('a\n\nb', 5)).toEqual(['a', '', 'b']);
  });

  test('tabs go to the next multiple of eight', () => {
    expect(expandTabs('a\tb\t\tc')).toBe(`a${' '.repeat(7)}b${' '.repeat(15)}c`);
  });

  test('any text fits exactly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), fc.nat(10), (text, width, start) => {
        expect(cellWidth(cut(text, start, width))).toBe(width);
        if (width > 0) expect(cellWidth(fitted(text, width))).toBe(width);
        for (const row of wrap(text, width + 2)) expect(cellWidth(row)).toBeLessThanOrEqual(width + 2);
      }),
    );
  });
});

test('durations, sizes and times read as an operator says them', () => {
  expect([0, 41_000, 131_000, 3_723_000].map(elapsed)).toEqual(['0:00', '0:41', '2:11', '1:02:03']);
  expect([40_000, 180_000, 7_200_000].map(rough)).toEqual(['40s', '3m', '2h']);
  expect(roughRange(360_000, 900_000)).toBe('6-15m');
  expect(roughRange(40_000, 120_000)).toBe('40s-2m');
  expect([812, 14_200_000, 999_999].map(bytesText)).toEqual(['812 B', '14.2 MB', '1.0 MB']);
  expect([7, 1234, 183_000, 2_400_000].map(countText)).toEqual(['7', '1.2k', '183k', '2.4M']);
  expect(timeOfDay(52_320_000, 3_600_000)).toBe('15:32');
});
