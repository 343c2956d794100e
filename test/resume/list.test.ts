/** A list that is narrowed has the runs that are meant, and no others. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { Bench } from './gonogo.ts';

const target = (name: string): string => `target: { name: ${name}, identity: { check: echo web1 } }\n`;

test('a list is narrowed by whose it is, what waits, the target and the time', async () => {
  const bench = new Bench();
  const run = async (title: string, head: string, step: string, operator: string): Promise<void> => {
    const text = `runbook: ${title}\n${head}phases: { deploy: [{ id: change, run: echo x }, ${step}] }\n`;
    await bench.gonogo('run', bench.write('run.yaml', text), '--operator', operator);
  };
  await run('Shop waits', target('shop'), '{ id: look, manual: Look. }', 'ann');
  await run('Mail waits', target('mail'), '{ id: look, manual: Look. }', 'bo');
  await run('Nowhere', '', '{ id: end, run: echo end }', 'ann');
  const titles = async (...flags: readonly string[]): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await bench.gonogo('list', '--json', ...flags);
    expect([code, stderr]).toEqual([0, '']);
    return z
      .array(z.looseObject({ title: z.string() }))
      .parse(JSON.parse(stdout))
      .map(({ title }) => title)
      .toSorted();
  };
  expect(await titles()).toEqual(['Mail waits', 'Nowhere', 'Shop waits']);
  expect(await titles('--mine', '--operator', 'ann')).toEqual(['Nowhere', 'Shop waits']);
  expect(await titles('--mine')).toEqual([]);
  expect(await titles('--waiting')).toEqual(['Mail waits', 'Shop waits']);
  expect(await titles('--target', 'shop')).toEqual(['Shop waits']);
  expect(await titles('--mine', '--operator', 'bo', '--waiting', '--target', 'shop')).toEqual([]);
  expect(await titles('--since', '1h')).toHaveLength(3);
  expect(await titles('--since', '2000-01-01')).toHaveLength(3);
  expect(await titles('--since', '2999-01-01T00:00Z')).toEqual([]);
  const none = await bench.gonogo('list', '--target', 'web');
  expect([none.code, none.stderr]).toEqual([0, expect.stringMatching(/^no such runs in /)]);
  for (const time of ['yesterday', '2026-13-01', '12']) {
    const wrong = await bench.gonogo('list', '--since', time);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining(`--since ${time}: a day like`)]);
  }
});
