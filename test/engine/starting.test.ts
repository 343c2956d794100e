/** What a run starts with: where values and answers may come from, and what keeps it from starting at all. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseEnvText } from '../../src/runbook/env-text.ts';
import { Stage, statuses } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));

/** A line of bash in the folder, in which `$G` is gonogo. */
function bash(line: string, env: Record<string, string> = {}) {
  const G = `${process.execPath} ${gonogo}`;
  const all = { ...process.env, GONOGO_STATE: stage.path('state'), G, ...env };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', line], { cwd: stage.folder, env: all, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

const document = `runbook: Test
vars:
  name: { env: THE_NAME, default: nobody }
  notes: { ask: Notes }
phases:
  all:
    - { id: say, run: 'printf "%s|%s" "$name" "$notes" > said' }
    - { id: hand, manual: By hand }
`;

describe('values and answers', () => {
  const forms: readonly [string, string, string][] = [
    ['YAML', 'name: Ada\nnotes: "a\\nb"\n', 'Ada|a\nb'],
    ['JSON', '{"name": "Ada", "notes": "a\\nb"}', 'Ada|a\nb'],
    ['.env', '# c\nexport THE_NAME=Ada # who\nnotes="a\nb"\nOTHER=1\n', 'Ada|a\nb'],
  ];

  test.each(forms)('%s gives values, from a file, a pipe, and standard input', (_, text, said) => {
    stage.write('runbook.yaml', document);
    stage.write('values', text);
    stage.write('answers', 'hand: done\n');
    for (const line of [
      '$G run runbook.yaml --headless --vars values --answers answers',
      '$G run runbook.yaml --headless --vars - --answers <(cat answers) < values',
      'cat answers | $G run runbook.yaml --headless --vars <(cat values) --answers /dev/stdin',
    ]) {
      const ended = bash(line);
      expect([ended.code, ended.stderr.includes('no variable OTHER; ignored')]).toEqual([0, text.includes('OTHER')]);
      expect(stage.read('said')).toBe(said);
    }
  });

  test('standard input is read once, and a pipe that is no text is bad input', () => {
    stage.write('runbook.yaml', document);
    const twice = bash('echo x | $G run runbook.yaml --headless --vars - --answers -');
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('is read once') });
    const binary = bash("printf 'a\\0b' | $G run runbook.yaml --headless --vars -");
    expect(binary).toMatchObject({ code: 2, stderr: expect.stringContaining('binary') });
    expect(stage.has('state')).toBe(false);
  });

  test('a run that was answered from a pipe is resumed without it', () => {
    stage.write('runbook.yaml', document);
    const paused = bash('echo "notes: x" | $G run runbook.yaml --headless --answers /dev/stdin');
    expect(paused.code).toBe(3);
    expect(bash('$G resume latest --headless < /dev/null').code).toBe(3);
    expect(bash('echo "hand: done" | $G resume latest --headless --answers -').code).toBe(0);
  });

  test('lines of a .env file', () => {
    const read = (text: string) => parseEnvText(text);
    expect(read(`A=1\r\n B = two words # c\nC='x\n# y'\nD="a\\"b\nc"\nE=\n`)).toEqual({
      ok: true,
      values: { A: '1', B: 'two words', C: 'x\n# y', D: 'a"b\nc', E: '' },
    });
    expect(read('A=1\n\nwords\n')).toEqual({ ok: false, line: 3 });
    expect(read('A="x" y\n')).toEqual({ ok: false, line: 1 });
  });
});

describe('what cannot end does not start', () => {
  test('all that is missing is said at once, and nothing is made', () => {
    stage.write(
      'runbook.yaml',
      `runbook: Test
needs: { no-such-one: npm install -g no-such-one, bash: , no-such-two: , no-such-four: null }
vars:
  region: { env: NO_REGION }
  token: { env: NO_TOKEN, secret: true }
  other: { from: [no-such-three], secret: true }
  asked: { env: NO_ASKED, ask: Which }
  given: { env: NO_GIVEN, default: x }
target: { name: db-1, identity: { check: cat name || echo db-2, expect: 'stdout == "db-1"' } }
phases:
  all: [{ id: a, run: echo a >> log }]
`,
    );
    const ended = bash('$G run runbook.yaml --headless');
    expect(ended.code).toBe(2);
    expect(ended.stderr.trim().split('\n')).toEqual([
      'gonogo: variable other (in the document): there is no program no-such-three to get it from',
      'program no-such-one: the document needs it, and it is not on PATH; to install it: npm install -g no-such-one',
      'program no-such-two: the document needs it, and it is not on PATH',
      'program no-such-four: the document needs it, and it is not on PATH',
      'variable region (environment variable NO_REGION): it is not set, and nothing else gives the value',
      'variable token (environment variable NO_TOKEN): it is not set, and nothing else gives the secret',
      'target db-1: its identity (cat name || echo db-2) is not what the document expects: expected stdout == "db-1", but stdout = "db-2"',
    ]);
    expect([stage.has('state'), stage.has('log')]).toEqual([false, false]);
    const env = { NO_TOKEN: 'hunter2hunter2', PATH: `${stage.folder}:${process.env['PATH']}` };
    for (const name of ['no-such-one', 'no-such-two', 'no-such-three', 'no-such-four'])
      stage.write(name, '#!/bin/sh\necho hunter3\n', 0o755);
    stage.write('name', 'db-1');
    expect(bash('$G run runbook.yaml --headless --var region=eu --var asked=x', env).code).toBe(0);
    const plan = bash('$G plan runbook.yaml').stdout;
    expect(plan).toContain('needs: no-such-one (npm install -g no-such-one)');
    expect(plan).toMatch(/^needs: no-such-four$/m);
  });
});

test.each([
  ['[no-such-five]', 'command not found: no-such-five (exit 127)'],
  ['echo db-1; exit 3', 'exit 3'],
])('an identity (%s) that cannot be read before the start is not said to differ', (check, why) => {
  stage.write(
    'runbook.yaml',
    `runbook: R\ntarget: { name: db-1, identity: { check: ${check}, expect: 'stdout == "db-1"' } }\nphases: { all: [{ run: echo a >> log }] }\n`,
  );
  const ended = bash('$G run runbook.yaml --headless');
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain(`cannot be read: ${why}`);
  expect(ended.stderr).not.toContain('is not what the document expects');
});

test('list says where it looked, and an empty GONOGO_STATE is none', () => {
  const elsewhere = bash('$G list', { GONOGO_STATE: '' });
  expect(elsewhere.stderr).toBe(`no runs yet in ${stage.path('state')}; hint: gonogo run FILE, or gonogo demo\n`);
  stage.write('runbook.yaml', 'runbook: Test\nphases: { all: [{ check: echo }] }\n');
  expect(bash('$G run runbook.yaml --headless', { GONOGO_STATE: '' }).code).toBe(0);
  expect(bash('$G list').stderr).toBe(`runs in ${stage.path('state')}\n`);
});

test('text that is not UTF-8 is captured by no step', async () => {
  const url = await stage.serve(() => ({ status: 200, body: 'fine ä' }));
  stage.write('bad.txt', '');
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
vars: { a: {}, b: {}, c: {}, d: {}, e: {} }
phases:
  all:
    - { id: printed, check: "printf 'a\\\\xffb'", capture: a, on_fail: continue }
    - { id: seen, check: "printf 'a\\\\xffb'", expect: exit == 0, capture: { b: '"no field"' }, on_fail: continue }
    - { id: aside, check: "printf good; printf '\\\\xff' >&2", capture: c, on_fail: continue }
    - { id: file, check: "printf '\\\\xff' > bad.txt" }
    - { id: read, file: bad.txt, capture: d, on_fail: continue }
    - { id: web, http: "${url}", capture: e }
`,
  );
  expect((await stage.headless(file)).code).toBe(1);
  const shown = await stage.shown();
  expect(statuses(shown)).toMatchObject({
    printed: 'failed',
    seen: 'passed',
    aside: 'passed',
    read: 'failed',
    web: 'passed',
  });
  expect(shown.steps[0]?.reason).toBe('could not capture a: what was read is not UTF-8 text');
  expect(shown.vars).toMatchObject({ b: 'no field', c: 'good', e: 'fine ä' });
});
