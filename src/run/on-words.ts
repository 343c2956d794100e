/** On which hosts a step will happen, as far as the document tells. */

import type { On, Runbook, Step } from '../runbook/document.ts';
import { namedHosts } from './host-words.ts';
import { batchesOf } from './spread.ts';

const batchesMax = 8;

type Groups = NonNullable<Runbook['hosts']>;

/** What a plan says of `on`, each fact with its label. `whole`: every host and every batch is named, however many there are. */
export function onFacts(groups: Groups, { on, become }: Step, whole = false): readonly (readonly [string, string])[] {
  if (on === undefined) return become === undefined ? [] : [['as', become]];
  if (on.within !== undefined) return [['on', `the hosts of ${on.within}`]];
  const names = knownHosts(groups, on);
  const said = typeof on.hosts === 'string' ? on.hosts : on.hosts.join(', ');
  const which = names === null ? '' : ` (${names.length}: ${whole ? names.join(', ') : namedHosts(names)})`;
  const sizes = names === null ? on.batches : batchesOf(on.batches, names.length).map(String);
  const shown = !whole && sizes.length > batchesMax ? [...sizes.slice(0, batchesMax), '…'] : sizes;
  const isOne = on.batches.length === 1 && on.batches[0] === 'rest';
  return [
    ['on', `${said}${which}`],
    ...(isOne
      ? []
      : [['batches', `${shown.join(', ')}${names === null ? ' of the hosts there are' : ' hosts'}`] as const]),
    ['stop after', `${on.stopAfter} that failed or were unreachable`],
    ['at once', String(on.atOnce)],
    ...(on.order === 'given' ? [] : [['order', on.order] as const]),
  ];
}

/** The names that the document itself gives; null: the run makes some of them. */
function knownHosts(groups: Groups, { hosts }: On): readonly string[] | null {
  if (typeof hosts === 'string') return null;
  const all = hosts.map((name) => groups[name] ?? [name]);
  return all.some((group) => typeof group === 'string') ? null : [...new Set(all.flat())];
}
