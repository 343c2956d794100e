/** What items require of each other leads to an end. */
import { inside, type LocatedStep, type Rule } from '../model.ts';

export const requirementsEnd: Rule = ({ steps }, problems) => {
  const done = new Set<string>();
  for (const id of steps.keys()) {
    const cycle = cycleFrom(id, steps, done);
    const located = steps.get(cycle?.[0] ?? '');
    if (cycle === null || located === undefined) continue;
    const way = [...cycle, cycle[0]].join(' → ');
    problems.key(
      inside(located.place, 'requires'),
      'requires-cycle',
      `these items require each other: ${way}`,
      'take one requirement away',
    );
  }
};

/** The first cycle that is reached from `start`, without one that was reached before; null when there is none. */
function cycleFrom(
  start: string,
  steps: ReadonlyMap<string, LocatedStep>,
  done: Set<string>,
): readonly string[] | null {
  const way: { readonly id: string; next: number }[] = done.has(start) ? [] : [{ id: start, next: 0 }];
  const onWay = new Set([start]);
  let cycle: readonly string[] | null = null;
  for (let here = way.at(-1); here !== undefined; here = way.at(-1)) {
    const next = steps.get(here.id)?.step.item?.requires[here.next];
    here.next += 1;
    if (next === undefined) {
      done.add(here.id);
      onWay.delete(here.id);
      way.pop();
    } else if (onWay.has(next)) {
      const ids = way.map(({ id }) => id);
      cycle ??= ids.slice(ids.indexOf(next));
    } else if (!done.has(next)) {
      way.push({ id: next, next: 0 });
      onWay.add(next);
    }
  }
  return cycle;
}
