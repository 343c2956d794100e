/** Which hosts are asked who they are before a run goes on, and whether what they are said to have told can be. */
import type { Runbook, Step } from '../runbook/document.ts';
import { type Decision, idle, only } from './decision.ts';
import { draft } from './draft.ts';
import type { FleetEvent } from './fleet.ts';
import type { RunState } from './state.ts';

/** Asks who the hosts are that the document names and this process has not asked yet; null: all have answered. */
export function asksFleet({ runbook, fleet }: RunState): Decision | null {
  const names = hostsNamed(runbook);
  if (names.length === 0) return null;
  const unasked = names.filter((name) => (fleet.known.get(name)?.asked ?? 0) < fleet.since);
  if (unasked.length > 0) return only(draft('hosts.asked', { hosts: [...unasked] }));
  return names.some((name) => fleet.known.get(name)?.open === 'run') ? idle : null;
}

const named = new WeakMap<Runbook, readonly string[]>();

/** The hosts that `runbook` itself names for its steps, each once. */
export function hostsNamed(runbook: Runbook): readonly string[] {
  const known = named.get(runbook);
  if (known !== undefined) return known;
  const names = new Set<string>();
  const look = (step: Step): void => {
    for (const name of namesIn(runbook, step)) names.add(name);
    if (step.each !== undefined) look(step.each.pattern);
    else for (const { steps } of step.blocks) steps.forEach(look);
  };
  for (const { steps } of runbook.phases) steps.forEach(look);
  runbook.rollback.steps.forEach(look);
  const found = [...names];
  named.set(runbook, found);
  return found;
}

/** True where the run makes a list of hosts, so that the document does not name all of them. */
export function makesHosts({ hosts = {}, phases, rollback }: Runbook): boolean {
  const makes = (step: Step): boolean =>
    typeof step.on?.hosts === 'string' ||
    (step.each !== undefined && makes(step.each.pattern)) ||
    step.blocks.some(({ steps }) => steps.some(makes));
  const all = [...phases.flatMap(({ steps }) => steps), ...rollback.steps];
  return Object.values(hosts).some((group) => typeof group === 'string') || all.some(makes);
}

function namesIn({ hosts = {} }: Runbook, { on }: Step): readonly string[] {
  if (on === undefined || on.within !== undefined || typeof on.hosts === 'string') return [];
  return on.hosts.flatMap((name) => {
    const group = hosts[name];
    return group === undefined ? [name] : typeof group === 'string' ? [] : group;
  });
}

/** Why `event` cannot have been told in `state`; null when it can. */
export function fleetBreach({ fleet }: RunState, event: Exclude<FleetEvent, { type: 'hosts.asked' }>): string | null {
  if (event.actor.via !== 'engine') return 'no person tells who a host is';
  const { host } = event.data;
  const known = fleet.known.get(host);
  // What begins on a host says who it is when it is another one.
  const isAsked = known !== undefined && (known.open !== null || known.newest !== null);
  return isAsked ? null : `nobody asked ${host}`;
}
