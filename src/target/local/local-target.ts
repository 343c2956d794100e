/**
 * This machine as a target: commands under the attempt protocol in folders of the run, its disk, its network, its boot and clock.
 *
 * Invariants:
 * - The id of an attempt is its folder relative to the run's, so what it prints and keeps lies in the run from the start.
 * - The same ending comes out whether this process waited for the command or an earlier one began it: everything is read from
 *   the attempt's folder.
 */
import { join } from 'node:path';
import {
  type Clock,
  clockSetMinMs,
  factsNow,
  type GrowingDigest,
  type Host,
  HostError,
  type HostErrorCode,
} from '../../host/host.ts';
import type { AttemptRef, ChildEnvironment, Ending, Target, Waiting } from '../target.ts';
import { thereAlready } from '../target.ts';
import type { AttemptKnown, Attempts } from './attempt.ts';
import { createAttempts } from './attempts.ts';
import { realNetwork } from './network.ts';
import { followFile, type KeepingHow, keepEvidence, keptOutput, outputNames, windowOf } from './output.ts';

/** What of a run its target has to know. */
export interface LocalRun {
  /** Absolute folder that evidence is relative to. */
  readonly folder: string;
  /** Absolute folder that commands run in unless they say otherwise. */
  readonly base: string;
  /** Variables as they were recorded at the start; they go before those of this process. */
  readonly environment: Readonly<Record<string, string>>;
}

/** From when on a command counts as long. */
const LONG_MS = 150;

/** What may be different in a moment. */
const passing: ReadonlySet<HostErrorCode> = new Set(['no-space', 'read-only', 'io']);

/** Opens this machine for one run after the other: what one session began is known to the next as its own. */
export function createLocalTargets(host: Host): (run: LocalRun) => Target {
  const attempts = createAttempts(host.files, host.clock, host.machine);
  return (run) => localTarget(host, attempts, run);
}

function localTarget(host: Host, attempts: Attempts, run: LocalRun): Target {
  const { files, clock, machine } = host;
  const place: Place = { host, attempts, run, begun: new Map() };
  const folderOf = ({ id }: AttemptRef): string => join(run.folder, id);
  return {
    base: run.base,
    files,
    network: realNetwork,
    bootId: async () => machine.bootId,
    now: async () => clock.now(),
    keep: (attempt, name, bytes) => keepEvidence(files, run.folder, attempt, { name, bytes }),
    commands: {
      begin: async (attempt, spec) => {
        try {
          await attempts.start({ ...spec, folder: folderOf(attempt), env: childEnvironment(place, spec.env) });
          place.begun.set(attempt.id, timesOf(clock));
          return { kind: 'begun' };
        } catch (error) {
          if (!(error instanceof HostError)) throw error;
          if (error.code === 'exists') return { kind: 'in-doubt', reason: thereAlready };
          return { kind: passing.has(error.code) ? 'not-started' : 'refused', reason: error.message };
        }
      },
      wait: (attempt, waiting, signal) => wait(place, attempt, waiting, signal),
      runs: (attempt) => attempts.runs(folderOf(attempt)),
      stop: async (attempt, graceMs) => {
        const known = await attempts.stop(folderOf(attempt), attempt.bootId, graceMs);
        if (known.kind !== 'alive') return { kind: 'ended' };
        return { kind: 'runs-on', processes: await attempts.running(folderOf(attempt)) };
      },
      window: (attempt, stream, start, length) =>
        windowOf(files, join(folderOf(attempt), outputNames[stream]), start, length),
      follow: (attempt, stream, start, signal) =>
        followFile(host, join(folderOf(attempt), outputNames[stream]), start, signal),
    },
  };
}

/** One moment by the clock that may be set, and by those that nobody sets. */
interface Times {
  readonly now: number;
  readonly steady: number;
}

function timesOf(clock: Clock): Times {
  return { now: clock.now(), steady: clock.steady() };
}

interface Place {
  readonly host: Host;
  /** When this process began its attempts, by their ids, until they end. */
  readonly begun: Map<string, Times>;
  readonly attempts: Attempts;
  readonly run: LocalRun;
}

function childEnvironment({ host, run }: Place, { without, set }: ChildEnvironment): Readonly<Record<string, string>> {
  const own = { ...host.machine.env };
  for (const name of without) delete own[name];
  return { ...own, ...run.environment, ...set };
}

async function wait(
  place: Place,
  attempt: AttemptRef,
  { tailBytesMax, held }: Waiting,
  signal: AbortSignal,
): Promise<Ending> {
  const folder = join(place.run.folder, attempt.id);
  const waiting = place.attempts.wait(folder, attempt.bootId, signal, held);
  const growing = await followLong(place.host, folder, waiting);
  const known = await waiting;
  if (known.kind !== 'exited') growing?.stop();
  switch (known.kind) {
    case 'exited':
      return exited(place, attempt, known, { tailBytesMax, growing });
    case 'alive':
      return { kind: 'runs-on' };
    case 'never-ran':
      return { kind: 'never-began', reason: known.reason ?? null };
    case 'in-doubt':
      return known;
  }
}

/** A command that takes longer than a moment may print a lot: its output is hashed as it comes. */
async function followLong(
  { files, clock }: Host,
  folder: string,
  waiting: Promise<unknown>,
): Promise<GrowingDigest | null> {
  const ended = new AbortController();
  const end = (): void => ended.abort();
  waiting.then(end, end);
  await clock.sleep(LONG_MS, ended.signal);
  return ended.signal.aborted ? null : files.follow(join(folder, outputNames.output));
}

async function exited(
  place: Place,
  attempt: AttemptRef,
  known: Extract<AttemptKnown, { kind: 'exited' }>,
  waited: Pick<KeepingHow, 'tailBytesMax' | 'growing'>,
): Promise<Ending> {
  const { files } = place.host;
  const folder = join(place.run.folder, attempt.id);
  const ms = await durationMs(place, folder, attempt.id);
  const { exit, timedOut } = known;
  const lost = known.lost === true;
  const how: KeepingHow = { ...waited, lost };
  const output = await keptOutput(files, attempt, join(folder, outputNames.output), how);
  const errors = await keptOutput(files, attempt, join(folder, outputNames.errors), { ...how, growing: null });
  return {
    kind: 'exited',
    exit,
    timedOut,
    lost,
    ms,
    output: output ?? { evidence: null, tail: { start: 0, bytes: new Uint8Array(0), total: 0 } },
    errors,
    left: await place.attempts.left(folder),
  };
}

/**
 * From the claim to the exit, by the times of their files, which are true for whoever waited. Where the clock was set meanwhile, or the
 * exit stands below the claim, they are not: then by what this process measured, if it began the attempt.
 */
async function durationMs({ host: { files, clock }, begun }: Place, folder: string, id: string): Promise<number> {
  const since = begun.get(id);
  begun.delete(id);
  const claim = await factsNow(files, join(folder, 'claim'));
  const exit = await factsNow(files, join(folder, 'exit'));
  if (since !== undefined) {
    const { now, steady } = timesOf(clock);
    const ms = steady - since.steady;
    const isBelowClaim = exit === null || exit.bytes === 0;
    if (isBelowClaim || Math.abs(now - since.now - ms) >= clockSetMinMs) return Math.round(ms);
  }
  if (claim === null || exit === null) return 0;
  return Math.max(0, Math.round(exit.modifiedMs - claim.modifiedMs));
}
