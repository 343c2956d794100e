/** Hosts in a sentence: of many only so many that a line can be read. */
import type { Spread } from './event-hosts.ts';
import { oneLine } from './failure.ts';

const namesMax = 3;
const reasonsMax = 4;
const batchesMax = 8;

/** `web1, web2, web3 and 4 more`. */
export function namedHosts(names: readonly string[]): string {
  const more = names.length - namesMax;
  return more > 1 ? `${names.slice(0, namesMax).join(', ')} and ${more} more` : names.join(', ');
}

/** `6 hosts, in batches of 1, 1, 4`; in what order where it is not the given one. */
export function spreadText({ batches, order, only }: Spread): string {
  const count = only?.length ?? batches.reduce((sum, size) => sum + size, 0);
  const sizes = batches.length > batchesMax ? [...batches.slice(0, batchesMax), '…'] : batches;
  const inBatches = batches.length > 1 ? `, in batches of ${sizes.join(', ')}` : '';
  const inOrder = order === 'given' ? '' : `, in ${order} order`;
  return `${count} ${count === 1 ? 'host' : 'hosts'}${inBatches}${inOrder}`;
}

/** `2 of 6 hosts failed: web3: exit 1; web4: unreachable: nothing answers`. Hosts of one reason stand together. */
export function hostsWords(
  failed: readonly { readonly host: string; readonly reason: string; readonly unreachable: boolean }[],
  count: number,
): string {
  const byReason = new Map<string, string[]>();
  for (const { host, reason, unreachable } of failed) {
    const why = unreachable ? `unreachable: ${reason.replace(/^it could not be reached: /, '')}` : reason;
    byReason.set(why, [...(byReason.get(why) ?? []), host]);
  }
  const told = [...byReason].slice(0, reasonsMax).map(([why, names]) => `${namedHosts(names)}: ${why}`);
  const more = byReason.size - reasonsMax;
  const last = more > 0 ? [`and ${more} other reasons`] : [];
  return oneLine(`${failed.length} of ${count} hosts failed: ${[...told, ...last].join('; ')}`);
}
