/**
 * Plays a story with one fault, or with none, and prints what came of it: `node test/faults/replay.ts STORY [AT KIND [FOR [AT2 KIND2]]]`.
 * Needs a build. Without a fault it prints every call.
 */
import { isStory } from './everything.ts';
import { ordeal } from './ordeal.ts';
import { buildPreload, type Fault, faultKinds } from './preload.ts';

function faultOf(at: string | undefined, kind: string | undefined, count = '1'): Fault | null {
  const found = faultKinds.find((one) => one === kind);
  return at === undefined || found === undefined ? null : { at: Number(at), kind: found, count: Number(count) };
}

const built = buildPreload();
if (built.ok) {
  const [name = '', at, kind, count, at2, kind2] = process.argv.slice(2);
  const story = isStory(name) ? name : 'everything';
  const { problems, faulted, calls } = await ordeal(built.path, {
    story,
    fault: faultOf(at, kind, count),
    second: faultOf(at2, kind2),
  });
  for (const line of at === undefined ? calls : faulted) console.log(line);
  for (const problem of problems) console.log(`BROKEN ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
  built.remove();
} else {
  console.error(built.reason);
  process.exitCode = 2;
}
