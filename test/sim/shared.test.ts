import { expect, test } from 'vitest';
import { sweepShared } from './shared.ts';

// Seeds are fixed, so a failure is the same everywhere; each names the command that replays it. Ten thousand schedules in all.
test.each([1, 2501, 5001, 7501])(
  'shared runs: whatever a line does to what is asked and answered, nothing forks, is lost or runs twice unasked (from seed %i)',
  async (from) => {
    const { played, failures, seen } = await sweepShared(from, 2500);
    expect(failures).toEqual([]);
    expect(played).toBe(2500);
    // A schedule in which nothing befalls anybody shows nothing.
    for (const what of ['question lost', 'answer lost', 'late', 'repeated', 'answer late'])
      expect([what, (seen.befallen.get(what) ?? 0) > 2500]).toEqual([what, true]);
    expect(seen.takeOvers).toBeGreaterThan(1000);
    expect(seen.reruns).toBeGreaterThan(100);
  },
  300_000,
);
