/**
 * The hosts of a document, or of a list, before a release goes there and after it: whether it could, and what it left.
 *
 * Invariants:
 * - A name that ssh would take for an option, or that is no one word, is refused before any host is asked.
 * - Of a run that is not over nothing is taken away.
 */
import * as z from 'zod';
import type { Runbook } from '../runbook/document.ts';
import { isOurs } from '../runbook/document-kind.ts';
import { hostProblem, hostsMax, quotedHost } from '../runbook/host-names.ts';
import { type Cleaned, cleanHosts, type Inspected, inspectHosts } from '../target/ssh/fleet.ts';
import { readDocument, readText } from './read-document.ts';
import { Refusal } from './refusal.ts';
import { listRuns } from './standing.ts';
import { openHost, readRun, type World } from './world.ts';

/** The hosts in the order in which they are named, each once, and what the steps on them need. */
export interface Fleet {
  readonly hosts: readonly string[];
  readonly programs: readonly string[];
  readonly accounts: readonly string[];
}

/** Hosts that a document may name for all of its steps. */
const documentHostsMax = 10_000;

/** The fleet that `file` names: a document's, or a list with one host a line. Throws `Refusal`. */
export async function readFleet(file: string): Promise<Fleet> {
  const { text } = readText(file);
  const ours = isOurs(text);
  const fleet = ours ? fleetOf((await readDocument(file)).runbook) : listed(text);
  const wrong = fleet.hosts.find((name) => hostProblem(name) !== null);
  if (wrong !== undefined) throw refused(file, `${quotedHost(wrong)} is no host: it ${hostProblem(wrong)}`);
  if (fleet.hosts.length === 0) throw refused(file, 'it names no host that is known before a run');
  const most = ours ? documentHostsMax : hostsMax;
  if (fleet.hosts.length > most)
    throw refused(file, `it names ${fleet.hosts.length} hosts, and a step happens on at most ${hostsMax}`);
  return fleet;
}

function refused(path: string, why: string): Refusal {
  return new Refusal({ code: 'unreadable', path, why }, `${path}: ${why}`);
}

function listed(text: string): Fleet {
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const hosts = lines.map((line) => line.replace(/(?:^|\s)#.*$/, '').trim()).filter((line) => line !== '');
  return { hosts: [...new Set(hosts)], programs: [], accounts: [] };
}

const groupsSchema = z.object({ hosts: z.record(z.string(), z.union([z.array(z.string()), z.string()])) });
const stepSchema = z.object({ on: z.object({ hosts: z.array(z.string()) }), become: z.string().optional() });

/** What a document says of hosts that it writes out. A list that only the run knows is none yet. */
function fleetOf(runbook: Runbook): Fleet {
  const groups = groupsSchema.safeParse(runbook).data?.hosts ?? {};
  const steps = everything(runbook).flatMap((value) => stepSchema.safeParse(value).data ?? []);
  const inGroups = Object.values(groups).flatMap((hosts) => (typeof hosts === 'string' ? [] : hosts));
  const named = steps.flatMap(({ on }) => on.hosts).filter((name) => groups[name] === undefined && name !== 'here');
  return {
    hosts: [...new Set([...inGroups, ...named])],
    programs: ['bash'],
    accounts: [...new Set(steps.flatMap(({ become }) => become ?? []))],
  };
}

/** Every object in `value`, itself among them. */
function everything(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(everything)];
}

/** Looks at each host of the fleet. `programs`: needed beside what the document says. `state`: see `SshRun`. */
export async function inspectFleet(
  fleet: Fleet,
  { programs, state }: { readonly programs: readonly string[]; readonly state: string | null },
): Promise<readonly Inspected[]> {
  const { host } = await openHost();
  const needs = { programs: [...new Set([...fleet.programs, ...programs])], accounts: fleet.accounts };
  return inspectHosts({ host, state, run: '' }, fleet.hosts, needs, new AbortController().signal);
}

/** What was taken away of one run, host by host. */
export interface CleanedRun {
  readonly run: string;
  readonly hosts: readonly Cleaned[];
}

/** Takes the folders of `name`, or of all runs that are over, away on their hosts. Throws `Refusal` for a run that goes on. */
export async function cleanFleet(
  world: World,
  name: string | null,
  state: string | null,
): Promise<readonly CleanedRun[]> {
  const names = name === null ? (await listRuns(world)).filter(isOver).map(({ run }) => run) : [name];
  const cleaned: CleanedRun[] = [];
  for (const one of names) {
    const read = await readRun(world, one);
    if (!isOver(read.state))
      throw refused(read.id, 'it is not over, and its folders say what still runs; end it, or roll it back');
    const hosts = [...new Set([...fleetOf(read.state.runbook).hosts, ...read.state.fleet.known.keys()])];
    if (hosts.length === 0) continue;
    const asked = { host: world.host, state, run: read.id };
    cleaned.push({ run: read.id, hosts: await cleanHosts(asked, hosts, new AbortController().signal) });
  }
  return cleaned;
}

function isOver({ status }: { readonly status: string }): boolean {
  return ['completed', 'rolled-back', 'failed', 'abandoned'].includes(status);
}
