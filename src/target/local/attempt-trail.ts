/**
 * Follows the processes of an attempt: its group and session, whoever holds `live` or is in its control group, what these have
 * begun, and what was seen to be the attempt's and has not ended since, wherever it went.
 *
 * Invariant: sends no signal. Without a control group, a process that left the session, closed `live` and lost its parent before
 * anybody looked is not found.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningProcess } from '../../run/event.ts';
import { groupMembers } from './attempt-group.ts';
import type { World } from './attempt-world.ts';
import {
  descendantsOf,
  NOTHING,
  type ProcessFacts,
  type Remains,
  remainsOf,
  type SupervisorIdentity,
} from './process-identity.ts';

/** Looks at what runs of an attempt. What one look has found the next ones follow, wherever it goes. */
export type Trail = () => Remains;

/** The trail of the attempt that `identity` claimed; null: nobody did that could be made out, and only `live` tells. */
export function trailOf(world: World, folder: string, identity: SupervisorIdentity | null): Trail {
  const held = realpathSync(folder);
  const known = new Map<number, string>();
  return () => {
    const all = world.table.all();
    // A claim that says otherwise than the process table proves nothing, and then nothing is signalled.
    if (identity !== null && isForeign(world, identity, all)) return NOTHING;
    const remains = identity === null ? NOTHING : provenRemains(world, held, identity, all);
    const holders = new Set([...world.table.holders(join(held, 'live')), ...groupMembers(held)]);
    const filter = remains.filter ?? all.find(({ pid }) => pid === identity?.filter && holders.has(pid)) ?? null;
    const attendants = [remains.supervisor, filter, ...remains.watchdog].flatMap((one) => one?.pid ?? []);
    const members = new Set(remains.members.map(({ pid }) => pid));
    const roots = all.filter(({ pid, started }) => members.has(pid) || holders.has(pid) || known.get(pid) === started);
    const begun = descendantsOf(
      roots.map(({ pid }) => pid).filter((pid) => !attendants.includes(pid)),
      all,
    );
    const found = [...roots, ...begun].filter(({ pid }) => pid !== process.pid && !attendants.includes(pid));
    for (const { pid, started } of found) known.set(pid, started);
    return { ...remains, filter, members: found };
  };
}

function isForeign({ table, machine }: World, identity: SupervisorIdentity, all: readonly ProcessFacts[]): boolean {
  if (identity.bootId !== machine.bootId || identity.pidNamespace !== table.pidNamespace) return true;
  const holder = all.find(({ pid }) => pid === identity.pid);
  return holder !== undefined && holder.started !== identity.started;
}

/** Its supervisor is there with its start time, or, where that is dead, a member of its group or session has a file of the attempt open. */
function provenRemains(
  world: World,
  folder: string,
  identity: SupervisorIdentity,
  all: readonly ProcessFacts[],
): Remains {
  const remains = remainsOf(identity, world.table, world.machine.bootId, all);
  if (remains.supervisor !== null) return remains;
  return everyOne(remains).some(({ pid }) => world.table.holds(pid, folder)) ? remains : NOTHING;
}

/** All of it, the supervisor and the filter included. */
export function everyOne(remains: Remains): Remains['members'] {
  return [...remains.members, ...[remains.filter, remains.supervisor].filter((process) => process !== null)];
}

/** By name. What has ended meanwhile is left out. */
export function namesOf({ table }: World, members: readonly ProcessFacts[]): readonly RunningProcess[] {
  return members.flatMap(({ pid }) => {
    const command = table.commandOf(pid);
    return command === null ? [] : [{ pid, command }];
  });
}
