/**
 * Many hosts at once: whether a release could go to them, and taking away what earlier ones left there.
 *
 * Invariant: nothing of a host is changed by looking at it, but that its state folder is made where it is not there.
 */
import type { Host } from '../../host/host.ts';
import { type HostIdentity, type OutOfReach, Unreachable } from '../target.ts';
import type { Needs } from './far-operation.ts';
import { Gate } from './gate.ts';
import { createSshHosts, type SshHosts } from './ssh-hosts.ts';

/** How many hosts are asked at a time. */
const atOnce = 16;

/** `ms`: how long the answer took. `missing`: programs; `closed`: accounts that `sudo -n` does not lead to. */
export type Inspected =
  | {
      readonly host: string;
      readonly kind: 'reached';
      readonly identity: HostIdentity;
      readonly freeBytes: number | null;
      readonly missing: readonly string[];
      readonly closed: readonly string[];
      readonly ms: number;
    }
  | { readonly host: string; readonly kind: OutOfReach; readonly reason: string };

/** `gone`: there is nothing of the run any more; `none`: there was nothing; `kept`: something could not be taken away. */
export type Cleaned =
  | { readonly host: string; readonly kind: 'gone' | 'none' }
  | { readonly host: string; readonly kind: 'kept' | OutOfReach; readonly reason: string };

interface Asked {
  readonly host: Host;
  /** See `SshRun`. */
  readonly state: string | null;
  /** The run whose folders are meant; empty where none is. */
  readonly run: string;
}

/** Looks at each of `names`, in their order. */
export async function inspectHosts(
  asked: Asked,
  names: readonly string[],
  needs: Needs,
  signal: AbortSignal,
): Promise<readonly Inspected[]> {
  const { clock } = asked.host;
  return eachOf(asked, names, async (hosts, name) => {
    const since = clock.steady();
    const { identity, found } = await hosts.inspect(name, needs, signal);
    const room = found.get('W')?.[0];
    return {
      host: name,
      kind: 'reached',
      identity,
      freeBytes: room === undefined ? null : Number(room) * 1024,
      missing: found.get('M') ?? [],
      closed: found.get('J') ?? [],
      ms: Math.round(clock.steady() - since),
    } as const;
  });
}

/** Takes the folders of the run away on each of `names`. */
export async function cleanHosts(
  asked: Asked,
  names: readonly string[],
  signal: AbortSignal,
): Promise<readonly Cleaned[]> {
  return eachOf(asked, names, async (hosts, name): Promise<Cleaned> => {
    const said = (await hosts.clean(name, signal)).get('C')?.[0] ?? 'kept it does not tell';
    const [kind, ...reason] = said.split(' ');
    if (kind === 'gone' || kind === 'none') return { host: name, kind };
    return { host: name, kind: 'kept', reason: reason.join(' ') };
  });
}

type OutOf = { readonly host: string; readonly kind: OutOfReach; readonly reason: string };

async function eachOf<T>(
  { host, state, run }: Asked,
  names: readonly string[],
  work: (hosts: SshHosts, name: string) => Promise<T>,
): Promise<readonly (T | OutOf)[]> {
  const hosts = createSshHosts(host, { folder: '/nonexistent', run, state });
  const gate = new Gate(atOnce);
  try {
    return await Promise.all(
      names.map((name) =>
        gate.within(async () => {
          try {
            return await work(hosts, name);
          } catch (error) {
            if (!(error instanceof Unreachable)) throw error;
            return { host: name, kind: error.kind, reason: error.message };
          }
        }),
      ),
    );
  } finally {
    await hosts.close();
  }
}
