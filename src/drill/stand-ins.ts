/** What stands in for the real world in a rehearsal: the drill file, looked up by the ids that a run knows steps by. */
import { type DrillFile, standInId } from '../runbook/drill-file.ts';
import type { StandIn, StandInResult } from '../runbook/drill-shape.ts';

export interface StandIns {
  readonly facts: Readonly<Record<string, string>>;
  readonly identity: StandInResult | null;
  /** Of a step; null: it has none. */
  of(id: string): StandIn | null;
  doneWhen(id: string): StandInResult | null;
}

/** The stand-ins of `file`. A copy that the run makes is known by its own id, else by the one of what it is made of. */
export function standInsOf({ facts, identity, steps }: DrillFile): StandIns {
  const of = (id: string): StandIn | null =>
    steps.get(id) ?? steps.get(standInId(id)) ?? steps.get(id.replaceAll(/_\d+(?=_|$)/g, '_N')) ?? null;
  return { facts, identity, of, doneWhen: (id) => of(id)?.done_when ?? null };
}

/** What the action of step `id` would come to; null: nothing is told of it. */
export function bodyOfStep(standIns: StandIns, id: string): StandInResult | null {
  return standIns.of(id);
}

/** The same of undo number `index` of step `id`. */
export function bodyOfUndo(standIns: StandIns, id: string, index: number): StandInResult | null {
  return standIns.of(id)?.undo?.[index] ?? null;
}

/** True where a stand-in says what is read, and not only how long it takes or what holds afterwards. */
export function isTold(standIn: StandInResult | null): boolean {
  if (standIn === null) return false;
  const { output, exit, status, sees } = standIn;
  return [output, exit, status, sees].some((told) => told !== undefined);
}
