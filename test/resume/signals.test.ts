/** A signal lets go of the run and leaves its command to itself. */
import { expect, test } from 'vitest';
import { Bench, isRunning, until, waitsFor } from './gonogo.ts';

const document = `runbook: Long
phases: { deploy: [{ id: long, run: 'echo begun >> log; ${waitsFor('go')}; echo ended >> log' }] }
`;

test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
  'signals: %s saves the state (130), the command goes on, and resume finds it',
  async (signal) => {
    const bench = new Bench();
    const driver = bench.start(['run', bench.write('run.yaml', document)]);
    const pid = await bench.supervisor('long');
    await until('the command runs', () => bench.lines('log').length === 1);
    driver.child.kill(signal);
    driver.child.kill(signal);
    const left = await driver.ended;
    expect(left.code).toBe(130);
    expect(left.stderr).toMatch(/hint: gonogo resume /);
    expect(bench.events().at(-1)).toMatchObject({ type: 'run.paused', data: { reason: 'interrupted' } });
    expect(isRunning(pid)).toBe(true);
    bench.release('go');
    await until('it ended by itself', () => !isRunning(pid));
    expect((await bench.gonogo('resume')).code).toBe(0);
    expect(bench.lines('log')).toEqual(['begun', 'ended']);
    expect(bench.starts('long')).toBe(1);
  },
);

test('signals: between the tries of a retry, the next try waits for resume', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Retry
phases: { verify: [{ id: health, check: 'echo look >> log; [ -e up ]', retry: { times: 3, every: 10m } }] }
`,
  );
  const driver = bench.start(['run', file]);
  await until('the first try failed', () => bench.types().includes('attempt.ended'));
  driver.child.kill('SIGTERM');
  expect(await driver.ended).toMatchObject({ code: 130 });
  expect(bench.lines('log')).toEqual(['look']);
  const resumed = bench.start(['resume']);
  // Said once it listens; until then a signal ends it as any process.
  await until('it drives the run', () => resumed.stderr().includes('run '));
  resumed.child.kill('SIGTERM');
  expect(await resumed.ended).toMatchObject({ code: 130 });
  // The time of the next try counts from the last one, not from the resume.
  expect(bench.starts('health')).toBe(1);
});
