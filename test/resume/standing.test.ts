/** What is said of a run that is left is true: what runs on is said to run, and `paused` only where nothing does. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { Bench, until, waitsFor } from './gonogo.ts';

const standing = z.object({
  status: z.string(),
  running: z.array(z.object({ step: z.string(), since: z.iso.datetime() })),
  waiting: z.string().nullable(),
  progress: z.object({ passed: z.int(), skipped: z.int(), total: z.int() }),
});

const document = `runbook: Migrate
phases:
  deploy:
    - id: look
      check: 'true'
    - id: migrate
      run: ${waitsFor('go')}
      undo: { run: 'true' }
    - id: after
      check: 'true'
rollback:
  steps:
    - id: tell
      manual: Tell everybody.
`;

test('a command that runs on after gonogo left is told by name and time, everywhere, until it has ended', async () => {
  const bench = new Bench();
  const driver = bench.start(['run', bench.write('run.yaml', document), '--headless']);
  await bench.supervisor('migrate');
  driver.child.kill('SIGTERM');
  const left = await driver.ended;
  expect(left.code).toBe(130);
  expect(left.stderr).toMatch(/running: migrate runs on, 0:\d\d/);

  const shown = await bench.gonogo('show', 'latest');
  expect(shown.stdout).toMatch(/^running: migrate runs on, 0:\d\d$/m);
  expect(shown.stdout).not.toContain('pending    tell');
  expect((await bench.gonogo('list')).stdout).toMatch(/running +1\/3 +Migrate +migrate runs on, 0:\d\d/);
  const watched = await bench.gonogo('watch', 'latest', '--json');
  for (const text of [watched.stdout, (await bench.gonogo('show', 'latest', '--json')).stdout]) {
    expect(standing.parse(JSON.parse(text))).toMatchObject({
      status: 'running',
      running: [{ step: 'migrate' }],
      waiting: null,
      progress: { passed: 1, skipped: 0, total: 3 },
    });
  }
  const [listed] = z.array(standing).parse(JSON.parse((await bench.gonogo('list', '--json')).stdout));
  expect(listed).toMatchObject({
    status: 'running',
    running: [{ step: 'migrate' }],
    progress: { passed: 1, total: 3 },
  });

  bench.release('go');
  await until('the command ended', () => existsSync(join(bench.attempt('migrate'), 'exit')));
  const [after] = z.array(standing).parse(JSON.parse((await bench.gonogo('list', '--json')).stdout));
  expect(after).toMatchObject({ status: 'paused', running: [], waiting: 'the run to be resumed' });
  expect((await bench.gonogo('show', 'latest')).stdout).toMatch(/^paused: /m);
  expect((await bench.gonogo('resume')).code).toBe(0);
});

test('what a left run waits for, whose consent it wants and what it owes are told wherever it is listed', async () => {
  const bench = new Bench();
  const text = `runbook: Open the gate
roles:
  release-manager: [rita]
phases:
  deploy:
    - { id: unprotect, run: 'true', owes: Restore branch protection }
    - { id: go, approve: { from: [release-manager], count: 1 } }
    - { id: protect, run: 'true', settles: unprotect }
`;
  expect((await bench.gonogo('run', bench.write('run.yaml', text), '--headless')).code).toBe(3);
  const told = [
    /waits for .*go/,
    /approval wanted: go, 0 of 1 from release-manager, since \d+s/,
    /owed \d+s: Restore branch protection \(unprotect\)/,
  ];
  const outputs = [(await bench.gonogo('list')).stdout, (await bench.gonogo('show', 'latest')).stdout];
  for (const output of outputs) for (const line of told.slice(1)) expect(output).toMatch(line);
  expect(outputs[0]).toMatch(told[0] ?? /never/);
  const [listed] = z
    .array(
      z.object({
        wanted: z.array(z.object({ step: z.string(), given: z.int(), count: z.int(), since: z.iso.datetime() })),
        owed: z.array(z.object({ step: z.string(), text: z.string(), since: z.iso.datetime() })),
      }),
    )
    .parse(JSON.parse((await bench.gonogo('list', '--json')).stdout));
  expect(listed).toMatchObject({
    wanted: [{ step: 'go', given: 0, count: 1 }],
    owed: [{ step: 'unprotect', text: 'Restore branch protection' }],
  });
});
