/** What a page writes out for a variable, and what its reader answers: one thing, and the answer is what runs. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { assignmentsIn } from '../../src/authoring/import/shell-assignments.ts';
import { namesWanted } from '../../src/authoring/import/shell-names.ts';
import { imported, member, plain, scriptsIn } from './pages.ts';

/** A page of one fence for each script. */
const page = (...scripts: readonly string[]): string =>
  `# T\n\n## Go\n\n${scripts.map((script) => `\`\`\`bash\n${script}\n\`\`\`\n`).join('\nThen:\n\n')}`;

/** What step `index` prints when every variable of the document has the answer in `answers`, or its default. */
function printed(value: unknown, answers: Readonly<Record<string, string>>, index = 0): string {
  const vars = Object(member(value, 'vars') ?? {});
  const given = Object.fromEntries(
    Object.keys(vars).map((name) => [name, answers[name] ?? String(member(vars, name, 'default') ?? '')]),
  );
  const step = member(value, 'phases', 'go', index);
  const env = Object.entries(Object(member(step, 'env') ?? {})).map(([name, template]) => [
    name,
    given[/^\$\{\{ (\w+) \}\}$/.exec(String(template))?.[1] ?? ''] ?? '',
  ]);
  return execFileSync('bash', ['--norc', '-euc', String(member(step, 'run'))], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...given, ...Object.fromEntries(env) },
  });
}

describe('the answer runs, not the example of the page', () => {
  test.each([
    'export REGION=eu-west-1\necho "$REGION"',
    'REGION=eu-west-1\necho "$REGION"',
    'readonly REGION=eu-west-1\necho "$REGION"',
    'declare -x REGION=eu-west-1\necho "$REGION"',
    'typeset -rx REGION=eu-west-1; echo $REGION',
    'export REGION="eu-west-1" # the usual one\necho "$REGION"',
    "export REGION='eu-west-1'\necho $REGION",
    'export REGION="eu"-west-\'1\'\necho $REGION',
    'export OTHER=b REGION=eu-west-1\necho "$REGION"',
    'export REGION=eu-west-1 && echo "$REGION"',
    'export REGION=eu-west-1; echo "$REGION"',
    'if true; then export REGION=eu-west-1; fi; echo "$REGION"',
    'export \\\n  OTHER=b \\\n  REGION=eu-west-1\necho "$REGION"',
    'export REGION\nREGION=eu-west-1\necho "$REGION"',
  ])('%j', (script) => {
    const value = plain(imported(page(script)));
    expect(member(value, 'vars', 'region')).toEqual({ ask: 'REGION', default: 'eu-west-1' });
    expect(printed(value, { region: "us $(id) 'q'" }).trim()).toBe("us $(id) 'q'");
    expect(printed(value, {}).trim()).toBe('eu-west-1');
  });

  test('also where the page sets it for one command, and it is asked for elsewhere', () => {
    for (const script of ['REGION=a env', 'env -i REGION=a env', 'sudo() { "$@"; }; REGION=a sh -c env']) {
      const value = plain(imported(page(script, 'echo "$REGION"')));
      expect(printed(value, { region: 'mine' })).toContain('REGION=mine\n');
      expect(printed(value, { region: 'mine' }, 1)).toBe('mine\n');
    }
  });

  test('also for a placeholder, which is asked for once', () => {
    const value = plain(
      imported(page('export CLUSTER=<cluster-name>\necho "$CLUSTER"', 'echo "$CLUSTER" <cluster-name>')),
    );
    expect(member(value, 'vars')).toEqual({ cluster_name: { ask: 'cluster-name' } });
    expect(printed(value, { cluster_name: 'c1' })).toBe('c1\n');
    expect(printed(value, { cluster_name: 'c1' }, 1)).toBe('c1 c1\n');
  });
});

test('a name that a script of the page uses for something else is not the name of the variable', () => {
  const value = plain(imported(page('region=x\nexport REGION=eu\necho "$region $REGION"')));
  expect(printed(value, { region_2: 'mine' })).toBe('x mine\n');
});

test('several on one line are all asked for', () => {
  const value = plain(imported(page('export A=1 B="two words"', 'echo "$A$B"')));
  expect(member(value, 'vars')).toEqual({ a: { ask: 'A', default: '1' }, b: { ask: 'B', default: 'two words' } });
  expect(scriptsIn(value)).toEqual(['echo "$A$B"']);
});

test('what is exported reaches the commands after it, as it would in one shell', () => {
  const value = plain(imported(page('env', 'export AWS_PROFILE=staging', 'env', 'AWS_PROFILE=x env')));
  expect(printed(value, { aws_profile: 'mine' }, 0)).not.toContain('AWS_PROFILE');
  expect(printed(value, { aws_profile: 'mine' }, 2)).toContain('AWS_PROFILE=mine\n');
});

test('a second value of the page is a second question, and holds from there on', () => {
  const { document } = imported(page('export ENV=staging', 'echo "$ENV"', 'export ENV=production', 'echo "$ENV"'));
  const value = plain({ document, kind: 'runbook', commands: 0, steps: 0, variables: 0, notes: [] });
  expect(member(value, 'vars')).toEqual({
    env: { ask: 'ENV', default: 'staging' },
    env_2: { ask: 'ENV (where the page says production)', default: 'production' },
  });
  expect([1, 3].map((index) => printed(value, {}, index))).toEqual(['staging\n', 'production\n']);
});

test('a value that a command computes stays a command, and that is said', () => {
  const script = 'NODE=$(printf n1)\necho "$NODE"x';
  const result = imported(page(script, 'echo "$NODE"'));
  const value = plain(result);
  expect(scriptsIn(value)[0]).toBe(script);
  expect(member(value, 'vars', 'node')).toEqual({ ask: 'NODE' });
  expect(result.notes.map(({ message }) => message)).toContain(
    'NODE is set by this command itself; the answer to NODE holds only elsewhere',
  );
  expect(member(plain(imported(page('export A=1 B=$(date)\necho "$A$B"'))), 'vars')).toEqual({
    a: { ask: 'A', default: '1' },
  });
});

test('a secret of the page is asked for, and its example is kept out of the command', () => {
  const value = plain(imported(page('export API_TOKEN=abc123\necho "$API_TOKEN"')));
  expect(member(value, 'vars')).toEqual({ api_token: { ask: 'API_TOKEN', secret: true } });
  expect(scriptsIn(value)).toEqual(['export API_TOKEN="$api_token"\necho "$API_TOKEN"']);
  expect(member(value, 'phases', 'go', 0, 'env')).toEqual({ api_token: '${{ api_token }}' });
});

test('a fallback of the script gives way to an answer', () => {
  const value = plain(imported(page('echo "${REGION:-eu}"', 'REGION=${REGION:-eu}; echo "$REGION"', 'echo "$REGION"')));
  expect([0, 1, 2].map((index) => printed(value, { region: 'mine' }, index))).toEqual(['mine\n', 'mine\n', 'mine\n']);
});

test.each([
  ['docker run -e REGION=eu x "A=1"', []],
  ['make A=1', []],
  ['A=1 make', ['A:command']],
  ["cat <<'X' > f\nA=1\nX\nB=2", ['B:shell']],
  ['for A in b c; do D=$A; done', ['A:taken', 'D:shell']],
  ['read -r -p "Which B=1? " A', ['A:taken']],
  ['(( A = 1 ))\nB=(c d)', ['B:shell']],
  ['x="$(C=1; echo $C)"', ['x:shell', 'C:taken']],
  ['printf -v A %s b', ['A:taken']],
  ['f() { local A=1 B; }', ['A:shell', 'B:taken']],
  ['echo a > B=1 2>&1; C=3', ['C:shell']],
  ['# A=1\necho # B=1', []],
])('%j sets only what a shell sets', (script, names) => {
  expect(assignmentsIn(script).map(({ name, kind }) => `${name}:${kind}`)).toEqual(names);
});

test.each([
  ['echo $A ${B} "${C%.*}" \'$D\'', ['A', 'B', 'C']],
  ['A=1; echo $A', []],
  ['A="$A b"; echo $A', ['A']],
  ['A=1 echo $A', ['A']],
  ['echo ${A:-1} ${B?no}', ['A?', 'B']],
  ['while read -r A; do echo $A; done', []],
])('%j wants only what it does not set', (script, names) => {
  expect(namesWanted(script).map(({ name, optional }) => `${name}${optional ? '?' : ''}`)).toEqual(names);
});
