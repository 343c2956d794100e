/** A sample of what `faults.test.ts` does at every call: 200 faults, the same ones each time, over small runs. */
import { expect, test } from 'vitest';
import { buildPreload } from './preload.ts';
import { play } from './trials.ts';

const wanted = 200;

test('two hundred calls that fail or kill: nothing is lost and nothing runs twice', {
  timeout: 1_200_000,
}, async ({ skip }) => {
  const built = buildPreload();
  if (!built.ok) return skip(built.reason);
  try {
    const { failures, met } = await play(
      built.path,
      ['commands', 'masked', 'network', 'gates', 'branches', 'probed', 'guarded'],
      wanted,
    );
    expect(failures).toEqual([]);
    // A run makes some calls more or less each time, so the last ones may not be met.
    expect(met).toBeGreaterThan(wanted * 0.9);
  } finally {
    built.remove();
  }
});
