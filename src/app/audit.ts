/** What an audit came to: the verdict that was given, what became of each item, and how it went before. */
import { type ItemResult, waiverHolds } from '../checklist/score.ts';
import { dayOf } from '../run/day.ts';
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

/** One item for scripts; `result` is what became of it, a waiver that holds included. */
export interface ItemOutcome {
  readonly id: string;
  readonly result: 'pass' | 'partial' | 'fail' | 'na' | 'unknown' | 'waived';
  readonly reason: string | null;
  readonly evidence: readonly string[];
}

/** Every item under the last verdict, in the order of the document; empty where none was given. */
export function itemOutcomes(state: RunState): readonly ItemOutcome[] {
  const outcome = auditOutcome(state);
  if (outcome === null) return [];
  const today = dayOf(outcome.at);
  return outcome.items.map(({ id, status, reason, evidence, waivedUntil }) => {
    const open = status !== 'passed' && status !== 'na';
    const result = open && waiverHolds(waivedUntil, today) ? 'waived' : results[status];
    return { id, result, reason, evidence };
  });
}

const results = { passed: 'pass', partial: 'partial', failed: 'fail', unknown: 'unknown', na: 'na' } as const;

/** The verdicts of the same checklist over the same folder, oldest first, `outcome` last. */
export async function auditTrend(world: World, state: RunState, outcome: AuditOutcome): Promise<readonly Given[]> {
  const { verdict } = outcome.data;
  const comparable = { runbook: state.runbook, folder: folderOf(state), before: state.startedAt };
  const earlier = await trendOf(world, comparable, verdict.checklist);
  return [...earlier, { run: state.id, at: outcome.at, verdict }];
}
