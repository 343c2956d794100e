import { expect, test } from 'vitest';
import { sweep } from '../sim/sweep.ts';

// Half of them each, so that two processors share the work.
const crashPoints = Math.ceil(Number(process.env['GONOGO_CRASHES'] ?? '100000') / 2);

test(`${crashPoints} simulated crashes (seeds from 100_000)`, { timeout: 60_000 + crashPoints * 50 }, async () => {
  const { crashes, failures } = await sweep(100_000, crashPoints);
  expect(failures).toEqual([]);
  expect(crashes).toBeGreaterThanOrEqual(crashPoints);
});
