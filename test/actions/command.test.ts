import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/run/judge.ts';
import { actionNamed, contextOf, perform, untilExists, workFolder } from './bench.ts';

describe('run and check', () => {
  test('a script gets its variables from the environment and runs in its folder', async () => {
    const cwd = workFolder({ 'here.txt': 'in place\n' });
    const env = { without: [], set: { version: 'v1; rm -rf /' } };
    const { fields, exit, reason } = await perform('check', 'cat here.txt; echo "$version"', { cwd, env });
    expect({ exit, reason, output: fields['output'] }).toEqual({
      exit: 0,
      reason: null,
      output: 'in place\nv1; rm -rf /\n',
    });
  });

  test('the first command that fails ends the script, also inside a pipe', async () => {
    const { fields, exit } = await perform('run', 'false | cat\necho never');
    expect({ exit, output: fields['output'] }).toEqual({ exit: 1, output: '' });
  });

  test('shell: changes the interpreter', async () => {
    const { fields } = await perform('check', { script: 'false\necho "still $0"', shell: 'sh' });
    expect(fields['output']).toMatch(/^still /);
  });

  test('a list runs without a shell', async () => {
    const { fields } = await perform('check', ['printf', '%s|', '$HOME', 'a b']);
    expect(fields['output']).toBe('$HOME|a b|');
  });

  test('standard output is kept apart and read as JSON when a step asks for it', async () => {
    const script = `echo noise >&2; echo ' {"n": 9007199254740993} '`;
    const { fields, evidence } = await perform('check', script, { readsStdout: true });
    expect(fields).toMatchObject({ stdout: '{"n": 9007199254740993}', json: { n: 9007199254740993n } });
    expect(fields['output']).toContain('noise');
    expect(evidence.map(({ path }) => path)).toEqual(['steps/001-step/1/output.log', 'steps/001-step/1/stderr.log']);
  });

  test('output that is no JSON says so when json is used', async () => {
    const { fields, absent } = await perform('check', 'echo up', { readsStdout: true });
    expect(fields).not.toHaveProperty('json');
    expect(absent).toEqual({ json: 'standard output is not JSON: not a JSON value (line 1, column 1)' });
  });

  test('evidence covers all of the output', async () => {
    const runFolder = workFolder();
    const { evidence } = await perform('run', 'echo one; echo two >&2', { runFolder });
    const log = readFileSync(`${runFolder}/steps/001-step/1/output.log`);
    const sha256 = createHash('sha256').update(log).digest('hex');
    expect(log.toString()).toBe('one\ntwo\n');
    expect(evidence).toEqual([{ path: 'steps/001-step/1/output.log', bytes: 8, sha256 }]);
  });

  test('of large output the end is seen, all of it is evidence, and none of the rest is held in memory', async () => {
    const before = process.memoryUsage().rss;
    const { fields, evidence } = await perform('run', 'head -c 134217728 /dev/zero; printf "the end"');
    expect(evidence[0]?.bytes).toBe(134_217_728 + 7);
    const output = String(fields['output']);
    expect(output.length).toBe(1024 * 1024);
    expect(output.endsWith('the end')).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  test.each([
    ['exit 3', 'exit 3'],
    ['kill -9 $$', 'killed by signal 9 (KILL): somebody ended it, or the machine had no memory left (see dmesg)'],
    [
      'no-such-command-here',
      'command not found: no-such-command-here (exit 127): install it, or put its folder on PATH',
    ],
  ])('%s fails as "%s"', async (script, reason) => {
    const measured = await perform('run', script);
    const body = { expect: [], capture: {} };
    const spec = actionNamed('run');
    expect(judge({ body, spec, measured, values: {}, variables: {}, secrets: [] }).reason).toBe(reason);
  });

  test('a command in a list that does not exist fails with its name', async () => {
    const measured = await perform('run', ['no-such-command-here', 'x']);
    const body = { expect: [], capture: {} };
    const spec = actionNamed('run');
    const judged = judge({ body, spec, measured, values: {}, variables: {}, secrets: [] });
    expect(judged.reason).toBe(
      'command not found: no-such-command-here (exit 127): install it, or put its folder on PATH',
    );
  });

  test('a command that takes longer than its timeout is ended', async () => {
    const { reason } = await perform('run', 'sleep 600', { timeoutMs: 200 });
    expect(reason).toBe('timed out after 200ms');
  });

  test('a folder that does not exist is a reason, and nothing ran', async () => {
    const reading = await actionNamed('run').perform?.(contextOf('run', 'true', { cwd: '/does/not/exist' }));
    expect(reading).toEqual({
      kind: 'never-began',
      why: { cause: 'refused', reason: 'cannot run in /does/not/exist: the folder does not exist' },
    });
  });

  test('leaving does not end the command; recovering finds its outcome', async () => {
    const cwd = workFolder();
    const leaving = new AbortController();
    const context = contextOf('run', 'until test -e go; do sleep 0.02; done; echo done', {
      cwd,
      leave: leaving.signal,
    });
    const run = actionNamed('run');
    const first = run.perform?.(context);
    await untilExists(`${context.folder}/claim`);
    leaving.abort();
    expect(await first).toEqual({ kind: 'left' });
    const second = run.recover?.({ ...context, leave: new AbortController().signal });
    await perform('run', 'touch go', { cwd });
    expect(await second).toMatchObject({ kind: 'read', exit: 0, fields: { output: 'done\n' } });
  });

  test('stop ends the command and all that it started', async () => {
    const context = contextOf('run', 'sleep 600 & touch started; sleep 600');
    const run = actionNamed('run');
    const reading = run.perform?.(context);
    await untilExists(`${context.cwd}/started`);
    expect(await run.stop?.(context)).toEqual({ kind: 'ended' });
    expect(await reading).toMatchObject({ kind: 'read', exit: 143 });
  });

  test('a secret in the output is masked in the evidence and in what expressions see', async () => {
    const runFolder = workFolder();
    const env = { without: [], set: { token: 'hunter2hunter2' } };
    const { fields } = await perform('run', 'echo "token is $token"', { runFolder, env, secrets: ['hunter2hunter2'] });
    expect(fields['output']).toBe('token is •••\n');
    expect(existsSync(`${runFolder}/steps/001-step/1/output.log`)).toBe(true);
    expect(readFileSync(`${runFolder}/steps/001-step/1/output.log`, 'utf8')).not.toContain('hunter2');
  });
});

describe('as a spec', () => {
  const run = actionNamed('run');

  test('only a script keeps its templates', () => {
    expect(run.isScript(run.params.parse('echo x'), ['script'])).toBe(true);
    expect(run.isScript(run.params.parse(['echo', 'x']), ['argv', 1])).toBe(false);
  });

  test.each([
    ['\n  make deploy  \n', 'make deploy'],
    ['make a\nmake b', 'make a …'],
    [['git', 'tag', 'a b', "it's"], `git tag 'a b' 'it'\\''s'`],
    ['x'.repeat(300), `${'x'.repeat(199)}…`],
  ])('summary of case %#', (value, summary) => {
    expect(run.summary(run.params.parse(value))).toBe(summary);
  });

  test('its own parameters pass its schema again', () => {
    for (const value of ['echo x', ['echo', 'x'], { script: 'x', shell: ['sh', '-e'] }]) {
      const params = run.params.parse(value);
      expect(run.params.parse(params)).toEqual(params);
    }
  });

  test.each([[[]], [{}], [{ script: 'a', argv: ['b'] }], [{ script: 'a', shel: 'b' }], [{ argv: ['a'], shell: 'b' }]])(
    '%j is refused',
    (value) => {
      expect(run.params.safeParse(value).success).toBe(false);
    },
  );
});
