import { describe, expect, test } from 'vitest';
import { compileScope, type ScopeNames } from '../../src/runbook/expression.ts';

const all = new Set(['status', 'exit', 'ms', 'visits'] as const);
const names: ScopeNames = {
  variables: { version: 'string', replicas: 'int', rate: 'number', ready: 'bool', hosts: 'list' },
  extra: { exit: 'int', output: 'string', json: 'dyn', ms: 'int', files: 'list<string>', headers: 'map<string, dyn>' },
  steps: { health: all, migrate: all },
};
const scope = compileScope(names);

/** Each problem as `"the source it points at": message (hint)`. */
function problems(source: string): string[] {
  const checked = scope.check(source);
  if (checked.ok) return [];
  return checked.problems.map(
    ({ start, end, message, hint }) => `${JSON.stringify(source.slice(start, end))}: ${message} (${hint})`,
  );
}

describe('types', () => {
  test.each([
    ['ms < 500', 'bool'],
    ['1 + 2.5', 'double'],
    ['replicas + rate', 'double'],
    ['replicas == rate', 'bool'],
    ['replicas + 1', 'int'],
    ['ms / 1000.0 < 0.5', 'bool'],
    ['json.status == "ok" && ms < 500', 'bool'],
    ['output.matches("^v[0-9]+$")', 'bool'],
    ['version in hosts', 'bool'],
    ['hosts.exists(host, host == version)', 'bool'],
    ['files.size()', 'int'],
    ['headers["content-type"] == "text/plain"', 'bool'],
    ['steps.health.status == "passed"', 'bool'],
    ['steps.health.visits', 'int'],
    ['steps["health"].ms < 3', 'bool'],
    ['has(json.a) ? json.a : 0', 'dyn'],
    ['json.anything', 'dyn'],
  ])('%s is %s', (source, type) => {
    expect(scope.check(source)).toMatchObject({ ok: true, type });
  });
});

describe('what an expression refers to', () => {
  test('names the free identifiers, not those that a macro binds', () => {
    const checked = scope.check('hosts.all(host, host != version) || exit == 0');
    expect(checked.ok && [...checked.refersTo]).toEqual(['hosts', 'version', 'exit']);
  });

  test('lists the results of other steps with their places', () => {
    const source = 'ms < 3 && steps.health.ms > steps.migrate.ms';
    const checked = scope.check(source);
    const refs = checked.ok ? checked.stepRefs : [];
    expect(refs.map(({ step, field, start, end }) => [step, field, source.slice(start, end)])).toEqual([
      ['health', 'ms', 'steps.health.ms'],
      ['migrate', 'ms', 'steps.migrate.ms'],
    ]);
  });
});

describe('problems', () => {
  test('every unknown name of one expression is reported at once, at its place, with the nearest name', () => {
    expect(problems('verson == "1" && steps.helth.ms < 3 && output.matches("(a") && out == ""')).toEqual([
      '"verson": there is no variable verson (did you mean version?)',
      '"steps.helth.ms": there is no step helth (did you mean health?)',
      '"\\"(a\\"": wrong pattern: missing closing ): `(a` (patterns have RE2 syntax; in CEL text a backslash is written twice, or the text begins with r")',
      '"out": there is no variable out (available here: exit, output, json, ms, files, headers, version, replicas, rate, ready, hosts)',
    ]);
  });

  test('every operand of && and || with a wrong type is reported', () => {
    expect(problems('exit == "0" && ms < "3" || ready')).toEqual([
      '"exit == \\"0\\"": int == string is not possible (convert with int(…) or string(…), or quote the number)',
      '"ms < \\"3\\"": int < string is not possible (convert with int(…) or string(…), or quote the number)',
    ]);
  });

  test.each([
    ['', '"": the expression is empty ()'],
    ['exit = 0', '"=": unexpected = (compare with ==)'],
    ['exit == ', '"": the expression ends too early ()'],
    [
      '"a" in output',
      '"\\"a\\" in output": string in string is not possible (to look for text inside text write text.contains("a"))',
    ],
    ['$version == "1"', '"$": unexpected $ (an expression names a variable without $: version == "1.0")'],
    ['contains(output, "a")', '"contains(output, \\"a\\")": contains() is called on a value (write value.contains(…))'],
    ['output.contans("a")', '"output.contans(\\"a\\")": there is no function contans() (did you mean contains?)'],
    ['output.re2find("a")', expect.stringContaining('there is no function re2find()')],
    [
      'steps.health',
      '"steps.health": steps.health needs a field (write steps.ID.FIELD, with one of the fields status, exit, ms, visits, captured, hosts)',
    ],
    ['steps.health.code == 0', '"steps.health.code": step health has no code (its fields: status, exit, ms, visits)'],
    ['steps[version].ms', expect.stringContaining('steps needs the id of a step')],
    ['steps.health.exit == "0"', expect.stringContaining('int == string is not possible')],
    ['99999999999999999999 == 1', expect.stringContaining('does not fit 64 bits')],
    ['ready == "true"', expect.stringContaining('write true and false without quotes')],
    [`${'!'.repeat(9000)}ready`, expect.stringContaining('nested too deeply')],
    [`"${'a'.repeat(20_000)}" == version`, expect.stringContaining('longer than 10000 characters')],
  ])('case %#', (source, problem) => {
    expect(problems(source)).toEqual([problem]);
  });
});

test('the same expressions in 10,000 scopes are checked in about a second', () => {
  const start = performance.now();
  for (let i = 0; i < 10_000; i += 1) {
    const own = compileScope({ ...names, extra: { ...names.extra } });
    expect(own.check(`exit == ${i} && ms < 500 && json.n == ${i}`).ok).toBe(true);
  }
  expect(performance.now() - start).toBeLessThan(5000);
});
