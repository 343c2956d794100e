import { expect, test } from 'vitest';
import { sweep } from './sweep.ts';

// Seeds are fixed, so a failure is the same everywhere; each names the command that replays it.
test.each([
  [1000, 2150],
  [1500, 2150],
  [2000, 2150],
  [2500, 2150],
])(
  'a run that dies at any boundary ends like one that did not (seeds from %i)',
  { timeout: 120_000 },
  async (from, crashPoints) => {
    const { crashes, failures } = await sweep(from, crashPoints);
    expect(failures).toEqual([]);
    expect(crashes).toBeGreaterThanOrEqual(crashPoints);
  },
);
