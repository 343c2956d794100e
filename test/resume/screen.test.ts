/** Resuming at a terminal: the output from its start, the question of doubt with its three ways out, nothing run unasked. */
import { expect, test } from 'vitest';
import { startPty } from '../tui/pty.ts';
import { Bench, bin, isRunning, until, waitsFor } from './gonogo.ts';

test('screen: resume shows the output from its start, then asks about the doubt, and settles it with a reason', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Cut off
phases:
  deploy:
    - id: change
      run: |
        echo change >> log
        echo the first line it said
        ${waitsFor('go')}
    - { id: after, run: echo after >> log }
`,
  );
  const driver = bench.start(['run', file]);
  const pid = await bench.supervisor('change');
  await until('the command runs', () => bench.lines('log').length === 1);
  await driver.kill();

  const terminal = startPty(bin, ['resume'], 80, 24, { GONOGO_STATE: bench.state });
  await terminal.shows('RUNNING');
  await terminal.shows('the first line it said');
  process.kill(-pid, 'SIGKILL');
  await until('all of it is gone', () => !isRunning(pid));
  await terminal.shows('IN DOUBT');
  await terminal.shows('the first line it said');
  await terminal.type('e');
  for (const choice of ['Pause', 'It passed', 'It failed', 'run it again']) await terminal.shows(choice);
  // The row that Enter takes is the one that does nothing yet.
  expect(terminal.rows().join('\n')).toMatch(/> Pause/);
  await terminal.type('\u001b[B');
  await terminal.shows('> It passed');
  await terminal.type('\r');
  await terminal.shows('eason');
  for (const key of 'seen') await terminal.type(key);
  await terminal.type('\r');
  await until('it is settled', () => bench.types().includes('attempt.settled'));
  const settled = bench.events().find((event) => event.type === 'attempt.settled');
  expect(settled).toMatchObject({ actor: { via: 'terminal' }, data: { as: 'passed', reason: 'seen' } });
  // The next step waits for its order.
  await terminal.shows('after');
  await terminal.type('q');
  expect(await terminal.exited).toBe(3);
  expect(bench.lines('log')).toEqual(['change']);
  await terminal.leaves();
});
