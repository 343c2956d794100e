/** Times as text, against the calendar of the runtime. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duration, isoTime, utc } from '../../src/report/time.ts';

describe('utc', () => {
  test('agrees with the calendar from the year 0000 to 9999', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 }), (ms) => {
        const iso = new Date(ms).toISOString();
        expect(isoTime(ms)).toBe(iso);
        expect(utc(ms)).toBe(`${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ['2024-02-29T23:59:59.999Z', '2024-02-29 23:59:59 UTC'],
    ['2100-03-01T00:00:00.000Z', '2100-03-01 00:00:00 UTC'],
    ['2000-12-31T12:00:00.000Z', '2000-12-31 12:00:00 UTC'],
  ])('%s is %s', (iso, text) => {
    expect(utc(Date.parse(iso))).toBe(text);
  });
});

describe('duration', () => {
  test.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [1000, '1.0 s'],
    [9999, '9.9 s'],
    [59_999, '59 s'],
    [131_000, '2m 11s'],
    [3_600_000, '1h 00m'],
    [187_200_000, '2d 04h'],
    [-5, '-5 ms'],
  ])('%i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
