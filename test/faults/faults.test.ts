/**
 * A call of gonogo fails, or gonogo dies at it: at calls all over two runs that use every feature, each then brought to its end by
 * resuming. Nothing of it is lost, nothing runs twice, and the run verifies.
 *
 * GONOGO_FAULTS: how many of the calls, spread evenly; more than there are is each of them.
 */
import { afterAll, expect, test } from 'vitest';
import type { StoryName } from './everything.ts';
import { ordeal, type Trial } from './ordeal.ts';
import { buildPreload, type Fault, faultKinds } from './preload.ts';

const wanted = Number(process.env['GONOGO_FAULTS'] ?? '40');
const built = buildPreload();
if (!built.ok) console.log(`skipped: ${built.reason}`);
afterAll(() => {
  if (built.ok) built.remove();
});

/** `count` faults spread over `calls`, of every kind by turns; each third has another one in the process that resumes. */
function trialsOver(story: StoryName, calls: number, count: number): readonly Trial[] {
  const every = Math.max(1, calls / count);
  return Array.from({ length: Math.min(count, calls) }, (_, index) => {
    const at = 1 + Math.floor(index * every);
    // The kinds by turns would fall on the same calls in each round, so each round begins one further.
    const kind = faultKinds[(index + Math.floor(index / faultKinds.length)) % faultKinds.length] ?? 'EIO';
    const fault: Fault = { at, kind, count: index % 5 === 4 ? 4 : 1 };
    const second: Fault = { at: 1 + ((at * 37) % 150), kind: kind === 'before' ? 'EIO' : 'before', count: 1 };
    return { story, fault, second: index % 3 === 2 ? second : null };
  });
}

function wordsOf({ story, fault, second }: Trial): string {
  const words = [fault, second].flatMap((one) => (one === null ? [] : [one.at, one.kind, one.count]));
  // The second one has no count of its own.
  return `node test/faults/replay.ts ${[story, ...words].slice(0, 6).join(' ')}`;
}

test.skipIf(!built.ok).each([
  ['everything', 0.8],
  ['guarded', 0.2],
] as const)(
  '%s: nothing is lost and nothing runs twice',
  { timeout: 400_000 + wanted * 60_000 },
  async (story, share) => {
    if (!built.ok) throw new Error(built.reason);
    const whole = await ordeal(built.path, { story, fault: null, second: null });
    expect(whole.problems).toEqual([]);
    expect(whole.calls.length).toBeGreaterThan(300);
    const left = [...trialsOver(story, whole.calls.length, Math.ceil(wanted * share))];
    const failures: string[] = [];
    let met = 0;
    const work = async (): Promise<void> => {
      for (let trial = left.shift(); trial !== undefined && failures.length < 5; trial = left.shift()) {
        const { problems, faulted } = await ordeal(built.path, trial);
        met += faulted.length > 0 ? 1 : 0;
        if (problems.length > 0) failures.push(`${wordsOf(trial)}: ${faulted.join(', ')}: ${problems.join('; ')}`);
      }
    };
    await Promise.all([work(), work()]);
    expect(failures).toEqual([]);
    // A run makes some calls more or less each time, so the last ones may not be met.
    expect(met).toBeGreaterThan(Math.ceil(wanted * share) * 0.9 - 2);
  },
);
