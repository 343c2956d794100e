/** Who is at a run now: whoever drives it and whoever watches. For people to see; nothing is decided by it. */
import type { Driver, Watcher } from '../store/store.ts';
import type { World } from './world.ts';

export interface People {
  /** null: nobody. `seenAt`: its last sign, epoch ms; null: not known. */
  readonly driver: (Driver & { readonly seenAt: number | null }) | null;
  /** But this process. */
  readonly watchers: readonly Watcher[];
}

/** Who is at run `id`; null where the runs are in a folder, which nobody else looks into. */
export async function peopleAt({ journals }: Pick<World, 'journals'>, id: string): Promise<People | null> {
  const watchers = await journals.watchers(id);
  if (watchers === null) return null;
  const driver = await journals.driver(id);
  if (driver === null) return { driver, watchers };
  const seenAt = Date.parse(driver.seen);
  return { driver: { ...driver, seenAt: Number.isNaN(seenAt) ? null : seenAt }, watchers };
}
