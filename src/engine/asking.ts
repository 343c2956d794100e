/**
 * What an event asks of others: the target of the other runs of the store, and of hosts who they are.
 *
 * Invariant: nothing here outlives its session. Who died in the middle has recorded the answer or not, and a resume asks anew.
 */
import { draft } from '../run/draft.ts';
import type { EventDraft, RunEvent } from '../run/event.ts';
import { oneLine } from '../run/failure.ts';
import { Unreachable } from '../target/target.ts';
import type { Hosts } from '../target/targets.ts';
import { asksForTarget, type Claimer, claimTarget } from './claims.ts';

/** Hosts that are asked at the same time. */
const atOnce = 8;

const noWay = 'this gonogo reaches no hosts';

/** Who is asked, and where the answers go. `hosts` absent: none can be reached. */
export interface Asking extends Claimer {
  readonly hosts?: Hosts;
}

/** Asks what `event` asks. Resolves when every answer is appended, or when `leave` aborts. */
export async function asks(asking: Asking, event: RunEvent, leave: AbortSignal): Promise<void> {
  if (asksForTarget(event)) return claimTarget(asking, leave);
  if (event.type !== 'hosts.asked') return;
  const names = [...event.data.hosts];
  const next = async (): Promise<void> => {
    for (let host = names.shift(); host !== undefined && !leave.aborted; host = names.shift()) {
      const told = await whoIs(asking.hosts, host, leave);
      if (leave.aborted) return;
      if ((asking.state().fleet.known.get(host)?.open ?? null) !== null) await asking.append([told]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}

async function whoIs(hosts: Hosts | undefined, host: string, leave: AbortSignal): Promise<EventDraft> {
  try {
    if (hosts === undefined) throw new Unreachable(noWay, 'unfit');
    const { bootId, machineId, hostname, hostKey, offsetMs } = await hosts.host(host).identify(leave);
    return draft('host.identified', { host, bootId, machineId, hostname, hostKey, offsetMs: Math.round(offsetMs) });
  } catch (error) {
    const cause = error instanceof Unreachable ? error.kind : 'unfit';
    const reason = oneLine(error instanceof Error ? error.message : String(error));
    return draft('host.unreachable', { host, cause, reason });
  }
}
