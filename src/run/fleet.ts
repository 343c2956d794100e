/**
 * The hosts of a run: who they are by what they said, and what became of asking them.
 *
 * Invariants:
 * - Who a host is stands on record before anything begins there. Each process that drives the run asks anew, as far as the document
 *   names the hosts.
 * - What a host must be is what it said first, or what somebody accepted since. A change on another machine waits for a decision;
 *   another boot of the same machine is only recorded.
 */
import type { DataOf, RunEvent } from './event.ts';
import type { HostIdentity } from './event-hosts.ts';

/** What a machine is told by. */
export type HostReference = Pick<HostIdentity, 'machineId' | 'hostKey'>;

/** What is known of a host. Records are 0 where there is none. */
export interface KnownHost {
  readonly name: string;
  /** Record that asked for it last. */
  readonly asked: number;
  /** Who waits for the answer to that; null: it is there. */
  readonly open: 'run' | 'step' | null;
  /** Record of the newest identity. */
  readonly told: number;
  readonly newest: HostIdentity | null;
  /** What it must be; null: it has never said who it is. */
  readonly reference: HostReference | null;
  /** Why it could not be asked last; null: it could. */
  readonly unreachable: Pick<DataOf<'host.unreachable'>, 'cause' | 'reason'> | null;
}

export interface Fleet {
  readonly known: ReadonlyMap<string, KnownHost>;
  /** Record from which on the process drives the run that drives it now. */
  readonly since: number;
  /** Somebody took the run over from a driver that may still be there. */
  readonly takenOver: boolean;
}

/** No host is known; the run is driven from record `since` on. */
export function noFleet(since: number): Fleet {
  return { known: new Map(), since, takenOver: false };
}

export type FleetEvent = Extract<RunEvent, { type: 'hosts.asked' | 'host.identified' | 'host.unreachable' }>;

/** True for what the world told of hosts, or is asked. */
export function isFleetEvent(event: RunEvent): event is FleetEvent {
  return event.type === 'hosts.asked' || event.type === 'host.identified' || event.type === 'host.unreachable';
}

/** The fleet after `event`. */
export function afterFleetEvent(fleet: Fleet, event: FleetEvent): Fleet {
  switch (event.type) {
    case 'hosts.asked': {
      const open = event.data.step === undefined ? 'run' : 'step';
      return event.data.hosts.reduce((all, name) => withHost(all, name, { asked: event.seq, open }), fleet);
    }
    case 'host.identified': {
      const { host, ...newest } = event.data;
      const before = fleet.known.get(host)?.reference ?? null;
      const reference = before === null ? newest : filled(before, newest);
      const { machineId, hostKey } = reference;
      const told = { newest, told: event.seq, reference: { machineId, hostKey }, open: null, unreachable: null };
      return withHost(fleet, host, told);
    }
    case 'host.unreachable': {
      const { host, cause, reason } = event.data;
      return withHost(fleet, host, { open: null, unreachable: { cause, reason } });
    }
  }
}

/** A key that was not shown before says nothing against the one that is shown now. */
function filled(before: HostReference, { hostKey }: HostReference): HostReference {
  return { machineId: before.machineId, hostKey: before.hostKey ?? hostKey };
}

/** The fleet as another process drives the run from record `since` on: nobody waits for an answer any more. `over`: it took the run over. */
export function resumedFleet({ known, takenOver }: Fleet, since: number, over: boolean): Fleet {
  const waited = [...known].map(([name, host]) => [name, { ...host, open: null }] as const);
  return { known: new Map(waited), since, takenOver: takenOver || over };
}

/** The fleet once somebody took what `name` is now for the right machine. */
export function acceptedIn(fleet: Fleet, name: string): Fleet {
  const newest = fleet.known.get(name)?.newest ?? null;
  if (newest === null) return fleet;
  return withHost(fleet, name, { reference: { machineId: newest.machineId, hostKey: newest.hostKey } });
}

function withHost(fleet: Fleet, name: string, more: Partial<KnownHost>): Fleet {
  const before: KnownHost = fleet.known.get(name) ?? {
    name,
    asked: 0,
    open: null,
    told: 0,
    newest: null,
    reference: null,
    unreachable: null,
  };
  return { ...fleet, known: new Map(fleet.known).set(name, { ...before, ...more }) };
}

/** What tells that a host is another machine than it was, in words; null: nothing does. */
export function driftOf({ reference, newest }: KnownHost): string | null {
  if (reference === null || newest === null) return null;
  if (reference.machineId !== newest.machineId)
    return `machine id ${newest.machineId ?? 'none'} instead of ${reference.machineId ?? 'none'}`;
  const keys = reference.hostKey !== null && newest.hostKey !== null && reference.hostKey !== newest.hostKey;
  return keys ? `host key ${newest.hostKey} instead of ${reference.hostKey}` : null;
}

/** `machine id …, host key …`. */
export function referenceWords({ machineId, hostKey }: HostReference): string {
  return `machine id ${machineId ?? 'none'}, host key ${hostKey ?? 'not shown'}`;
}

/** Hosts that are one machine by its id, or by its key where it has none; each set once, in the order in which they told. */
export function twinsIn({ known }: Fleet): readonly (readonly string[])[] {
  const byMachine = new Map<string, string[]>();
  for (const { name, newest } of known.values()) {
    const machine = newest?.machineId ?? newest?.hostKey ?? null;
    if (machine !== null) byMachine.set(machine, [...(byMachine.get(machine) ?? []), name]);
  }
  return [...byMachine.values()].filter((names) => names.length > 1);
}
