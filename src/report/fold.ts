/**
 * Many hosts in few rows.
 *
 * Invariant: no host is left out: what says the same of several names all of them.
 */
import type { OnHost } from './hosts-model.ts';

/** So many rows of hosts that say the same stand one by one. */
export const hostRowsMax = 3;

/** A row, and the hosts of which it says the same; none: it happened here. */
export interface Folded<T> {
  readonly row: T;
  readonly hosts: readonly string[];
  /** The rows that it stands for, itself among them. */
  readonly all: readonly T[];
}

/** The rows in their order, those of one step that say the `same` as one where they are more than `most`. */
export function foldHosts<T extends OnHost>(
  rows: readonly T[],
  same: (row: T) => string,
  most: number,
): readonly Folded<T>[] {
  const groups = Map.groupBy(rows, (row) => (row.on === undefined ? row : `${row.on.step} ${same(row)}`));
  const done = new Set<unknown>();
  return rows.flatMap((row) => {
    const key = row.on === undefined ? row : `${row.on.step} ${same(row)}`;
    const all = groups.get(key) ?? [row];
    if (row.on === undefined) return [{ row, hosts: [], all: [row] }];
    if (all.length <= most) return [{ row, hosts: [row.on.host], all: [row] }];
    if (done.has(key)) return [];
    done.add(key);
    const hosts = [...new Set(all.flatMap(({ on }) => (on === undefined ? [] : [on.host])))];
    return [{ row, hosts, all }];
  });
}

/** The same where the order counts: only rows that follow each other with none of another step between them are one. */
export function foldInOrder<T extends OnHost>(
  rows: readonly T[],
  same: (row: T) => string,
  most: number,
): readonly Folded<T>[] {
  const stretches: T[][] = [];
  for (const row of rows) {
    const last = stretches.at(-1);
    if (last !== undefined && last.at(-1)?.on?.step === row.on?.step) last.push(row);
    else stretches.push([row]);
  }
  return stretches.flatMap((stretch) => foldHosts(stretch, same, most));
}

/** `switch on web3`, `switch on web4 to web9`; `id` where it happened here. */
export function whereOf({ row, hosts }: Folded<OnHost>, id: string): string {
  return row.on === undefined ? id : `${row.on.step} on ${hostNames(hosts)}`;
}

/** The command of a row without the line that names its host, so that those of several hosts are alike. */
export function commandOnAny({ command, on }: OnHost & { readonly command: string }): string {
  return on === undefined ? command : command.replace(`export host=${on.host}\n`, '');
}

/** The command of a row, or of all the hosts that it stands for. */
export function commandOnHosts(folded: Folded<OnHost & { readonly command: string }>): string {
  const { row, hosts } = folded;
  return hosts.length < 2
    ? row.command
    : `# on each of these ${hosts.length}, where $host is its name\n${commandOnAny(row)}`;
}

interface Numbered {
  readonly name: string;
  readonly number: number;
}

/** All of `names`: `web1 to web6, db`. */
export function hostNames(names: readonly string[]): string {
  const stems = new Map<string, Numbered[]>();
  for (const name of names) {
    const found = /^(.*?)(\d{1,9})(\D*)$/.exec(name);
    const [, before = name, digits = '', after = ''] = found ?? [];
    const width = digits.startsWith('0') ? digits.length : 0;
    const key = found === null ? name : `${before} ${width} ${after}`;
    stems.set(key, [...(stems.get(key) ?? []), { name, number: Number(digits) }]);
  }
  return [...stems.values()].flatMap(runsOf).join(', ');
}

function runsOf(stem: readonly Numbered[]): readonly string[] {
  const runs: Numbered[][] = [];
  for (const one of stem.toSorted((a, b) => a.number - b.number)) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1)?.number === one.number - 1) run.push(one);
    else runs.push([one]);
  }
  return runs.flatMap((run) =>
    run.length > 2 ? [`${run[0]?.name} to ${run.at(-1)?.name}`] : run.map(({ name }) => name),
  );
}
