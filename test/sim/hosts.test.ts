import { expect, test } from 'vitest';
import { seedsOnHosts } from './story.ts';
import { sweep } from './sweep.ts';

// Seeds are fixed, so a failure is the same everywhere; each names the command that replays it.
test.each([0, 1000, 2000, 3000])(
  'a run on hosts whose questions are lost and whose answers come late ends like one that did not die (seeds from %i)',
  { timeout: 300_000 },
  async (from) => {
    const { crashes, failures } = await sweep(seedsOnHosts + from, 2500);
    expect(failures).toEqual([]);
    expect(crashes).toBeGreaterThanOrEqual(2500);
  },
);
