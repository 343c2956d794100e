/** What a step came to on each of its hosts. */
import type { Runbook, StepId } from '../runbook/document.ts';
import { outlineOf } from './outline.ts';
import type { RunState, StepStatus, VisitState } from './state.ts';

/** What became of a step on one host. `unreachable`: nothing of it began there. */
export type HostStatus = StepStatus | 'unreachable';

/** The newest visit of a copy, with the step that it is a copy as. */
export interface HostVisit {
  readonly step: StepId;
  readonly visit: VisitState;
}

/** The newest visit of step `id` on each host of all its visits, in the order of its newest list; hosts of earlier lists come after. */
export function hostVisits(state: RunState, id: StepId): ReadonlyMap<string, HostVisit> {
  const copies = outlineOf(state.runbook).places.get(id)?.step.blocks[0]?.steps ?? [];
  const lists = [...state.expansions].filter(({ step, spread }) => step === id && spread !== null);
  const found = new Map<string, HostVisit>();
  for (let at = lists.length - 1; at >= 0; at -= 1) {
    const until = lists[at + 1]?.seq ?? Number.POSITIVE_INFINITY;
    const since = lists[at]?.seq ?? 0;
    lists[at]?.rows.forEach(({ host }, index) => {
      const step = copies[index]?.id;
      const visits = step === undefined ? undefined : state.steps.get(step)?.visits;
      const visit = visits?.findLast(({ openedSeq }) => openedSeq > since && openedSeq < until);
      if (typeof host !== 'string' || step === undefined || visit === undefined || found.has(host)) return;
      found.set(host, { step, visit });
    });
  }
  // A batch of a step around is a list of its own with all hosts in it, so what came of earlier batches is found later.
  const order = new Set(lists.toReversed().flatMap(({ rows }) => rows.map(({ host }) => String(host))));
  return new Map(
    [...order].flatMap((host) => {
      const visit = found.get(host);
      return visit === undefined ? [] : [[host, visit] as const];
    }),
  );
}

/** What a visit on a host came to. */
export function hostStatus({ status, unreachable }: VisitState): HostStatus {
  return unreachable && status === 'failed' ? 'unreachable' : status;
}

const reads = new WeakMap<Runbook, ReadonlySet<StepId>>();

/** The steps of which an expression of `runbook` reads what they came to on a host. */
export function readsHosts(runbook: Runbook): ReadonlySet<StepId> {
  const known = reads.get(runbook);
  if (known !== undefined) return known;
  const names = JSON.stringify(runbook).matchAll(/\bsteps\s*\.\s*([a-z][a-z0-9_]*)\s*\.\s*hosts\b/g);
  const found = new Set([...names].map(([, id]) => id ?? ''));
  reads.set(runbook, found);
  return found;
}
