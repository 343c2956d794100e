/**
 * Which calls fail: spread evenly over what the stories make, the same ones each time; and what came of them all.
 *
 * Invariants:
 * - A run begins with the same calls whatever its document is, so only the first of several stories fails there.
 * - More than there are is each of them.
 */
import type { StoryName } from './everything.ts';
import { ordeal, type Trial } from './ordeal.ts';
import { type Fault, faultKinds } from './preload.ts';

const failuresMax = 5;

/** `met`: trials in which a call did fail; `failures`: how to see each again, and what broke. */
export interface Played {
  readonly trials: number;
  readonly met: number;
  readonly failures: readonly string[];
}

/** Fails about `wanted` calls of the `names`, each story by its share of all calls. `library`: of `faults.c`. */
export async function play(library: string, names: readonly StoryName[], wanted: number): Promise<Played> {
  const places: { readonly story: StoryName; readonly from: number; readonly to: number }[] = [];
  await inTwos([...names], async (story) => {
    const calls = await callsOf(library, story);
    const first = story === names[0] ? 0 : calls.findIndex((call) => /\/(?:steps|probes)\b/.test(call));
    places.push({ story, from: Math.max(1, first), to: calls.length });
  });
  const all = places.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const trials = places
    .toSorted((a, b) => names.indexOf(a.story) - names.indexOf(b.story))
    .flatMap(({ story, from, to }) => trialsOver(story, from, to, Math.max(1, all / wanted)));
  const failures: string[] = [];
  let met = 0;
  await inTwos(trials, async (trial) => {
    if (failures.length >= failuresMax) return;
    const { problems, faulted } = await ordeal(library, trial);
    met += faulted.length > 0 ? 1 : 0;
    if (problems.length > 0) failures.push(`${wordsOf(trial)}: ${faulted.join(', ')}: ${problems.join('; ')}`);
  });
  return { trials: trials.length, met, failures };
}

/** The calls of `story` without a fault, of the shorter of two runs: a busy machine makes a run look again more often. */
async function callsOf(library: string, story: StoryName): Promise<readonly string[]> {
  const runs = [];
  for (const fault of [null, null]) {
    const { problems, calls } = await ordeal(library, { story, fault, second: null });
    if (problems.length > 0) throw new Error(`${story} without a fault: ${problems.join('; ')}`);
    runs.push(calls);
  }
  return runs.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

/** A fault at every `every`th call from number `from` to `to`, of each kind by turns; each sixth has another one in the process that resumes. */
function trialsOver(story: StoryName, from: number, to: number, every: number): readonly Trial[] {
  const count = Math.floor((to - from) / every) + 1;
  return Array.from({ length: count }, (_, index) => {
    const at = from + Math.floor(index * every);
    // The kinds by turns would fall on the same calls in each round, so each round begins one further.
    const kind = faultKinds[(index + Math.floor(index / faultKinds.length)) % faultKinds.length] ?? 'EIO';
    const fault: Fault = { at, kind, count: index % 5 === 4 ? 4 : 1 };
    const second: Fault = { at: 1 + ((at * 37) % 150), kind: kind === 'before' ? 'EIO' : 'before', count: 1 };
    return { story, fault, second: index % 6 === 5 ? second : null };
  });
}

function wordsOf({ story, fault, second }: Trial): string {
  const words = [fault, second].flatMap((one) => (one === null ? [] : [one.at, one.kind, one.count]));
  // The second one has no count of its own.
  return `node test/faults/replay.ts ${[story, ...words].slice(0, 6).join(' ')}`;
}

/** `work` on each of `all`, two at a time. */
async function inTwos<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const worker = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all([worker(), worker()]);
}
