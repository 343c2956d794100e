/** The decision clock of real runs: with nobody there it does what the document says at the moment, and not before. */
import { expect, test } from 'vitest';
import { Bench, until, waitsFor } from './gonogo.ts';

const page = (limits: string) => `runbook: Release
phases:
  deploy:
    - { id: switch, run: 'echo switch >> log', undo: { run: 'echo back >> log', timeout: 4s } }
  verify:
    ${limits}
    steps:
      - { id: health, check: '${waitsFor('go')}', timeout: 60s }
      - { id: after, run: 'echo after >> log' }
`;

test('the run is rolled back at the moment at which that still fits, once what runs has ended', async () => {
  const bench = new Bench();
  const run = bench.start(['run', bench.write('run.yaml', page('budget: 5s\n    then: rollback')), '--headless']);
  await until('the moment has come', () => bench.types().includes('rollback.requested'));
  expect(bench.lines('log')).toEqual(['switch']);
  const due = bench.events().find((event) => event.type === 'decision.due');
  expect(due?.data).toMatchObject({ of: 'verify', rollbackMs: 4000, basis: 'timeouts' });
  const begun = bench.events().find((event) => event.type === 'step.started' && event.data.step === 'health');
  expect((due?.at ?? 0) - (begun?.at ?? 0)).toBeGreaterThanOrEqual(900);
  bench.release('go');
  const ended = await run.ended;
  expect([ended.code, ended.stdout]).toEqual([1, expect.stringContaining('clock      decide now, roll back or go on')]);
  expect(bench.lines('log')).toEqual(['switch', 'back']);
  expect((await bench.gonogo('verify', 'latest')).code).toBe(0);
});

test('without a word for that it pauses at the question, and says what it waits for', async () => {
  const bench = new Bench();
  const run = bench.start(['run', bench.write('run.yaml', page('budget: 5s')), '--headless']);
  await until('the moment has come', () => bench.types().includes('decision.due'));
  const shown = await bench.gonogo('show', 'latest');
  expect(shown.stdout).toMatch(
    /^clock +decide now: the budget of verify ends at .*, a rollback takes 4s \(sum of timeouts\)$/m,
  );
  bench.release('go');
  const ended = await run.ended;
  expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining('waits for a decision: roll back or go on')]);
  expect(bench.lines('log')).toEqual(['switch']);
});

test('a zone that there is not is refused before anything begins', async () => {
  const bench = new Bench();
  const text = page('budget: 5s').replace('phases:', 'window: { ends: "03:45", zone: Europe/Berln }\nphases:');
  const ended = await bench.gonogo('run', bench.write('run.yaml', text), '--headless');
  expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('there is no time zone Europe/Berln')]);
  expect(bench.runs()).toEqual([]);
});
