/** What an audit came to: the verdict that was given, what became of each item, and how it went before. */
import type { ItemResult } from '../checklist/score.ts';
import type { DataOf } from '../run/event.ts';
import { resultsAt } from '../run/gate.ts';
import type { RunState } from '../run/state.ts';
import { folderOf, type Given, trendOf } from './earlier-audits.ts';
import type { World } from './world.ts';

export interface AuditOutcome {
  /** Epoch ms. */
  readonly at: number;
  readonly data: DataOf<'verdict.given'>;
  readonly items: readonly ItemResult[];
}

/** The last verdict of a run; null: it gave none, because it waits for a person. */
export function auditOutcome(state: RunState): AuditOutcome | null {
  const given = state.verdicts.at(-1);
  if (given === undefined) return null;
  return { at: given.at, data: given.data, items: resultsAt(state, given.step, given.at) };
}

/** The verdicts of the same checklist over the same folder, oldest first, `outcome` last. */
export async function auditTrend(world: World, state: RunState, outcome: AuditOutcome): Promise<readonly Given[]> {
  const { verdict } = outcome.data;
  const comparable = { runbook: state.runbook, folder: folderOf(state), before: state.startedAt };
  const earlier = await trendOf(world, comparable, verdict.checklist);
  return [...earlier, { run: state.id, at: outcome.at, verdict }];
}
