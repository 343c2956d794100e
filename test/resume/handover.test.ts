/** A run is handed over between terminals: by a driver that runs, by one that was killed, and with what is owed read back. */
import { expect, test } from 'vitest';
import { Bench, until, waitsFor } from './gonogo.ts';

const page = `runbook: Fail over
phases:
  mitigate:
    - { id: fence, run: 'echo fence >> log', owes: Take the fence away, undo: { run: 'echo back >> log' } }
    - { id: migrate, run: 'echo migrate >> log; ${waitsFor('go')}' }
    - { id: switch, run: 'echo switch >> log' }
    - { id: unfence, run: 'echo unfence >> log', settles: fence }
`;

test('the driver lets go once another has read back, and the other goes on; nothing changing began between', async () => {
  const bench = new Bench();
  const ada = bench.start(['run', bench.write('run.yaml', page), '--operator', 'Ada']);
  await bench.supervisor('migrate');
  const gonogo = (...words: readonly string[]) => bench.gonogo(...words);
  const offered = await gonogo('handover', 'latest', '--to', 'Bo', '--note', 'the fence is up', '--operator', 'Ada');
  expect([offered.code, offered.stderr]).toEqual([0, expect.stringContaining('--take')]);
  bench.release('go');
  // With nobody in front the driver leaves at the question; what ran has ended and is on record.
  const left = await ada.ended;
  expect([left.code, left.stderr]).toEqual([3, expect.stringContaining('Bo to take the run over')]);
  expect(bench.lines('log')).toEqual(['fence', 'migrate']);

  const brief = (await gonogo('handover', 'latest')).stdout;
  expect(brief).toContain('Ada hands it to Bo: the fence is up');
  expect(brief).toMatch(/owed since [0-9:]+: fence: Take the fence away/);
  for (const [words, message] of [
    [['--operator', 'Cy'], 'it is offered to Bo, not to Cy'],
    [['--operator', 'Bo'], 'typing these ids: fence'],
    [['--operator', 'Bo', '--read', 'switch'], 'typing these ids: fence'],
  ] as const) {
    const refused = await gonogo('handover', 'latest', '--take', ...words);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
  const waiting = await gonogo('resume', 'latest', '--headless', '--operator', 'Bo');
  expect([waiting.code, waiting.stderr]).toEqual([3, expect.stringContaining('Bo to take the run over')]);
  expect(bench.lines('log')).toEqual(['fence', 'migrate']);

  expect((await gonogo('handover', 'latest', '--take', '--read', 'fence', '--operator', 'bo')).code).toBe(0);
  const done = await gonogo('resume', 'latest', '--headless', '--operator', 'Bo');
  expect([done.code, done.stderr]).toEqual([0, done.stderr]);
  expect(bench.lines('log')).toEqual(['fence', 'migrate', 'switch', 'unfence']);
  expect((await gonogo('verify', 'latest')).code).toBe(0);
  const shown = JSON.parse((await gonogo('show', 'latest', '--json')).stdout);
  expect([shown.operator, shown.offer]).toEqual(['Bo', null]);
});

test('a driver that was killed is followed by whoever it is handed to', async () => {
  const bench = new Bench();
  const ada = bench.start(['run', bench.write('run.yaml', page), '--operator', 'Ada']);
  await bench.supervisor('migrate');
  expect((await bench.gonogo('handover', 'latest', '--to', 'Bo', '--operator', 'Ada')).code).toBe(0);
  await ada.kill();
  const bo = bench.start(['resume', 'latest', '--headless', '--operator', 'Bo']);
  await until('Bo drives it', () => bench.types().includes('run.resumed'));
  expect((await bench.gonogo('handover', 'latest', '--take', '--read', 'fence', '--operator', 'Bo')).code).toBe(0);
  bench.release('go');
  const first = await bo.ended;
  if (first.code !== 0) {
    expect(first.code).toBe(3);
    expect((await bench.gonogo('resume', 'latest', '--headless', '--operator', 'Bo')).code).toBe(0);
  }
  expect(bench.lines('log')).toEqual(['fence', 'migrate', 'switch', 'unfence']);
  expect((await bench.gonogo('verify', 'latest')).code).toBe(0);
});
