/** Every function of expressions is told of by an example that does what it says. */
import { expect, test } from 'vitest';
import { functionNames, methodNames } from '../../src/runbook/cel-environment.ts';
import { compileScope, evaluate } from '../../src/runbook/expression.ts';
import { functionTexts } from '../../src/runbook/function-texts.ts';

const scope = compileScope({ variables: {}, extra: {}, steps: {} });

test.each([...functionTexts])('%s: its example gives what is written', (name, { example, gives }) => {
  expect(example).toMatch(new RegExp(`\\b${name}\\(`));
  expect(scope.check(example)).toMatchObject({ ok: true });
  const given = evaluate(example, {});
  expect(given).toEqual(evaluate(gives, {}));
  expect(given.ok).toBe(true);
});

/** Optional values are no part of our expressions, although the engine knows the names. */
const optionals = ['of', 'none', 'hasValue', 'value', 'or', 'orValue'];

test('no function is left out, and none is made up', () => {
  const known = new Set([...functionNames(), ...methodNames()]);
  expect([...functionTexts.keys()].toSorted()).toEqual(
    [...known].filter((name) => !optionals.includes(name)).toSorted(),
  );
});

test('optional values are refused when an expression is read, since there are none when it is evaluated', () => {
  expect(scope.check('optional.of(1).hasValue()')).toMatchObject({
    ok: false,
    problems: [{ message: 'there is no variable optional' }],
  });
  expect(scope.check('type(1) == int')).toMatchObject({ ok: true });
});
