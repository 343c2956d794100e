/**
 * What an expression means, pinned: `expected/cel.txt` has a line for each source, `SOURCE ⇒ VALUE ⊢ TYPE`. VALUE is what it
 * evaluates to over the values below, TYPE what the check of a document says of it: a type, or the problem.
 *
 * A verdict rests on these, and the library that computes them is not ours. A line that changes with an upgrade is a change of
 * what documents mean: it is read, decided and told, never only taken over. New lines hold the source alone; with
 * `GONOGO_UPDATE_EXPECTED=1` the rest is filled in.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { functionNames, methodNames } from '../../src/runbook/cel-environment.ts';
import {
  type CelValue,
  compileScope,
  evaluate,
  parseJson,
  type ScopeNames,
  toJson,
} from '../../src/runbook/expression.ts';

const file = new URL('expected/cel.txt', import.meta.url);

const values: Readonly<Record<string, CelValue>> = {
  n: 3n,
  rate: 2.5,
  text: 'release v1.2.3 done',
  flag: true,
  hosts: ['a', 'b'],
  json: parseJson(
    '{"status":"up","n":7,"f":1.0,"big":99999999999999999999,"list":[1,2.5],"deep":{"a":1},"none":null,"empty":"","constructor":1,"__proto__":2}',
  ),
  steps: { health: { status: 'pending', visits: 0n } },
};
const names: ScopeNames = {
  variables: { n: 'int', rate: 'number', text: 'string', flag: 'bool', hosts: 'list', missing: 'string' },
  extra: { json: 'dyn' },
  steps: { health: new Set(['status', 'exit', 'ms', 'visits'] as const) },
};
const scope = compileScope(names);

function outcomeOf(source: string): string {
  const result = evaluate(source, values);
  if (!result.ok) return `error: ${result.message}`;
  const { value } = result;
  return `${kindOf(value)} ${toJson(value)}`;
}

function kindOf(value: CelValue): string {
  switch (typeof value) {
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    default:
      return value === null ? 'null' : Array.isArray(value) ? 'list' : 'map';
  }
}

function typeOf(source: string): string {
  const checked = scope.check(source);
  return checked.ok ? checked.type : `problem: ${checked.problems.map(({ message }) => message).join('; ')}`;
}

test('every expression means what it meant', () => {
  const expected = readFileSync(file, 'utf8');
  const lines = expected.trimEnd().split('\n');
  const sources = lines.map((line) => line.split(' ⇒ ')[0] ?? '');
  const now = `${sources.map((source) => `${source} ⇒ ${outcomeOf(source)} ⊢ ${typeOf(source)}`).join('\n')}\n`;
  if (process.env['GONOGO_UPDATE_EXPECTED'] === '1') writeFileSync(file, now);
  expect(now).toBe(expected);
});

test('the functions are those that are pinned', () => {
  expect([...functionNames()].toSorted().join(' ')).toBe(
    'bool bytes date double duration dyn has int size string timestamp type uint version',
  );
  expect([...methodNames()].toSorted().join(' ')).toBe(
    'all at base64 bind contains endsWith exists exists_one filter getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds getMinutes getMonth getSeconds hasValue hex indexOf join json lastIndexOf lowerAscii map matches none of or orValue size split startsWith string substring trim upperAscii value',
  );
});
