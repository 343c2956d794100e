/** The cause of a failure comes to the reader: the end of what a step printed, without our own paths, and all of it by `logs`. */
import { expect, test } from 'vitest';
import { Bench, until, waitsFor } from './gonogo.ts';

const document = `runbook: Build
phases:
  build:
    - id: fetch
      check: |
        printf '\\r10%%\\r100%% done\\n'
        echo '{"tag": 1}'
        echo 'warning: slow mirror' >&2
      expect: json == null || true
    - id: compile
      run: |
        for i in $(seq 1 30); do echo "object $i"; done
        no_such_compiler --all
`;

test('headless, show and watch print the end of a failed step; logs prints all, sanitised, whole or of one step', async () => {
  const bench = new Bench();
  const ran = await bench.gonogo('run', bench.write('run.yaml', document), '--headless');
  expect(ran.code).toBe(3);
  for (const text of [ran.stdout, (await bench.gonogo('show', 'latest')).stdout]) {
    expect(text).toContain('  | object 30\n  | line 2: no_such_compiler: command not found\n');
    expect(text).not.toContain('  | object 20\n');
    expect(text).not.toContain('/script');
  }
  const all = await bench.gonogo('logs', 'latest');
  expect(all.stdout.split('\n').slice(0, 7)).toEqual([
    '== fetch: Fetch ==',
    '100% done',
    '{"tag": 1}',
    '-- Standard error --',
    'warning: slow mirror',
    '== compile: Compile ==',
    'object 1',
  ]);
  const failed = await bench.gonogo('logs', 'latest', '--failed');
  expect(failed.stdout).toMatch(/^== compile: Compile ==\nobject 1\n/);
  expect((await bench.gonogo('logs', 'latest', 'fetch')).stdout).toMatch(/^100% done\n/);
  const wrong = await bench.gonogo('logs', 'latest', 'fetsch');
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringContaining('has no step "fetsch"; its steps are: fetch, compile'),
  ]);
});

test('logs --follow prints what comes while the run goes on, and ends with it', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Two
phases: { a: [{ id: one, run: "echo begun; ${waitsFor('go')}; echo over" }, { id: two, run: echo last }] }
`,
  );
  const driver = bench.start(['run', file, '--headless']);
  await bench.supervisor('one');
  const follower = bench.start(['logs', 'latest', '--follow']);
  await until('it is followed', () => follower.stdout().includes('begun'));
  bench.release('go');
  expect((await driver.ended).code).toBe(0);
  expect(await follower.ended).toMatchObject({
    code: 0,
    stdout: '== one: One ==\nbegun\nover\n== two: Two ==\nlast\n',
  });
});
