/** Values that a rehearsal makes up fit what they are declared as, or there is none. */
import { expect, test } from 'vitest';
import { madeUp } from '../../src/drill/made-up.ts';
import type { Variable } from '../../src/runbook/document.ts';
import { checkValue } from '../../src/runbook/values.ts';

const text = (more: Partial<Variable> = {}): Variable => ({ type: 'string', secret: false, ...more });

test.each([
  '^v\\d+\\.\\d+\\.\\d+$',
  '^http://127\\.0\\.0\\.1:\\d+$',
  '[a-z][a-z0-9-]{1,20}',
  '(?:eu|us)-(west|east)-\\d',
  '^sha256:[0-9a-f]{64}$',
  '[^/]+/[^/]+',
  '\\w+@\\w+\\.example',
  '[A-Z]{2,5}-\\d{3}',
  '[[:alpha:]]+',
  '(?P<year>\\d{4})-\\d\\d',
  '\\d{12}\\.dkr\\.ecr\\.[a-z0-9-]+\\.amazonaws\\.com/.+',
  '[^a1]x?',
  'a{3,}|b',
])('a value that matches %s', (match) => {
  const value = madeUp('name', text({ match }));
  expect(value).not.toBeNull();
  expect(checkValue(text({ match }), value ?? '')).toBeNull();
});

test('values of every type, choices and defaults, and none where none fits', () => {
  expect(madeUp('a', text({ choices: ['eu', 'us'] }))).toBe('eu');
  expect(madeUp('a', text({ default: 'web' }))).toBe('web');
  expect(madeUp('a', text({ type: 'int' }))).toBe('1');
  expect(madeUp('a', text({ type: 'bool' }))).toBe('true');
  expect(madeUp('a', text({ type: 'list' }))).toBe('["made-up"]');
  expect(madeUp('a_b', text())).toBe('made-up-a-b');
  expect(checkValue(text({ secret: true }), madeUp('a', text({ secret: true })) ?? '')).toBeNull();
  expect(madeUp('a', text({ type: 'int', match: '[a-z]+' }))).toBeNull();
});
