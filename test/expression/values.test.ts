import { describe, expect, test } from 'vitest';
import type { Variable } from '../../src/runbook/document.ts';
import type { CelValue } from '../../src/runbook/expression.ts';
import { checkRegex, checkValue, toCel } from '../../src/runbook/values.ts';

const string: Variable = { type: 'string', secret: false };

describe('checkValue', () => {
  test.each<[Variable, string, string | null]>([
    [string, '', null],
    [{ ...string, match: String.raw`v\d+\.\d+` }, 'v1.2', null],
    [{ ...string, match: String.raw`v\d+\.\d+` }, 'v1.2-rc', String.raw`it must match v\d+\.\d+, but it is "v1.2-rc"`],
    [{ ...string, match: 'a|b' }, 'ab', 'it must match a|b, but it is "ab"'],
    [{ ...string, choices: ['blue', 'green'] }, 'red', 'it must be one of blue, green, but it is "red"'],
    [{ ...string, type: 'int' }, '12', null],
    [{ ...string, type: 'int' }, '1.5', 'it must be a whole number such as 3, but it is "1.5"'],
    [{ ...string, type: 'int' }, '9223372036854775808', expect.stringContaining('whole number')],
    [{ ...string, type: 'number' }, '1e3', null],
    [{ ...string, type: 'number' }, 'NaN', expect.stringContaining('a number')],
    [{ ...string, type: 'bool' }, 'yes', 'it must be true or false, but it is "yes"'],
    [{ ...string, type: 'list' }, '["a"]', null],
    [{ ...string, type: 'list' }, 'a,b', expect.stringContaining('a JSON list')],
    [{ ...string, secret: true, type: 'int' }, 'hunter2', 'it must be a whole number such as 3'],
    [string, 'a\0b', 'it must not contain a NUL character'],
    [string, 'é'.repeat(16 * 1024), null],
    [string, `${'é'.repeat(16 * 1024)}a`, 'it must be at most 32 KiB long'],
  ])('case %#: %o', (variable, text, problem) => {
    expect(checkValue(variable, text)).toEqual(problem);
  });

  test('a pattern that would freeze another engine answers at once', () => {
    const start = performance.now();
    expect(checkValue({ ...string, match: '(a+)+b' }, 'a'.repeat(30_000))).not.toBeNull();
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

test.each<[Variable['type'], string, CelValue]>([
  ['string', '12', '12'],
  ['int', '12', 12n],
  ['number', '12', 12],
  ['bool', 'false', false],
  ['list', '["a", 1]', ['a', 1n]],
  ['int', 'not checked', 'not checked'],
])('toCel %s %s', (type, text, value) => {
  expect(toCel({ type }, text)).toEqual(value);
});

test.each([
  ['^v[0-9]+$', null],
  ['(a', 'missing closing ): `(a`'],
  ['(?=a)b', expect.stringContaining('look-around is not available')],
  ['(?<!a)b', expect.stringContaining('look-around is not available')],
  [String.raw`(a)\1`, expect.stringContaining('back references are not available')],
  ['((a{100}){100}){100}', expect.stringContaining('invalid repeat count')],
  ['a'.repeat(2000), 'the pattern is longer than 1000 characters'],
])('checkRegex: case %#', (source, problem) => {
  expect(checkRegex(source)).toEqual(problem);
});
