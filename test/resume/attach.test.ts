/** A command outlives gonogo: killed at any point, it is found again by `resume` and never started a second time. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench, isRunning, until, waitsFor } from './gonogo.ts';

test('attach: after kill -9 the command goes on, and resume records its real exit status and all of its output', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Migrate
phases:
  deploy:
    - id: migrate
      run: |
        echo first line
        ${waitsFor('go')}
        echo last line
        echo ran >> log
        exit 3
      expect: exit == 3
    - id: after
      run: echo after >> log
`,
  );
  const driver = bench.start(['run', file]);
  const pid = await bench.supervisor('migrate');
  await driver.kill();
  expect(isRunning(pid)).toBe(true);
  expect(bench.types()).not.toContain('attempt.ended');

  const resumed = bench.start(['resume']);
  await until('the run is resumed', () => bench.types().includes('run.resumed'));
  expect(isRunning(pid)).toBe(true);
  bench.release('go');
  expect(await resumed.ended).toMatchObject({ code: 0 });

  expect(bench.lines('log')).toEqual(['ran', 'after']);
  expect(bench.starts('migrate')).toBe(1);
  const end = bench.events().find((event) => event.type === 'attempt.ended');
  expect(end?.data).toMatchObject({ step: 'migrate', ok: true, exit: 3 });
  const output = readFileSync(join(bench.attempt('migrate'), 'output.log'), 'utf8');
  expect(output).toBe('first line\nlast line\n');
  expect(end?.data).toMatchObject({ evidence: [{ bytes: Buffer.byteLength(output) }] });
});

test('attach: a command that ended while nobody looked is recorded with its status, not run again', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Migrate
phases: { deploy: [{ id: migrate, run: '${waitsFor('go')}; echo ran >> log; exit 7' }] }
`,
  );
  const driver = bench.start(['run', file]);
  await bench.supervisor('migrate');
  await driver.kill();
  bench.release('go');
  await until('the command ended', () => existsSync(join(bench.attempt('migrate'), 'exit')));
  const resumed = await bench.gonogo('resume');
  expect(resumed.code).toBe(3);
  expect(resumed.stderr).toContain('migrate failed');
  expect(resumed.stdout).toContain('exit 7');
  expect(bench.lines('log')).toEqual(['ran']);
});

test('attach: the timeout holds with nobody attached, counted from the start of the command', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Hangs
phases: { deploy: [{ id: hangs, run: 'echo begun; sleep 600; echo survived >> log', timeout: 1500ms }] }
`,
  );
  const driver = bench.start(['run', file]);
  const pid = await bench.supervisor('hangs');
  await driver.kill();
  await until('the timeout has passed', () => !isRunning(pid));
  const resumed = await bench.gonogo('resume');
  expect(resumed).toMatchObject({ code: 3 });
  expect(resumed.stdout).toMatch(/failed +hangs .*timed out after/);
  expect(bench.lines('log')).toEqual([]);
  expect(bench.starts('hangs')).toBe(1);
  const end = bench.events().find((event) => event.type === 'attempt.ended');
  const ms = end?.type === 'attempt.ended' ? end.data.ms : 0;
  expect(ms).toBeGreaterThanOrEqual(1500);
});

test('attach: steps in parallel are each found again, one that ended and one that still runs', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Side by side
phases:
  deploy:
    - id: both
      parallel:
        - { id: quick, run: 'echo quick >> log; ${waitsFor('quick-may-end')}' }
        - { id: slow, run: 'echo slow >> log; ${waitsFor('slow-may-end')}', capture: seen }
        - { id: third, run: '${waitsFor('slow-may-end')}; exit 4', on_fail: continue }
vars: { seen: {} }
`,
  );
  const driver = bench.start(['run', file]);
  for (const step of ['quick', 'slow', 'third']) await bench.supervisor(step);
  await driver.kill();
  bench.release('quick-may-end');
  await until('the quick one ended', () => existsSync(join(bench.attempt('quick'), 'exit')));
  const resumed = bench.start(['resume']);
  await until('the quick one is recorded', () =>
    bench.events().some((event) => event.type === 'step.passed' && event.data.step === 'quick'),
  );
  bench.release('slow-may-end');
  expect(await resumed.ended).toMatchObject({ code: 1 });
  expect([...bench.lines('log')].sort()).toEqual(['quick', 'slow']);
  for (const step of ['both', 'quick', 'slow', 'third']) expect(bench.starts(step)).toBe(1);
  expect(bench.stateNow().steps.get('third')?.visits.at(-1)).toMatchObject({ status: 'failed', passedOver: true });
});

test('attach: a live command whose supervisor was killed is waited for, never run again, and then in doubt', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Orphan
phases: { deploy: [{ id: orphan, run: 'echo begun >> log; ${waitsFor('go')}; echo ended >> log' }] }
`,
  );
  const driver = bench.start(['run', file]);
  const pid = await bench.supervisor('orphan');
  await until('the command runs', () => bench.lines('log').length === 1);
  await driver.kill();
  process.kill(pid, 'SIGKILL');
  await until('the supervisor is gone', () => !isRunning(pid));

  const resumed = bench.start(['resume']);
  await until('the run is resumed', () => bench.types().includes('run.resumed'));
  const held = await bench.gonogo('resume');
  expect(held.code).toBe(4);
  expect(bench.types()).not.toContain('attempt.in_doubt');
  bench.release('go');
  expect(await resumed.ended).toMatchObject({ code: 3 });
  expect(bench.lines('log')).toEqual(['begun', 'ended']);
  expect(bench.starts('orphan')).toBe(1);
  expect(bench.types()).toContain('attempt.in_doubt');
});

test('attach: a resume that is killed as well leaves the command to the next one', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Again and again
phases: { deploy: [{ id: long, run: 'echo begun >> log; ${waitsFor('go')}' }] }
`,
  );
  await (async () => {
    const driver = bench.start(['run', file]);
    await bench.supervisor('long');
    await driver.kill();
  })();
  for (let round = 1; round <= 3; round += 1) {
    const resumed = bench.start(['resume']);
    await until(`resume ${round}`, () => bench.types().filter((type) => type === 'run.resumed').length === round);
    await resumed.kill();
  }
  bench.release('go');
  expect(await bench.gonogo('resume')).toMatchObject({ code: 0 });
  expect(bench.lines('log')).toEqual(['begun']);
  expect(bench.starts('long')).toBe(1);
});

test('attach: a command that has its secret already needs it no more, neither in the environment nor from a person', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Secret
vars: { token: { env: RESUME_TOKEN, secret: true } }
phases:
  deploy:
    - { id: long, run: 'echo "$TOKEN" | wc -c >> log; ${waitsFor('go')}', env: { TOKEN: '\${{ token }}' } }
    - { id: next, run: 'echo next >> log', env: { TOKEN: '\${{ token }}' } }
`,
  );
  const driver = bench.start(['run', file], { env: { RESUME_TOKEN: 'correct horse' } });
  await bench.supervisor('long');
  await until('the command runs', () => bench.lines('log').length === 1);
  await driver.kill();
  const resumed = bench.start(['resume']);
  await until('the run is resumed', () => bench.types().includes('run.resumed'));
  bench.release('go');
  const ended = await resumed.ended;
  expect(ended.stdout).toContain('passed     long');
  expect(ended.code).toBe(3);
  expect(ended.stderr).toContain('RESUME_TOKEN');
  expect(bench.lines('log')).toEqual(['14']);
  const answers = bench.write('answers.yaml', 'next: { retry: it is there again }');
  const again = bench.start(['resume', '--answers', answers], { env: { RESUME_TOKEN: 'correct horse' } });
  expect(await again.ended).toMatchObject({ code: 0 });
  expect(bench.lines('log')).toEqual(['14', 'next']);
});
