/**
 * Takes away what a run that is over has left on its hosts.
 *
 * Invariants:
 * - Only what has ended goes, and only when its evidence is here as it was recorded and the host has the same.
 * - What stays is on record, with why and with what takes it away; nothing that a host says changes what the run came to.
 * - Of a run that was taken over nothing goes: who drove it before may be about to begin something there, and what is there keeps it from that.
 */
import { draft } from '../run/draft.ts';
import type { EventDraft, Evidence } from '../run/event.ts';
import { oneLine } from '../run/failure.ts';
import { namedHosts } from '../run/host-words.ts';
import type { AttemptState, RunState } from '../run/state.ts';
import type { Journal } from '../store/journals.ts';
import { toAttemptId, Unreachable } from '../target/target.ts';
import type { Hosts, SettledAttempt, SettledStream } from '../target/targets.ts';
import type { SessionOptions } from './session-options.ts';

/** Machines that are asked at the same time. */
const atOnce = 16;
/** How long one host may take, and how long all of them. */
const hostMs = 15_000;
const allMs = 60_000;

/** Asks the hosts of `state` when it is over, and appends what stays where. Left early when `leave` aborts. */
export async function clearHosts(
  { hosts, journal, host }: Pick<SessionOptions, 'hosts' | 'journal' | 'host'>,
  state: RunState,
  append: (notes: readonly EventDraft[]) => Promise<void>,
  leave: AbortSignal,
): Promise<void> {
  if (state.endedAt === null || hosts?.clear === undefined) return;
  const machines = machinesOf(state);
  if (machines.length === 0) return;
  const staying = state.fleet.takenOver
    ? machines.flat().map((name) => [name, 'the run was taken over from another driver'] as const)
    : await clearAll({ clear: hosts.clear.bind(hosts), journal, clock: host.clock }, state, machines, leave);
  const notes = stayingNotes(state.id, staying).map((text) => draft('note.added', { text }));
  if (notes.length > 0) await append(notes);
}

interface Clearing {
  readonly clear: NonNullable<Hosts['clear']>;
  readonly journal: Pick<Journal, 'evidence'>;
  readonly clock: SessionOptions['host']['clock'];
}

type Staying = readonly [host: string, reason: string];

/** The hosts that have answered, those of one machine together: what was begun by one of its names is there by the others too. */
function machinesOf({ fleet }: RunState): readonly (readonly string[])[] {
  const machines = new Map<string, string[]>();
  for (const { name, newest } of fleet.known.values()) {
    if (newest === null) continue;
    const machine = newest.machineId ?? newest.hostKey ?? name;
    machines.set(machine, [...(machines.get(machine) ?? []), name]);
  }
  return [...machines.values()];
}

async function clearAll(
  clearing: Clearing,
  state: RunState,
  machines: readonly (readonly string[])[],
  leave: AbortSignal,
): Promise<readonly Staying[]> {
  const settled = await settledAttempts(state, clearing.journal);
  const over = within(clearing.clock, allMs, leave);
  const left = [...machines];
  const staying: Staying[] = [];
  const next = async (): Promise<void> => {
    for (let names = left.shift(); names !== undefined; names = left.shift()) {
      const attempts = names.flatMap((name) => settled.get(name) ?? []);
      for (const name of names) {
        const reason = await stays(clearing, name, attempts, over.signal);
        if (reason !== null) staying.push([name, reason]);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, next));
  over.cancel();
  return staying;
}

async function stays(
  { clear, clock }: Clearing,
  name: string,
  attempts: readonly SettledAttempt[],
  leave: AbortSignal,
): Promise<string | null> {
  if (leave.aborted) return 'it was not waited for';
  const limit = within(clock, hostMs, leave);
  try {
    return await clear(name, attempts, limit.signal);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const reason = oneLine(message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message);
    return error instanceof Unreachable ? `it cannot be reached: ${reason}` : reason;
  } finally {
    limit.cancel();
  }
}

/** Aborts with `leave`, and after `ms`. */
function within(
  clock: Clearing['clock'],
  ms: number,
  leave: AbortSignal,
): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const over = new AbortController();
  const done = new AbortController();
  clock.sleep(ms, done.signal).then(
    () => (done.signal.aborted ? undefined : over.abort()),
    () => undefined,
  );
  return { signal: AbortSignal.any([leave, over.signal]), cancel: () => done.abort() };
}

/** The attempts on hosts that have ended, and whose evidence is what was recorded, by host. */
async function settledAttempts(
  state: RunState,
  { evidence }: Pick<Journal, 'evidence'>,
): Promise<ReadonlyMap<string, readonly SettledAttempt[]>> {
  const found = new Map<string, SettledAttempt[]>();
  for (const id of state.startedOrder) {
    for (const visit of state.steps.get(id)?.visits ?? []) {
      for (const attempt of visit.attempts) {
        if (attempt.host === null || attempt.status !== 'ended' || attempt.end === null) continue;
        if (!(await isWhole(attempt.end.evidence, evidence))) continue;
        const { host } = attempt;
        found.set(host, [...(found.get(host) ?? []), settledBy(attempt, attempt.end.evidence)]);
      }
    }
  }
  return found;
}

/** Whether all that was recorded as evidence is there as it was. */
async function isWhole(recorded: readonly Evidence[], kept: Journal['evidence']): Promise<boolean> {
  for (const { path, bytes, sha256 } of recorded) {
    if ((await kept.digests(path, [bytes]))?.get(bytes) !== sha256) return false;
  }
  return true;
}

function settledBy({ folder }: AttemptState, evidence: readonly Evidence[]): SettledAttempt {
  const stream = (name: string): SettledStream | null => {
    const found = evidence.find(({ path }) => path === `${folder}/${name}`);
    return found === undefined ? null : { bytes: found.bytes, sha256: found.sha256 };
  };
  return { id: toAttemptId(folder), output: stream('output.log'), errors: stream('stderr.log') };
}

/** One line for each reason. */
function stayingNotes(run: string, staying: readonly Staying[]): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const [name, reason] of staying) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  return [...byReason].map(
    ([reason, names]) =>
      `${namedHosts(names)} ${names.length === 1 ? 'keeps' : 'keep'} folders of this run (${reason}); gonogo hosts clean ${run} takes them away`,
  );
}
