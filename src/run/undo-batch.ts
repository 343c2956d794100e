/**
 * Undoing a step that happened on hosts: those of one batch side by side, batches in reverse.
 *
 * Invariant: the plan stays what it is, a list. Entries that stand together and undo hosts of one batch by the same body may close in any
 * order; the place in the plan is always the first entry that is not closed.
 */
import type { RollbackEntry } from './event.ts';
import { spreadStepOf } from './host-of.ts';
import type { RollbackState, RunState } from './state.ts';

/** The entries that are gone on with: the one that is next, and those beside it that may go on with it. */
export function dueTogether(state: RunState, { plan, position, startedSeq }: RollbackState): readonly RollbackEntry[] {
  const first = plan[position];
  if (first === undefined) return [];
  const batch = batchOf(state, first);
  if (batch === null) return [first];
  const together = [first];
  for (let at = position + 1; at < plan.length; at += 1) {
    const entry = plan[at];
    if (entry === undefined || batchOf(state, entry)?.key !== batch.key) break;
    together.push(entry);
  }
  const open = together.filter((entry) => entry === first || !isClosed(state, plan, entry, startedSeq));
  const begun = open.filter((entry) => isBegun(state, entry));
  const next = open.filter((entry) => !begun.includes(entry)).slice(0, Math.max(0, batch.atOnce - begun.length));
  return open.filter((entry) => begun.includes(entry) || next.includes(entry));
}

/** The place in the plan once the visit of `id` has closed: past every entry that is closed. */
export function positionAfter(state: RunState, { plan, position, startedSeq }: RollbackState, id: string): number {
  const batch = plan[position] === undefined ? null : batchOf(state, plan[position]);
  let at = plan[position]?.id === id ? position + 1 : position;
  for (; at > position && batch !== null; at += 1) {
    const entry = plan[at];
    if (entry === undefined || batchOf(state, entry)?.key !== batch.key || !isClosed(state, plan, entry, startedSeq))
      break;
  }
  return at;
}

/** Of which batch of which step `entry` undoes a host, with which body; null: it undoes none. */
function batchOf(state: RunState, entry: RollbackEntry): { readonly key: string; readonly atOnce: number } | null {
  if (entry.kind !== 'undo') return null;
  const copy = spreadStepOf(state, entry.undoes.step);
  const since = state.steps.get(entry.undoes.step)?.visits.at(entry.undoes.visit - 1)?.openedSeq;
  const found = state.expansions.findLast(
    ({ step, seq }) => step === copy?.of && (since === undefined || seq <= since),
  );
  if (copy === null || found === undefined || found.spread === null) return null;
  const { batches, only, atOnce } = found.spread;
  const place = only === undefined ? copy.index : only.indexOf(copy.index) + 1;
  let number = 0;
  for (let upTo = batches[0] ?? 0; upTo < place && number < batches.length - 1; upTo += batches[number] ?? 0)
    number += 1;
  return { key: `${copy.of} ${found.seq} ${number} ${entry.body}`, atOnce };
}

function isBegun(state: RunState, { id }: RollbackEntry): boolean {
  const last = state.steps.get(id)?.visits.at(-1);
  return last !== undefined && last.closedSeq === null;
}

/** A visit that never began closes it too. It does not say what it undoes, which is known where only one entry has its id. */
function isClosed(state: RunState, plan: RollbackState['plan'], entry: RollbackEntry, since: number): boolean {
  const visits = state.steps.get(entry.id)?.visits ?? [];
  const alone = plan.filter(({ id }) => id === entry.id).length === 1;
  return [...visits].some(
    ({ openedSeq, closedSeq, undoes }) =>
      openedSeq > since &&
      closedSeq !== null &&
      (undoes === null ? alone : entry.kind === 'undo' && undoes.visit === entry.undoes.visit),
  );
}
