/**
 * A call of gonogo fails, or gonogo dies at it: at calls all over runs that use every feature, each then brought to its end by
 * resuming. Nothing of it is lost, nothing runs twice, and the run verifies.
 *
 * GONOGO_FAULTS: how many of the calls, spread evenly; more than there are is each of them.
 */
import { afterAll, expect, test } from 'vitest';
import { buildPreload } from './preload.ts';
import { play } from './trials.ts';

const wanted = Number(process.env['GONOGO_FAULTS'] ?? '40');
const built = buildPreload();
if (!built.ok) console.log(`skipped: ${built.reason}`);
afterAll(() => {
  if (built.ok) built.remove();
});

test.skipIf(!built.ok).each([
  ['one large run', 0.4, ['everything']],
  ['small runs', 0.6, ['commands', 'masked', 'network', 'gates', 'branches', 'probed', 'guarded']],
] as const)(
  '%s: nothing is lost and nothing runs twice',
  { timeout: 400_000 + wanted * 60_000 },
  async (_name, share, names) => {
    if (!built.ok) throw new Error(built.reason);
    const { failures, met, trials } = await play(built.path, names, Math.ceil(wanted * share));
    console.log(`${met} of ${trials} calls failed`);
    expect(failures).toEqual([]);
    // A run makes some calls more or less each time, so the last ones may not be met.
    expect(met).toBeGreaterThan(trials * 0.9 - 2);
  },
);
