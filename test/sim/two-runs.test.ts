import { expect, test } from 'vitest';
import { sweepTwo } from './two-runs.ts';

// Seeds are fixed, so a failure is the same everywhere; each names the command that replays it.
test('of two runs on a target, whichever dies at any boundary, none changes it beside the other unsaid', async () => {
  const { deaths, seen, failures } = await sweepTwo(1, 10);
  expect(failures).toEqual([]);
  expect(deaths).toBeGreaterThan(2000);
  for (const type of ['hold.refused', 'hold.awaited', 'hold.overridden', 'hold.shared', 'owed.decided'] as const)
    expect(seen).toContain(type);
}, 120_000);
