/** What a decision clock rests on: how long earlier runs took. */
import { hasClock } from '../run/decision-clock.ts';
import type { Durations } from '../run/typical.ts';
import type { Runbook } from '../runbook/document.ts';
import type { World } from './world.ts';

/** What steps of earlier runs took, where anything in `runbook` is reckoned by that. A store that cannot tell leaves the timeouts. */
export async function takenBefore(world: World, runbook: Runbook): Promise<Durations> {
  if (!hasClock(runbook)) return new Map();
  return world.journals.durations(runbook.title).catch(() => new Map());
}
