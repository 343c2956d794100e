/**
 * How a step is spread over hosts: which ones, in which order, in batches of how many.
 *
 * Invariants:
 * - A host is gone through once, however often it is named.
 * - What a list holds is data: a name that can be no host fails the step before anything begins anywhere.
 * - The order of chance is drawn from the run's own id, so that whoever reads the record comes to the same.
 */
import type { On, Runbook } from '../runbook/document.ts';
import { isList, JsonTextError, parseJson, toText } from '../runbook/expression.ts';
import { hostProblem, hostsMax, quotedHost } from '../runbook/host-names.ts';
import { interpolateText } from '../runbook/interpolate.ts';
import { type Arrival, viewAt } from './arrival.ts';
import type { Row } from './event.ts';
import type { Spread } from './event-hosts.ts';
import type { Result, View } from './scope.ts';

/** A row a host, and how they are gone through. */
export interface Spreading {
  readonly rows: readonly Row[];
  readonly spread: Spread;
}

/** How `on` spreads `arrival.step`, or why it cannot. */
export function spreadOver(arrival: Arrival, on: On): Result<Spreading> {
  const view = viewAt(arrival, null);
  if (!view.ok) return view;
  const named = namesOf(on.hosts, arrival.state.runbook, view.value);
  if (!named.ok) return { ok: false, message: `on: ${named.message}` };
  const names = [...new Set(named.value)];
  const [said = ''] = [typeof on.hosts === 'string' ? on.hosts : on.hosts.join(', ')];
  if (names.length === 0) return { ok: false, message: `on ${said}: there is no host in it` };
  if (names.length > hostsMax)
    return { ok: false, message: `on ${said}: ${names.length} hosts, and a step happens on at most ${hostsMax}` };
  const wrong = names.find((name) => hostProblem(name) !== null);
  if (wrong !== undefined)
    return { ok: false, message: `on ${said}: ${quotedHost(wrong)} is no host: it ${hostProblem(wrong)}` };
  const ordered = inOrder(names, on.order, `${arrival.state.id} ${arrival.at.step} ${arrival.at.visit}`);
  return {
    ok: true,
    value: {
      rows: ordered.map((host) => ({ host })),
      spread: {
        batches: [...batchesOf(on.batches, names.length)],
        stopAfter: share(on.stopAfter, names.length),
        atOnce: on.atOnce,
        order: on.order,
      },
    },
  };
}

/** Names of hosts; a name that is a group stands for those in it. */
function namesOf(written: On['hosts'], { hosts = {} }: Runbook, view: View): Result<readonly string[]> {
  const names = typeof written === 'string' ? listed(written, view) : { ok: true as const, value: written };
  if (!names.ok) return names;
  const all: string[] = [];
  for (const name of names.value) {
    const group = Object.hasOwn(hosts, name) ? hosts[name] : undefined;
    if (typeof group === 'string') {
      const inside = listed(group, view);
      if (!inside.ok) return { ok: false, message: `${name}: ${inside.message}` };
      all.push(...inside.value);
    } else all.push(...(group ?? [name]));
  }
  return { ok: true, value: all };
}

/** What `template` comes to: a list, or text with a name a line. */
function listed(template: string, view: View): Result<readonly string[]> {
  const filled = interpolateText(template, view.scope, view.values);
  if (!filled.ok) return { ok: false, message: filled.message };
  const text = filled.text.trim();
  if (text.startsWith('[')) {
    try {
      const value = parseJson(text);
      if (isList(value)) return { ok: true, value: value.map((one) => toText(one).trim()) };
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
    }
  }
  const lines = text.split('\n').map((line) => line.trim());
  return { ok: true, value: lines.filter((line) => line !== '') };
}

function inOrder(names: readonly string[], order: On['order'], seed: string): readonly string[] {
  switch (order) {
    case 'given':
      return names;
    case 'reverse':
      return names.toReversed();
    case 'random': {
      const drawn = names.map((name) => [mixed(`${seed} ${name}`), name] as const);
      return drawn.toSorted(([a], [b]) => a - b).map(([, name]) => name);
    }
  }
}

/** A number that every bit of `text` has changed (FNV-1a, then the finish of MurmurHash3). */
function mixed(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** How many hosts each batch has; the last size repeats until all have their turn. */
export function batchesOf(sizes: readonly string[], count: number): readonly number[] {
  const batches: number[] = [];
  let left = count;
  for (let index = 0; left > 0; index += 1) {
    const size = sizes[Math.min(index, sizes.length - 1)] ?? 'rest';
    const wanted = size === 'rest' ? left : share(size, count);
    batches.push(Math.min(left, wanted));
    left -= Math.min(left, wanted);
  }
  return batches;
}

/** `3`, or the part of `count` that `10%` is; at least one. */
function share(written: string, count: number): number {
  const part = written.endsWith('%') ? Math.floor((Number(written.slice(0, -1)) * count) / 100) : Number(written);
  return Math.max(1, part);
}
