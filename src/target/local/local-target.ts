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
  type Files,
  factsNow,
  type GrowingDigest,
  type Host,
  HostError,
  type HostErrorCode,
} from '../../host/host.ts';
import type { Evidence } from '../../run/event.ts';
import type {
  AttemptRef,
  ChildEnvironment,
  Ending,
  KeptOutput,
  OutputWindow,
  Stream,
  Target,
  Waiting,
} from '../target.ts';
import { thereAlready } from '../target.ts';
import type { AttemptKnown, Attempts } from './attempt.ts';
import { createAttempts } from './attempts.ts';
import { realNetwork } from './network.ts';

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
/** How often a stream that is followed is looked at. */
const LOOK_EVERY_MS = 50;
const FOLLOW_BYTES = 65_536;

/** What may be different in a moment. */
const passing: ReadonlySet<HostErrorCode> = new Set(['no-space', 'read-only', 'io']);

const names: Readonly<Record<Stream, string>> = { output: 'output.log', errors: 'stderr.log' };

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
    keep: (attempt, name, bytes) => keep(place, attempt, name, bytes),
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
        windowOf(files, join(folderOf(attempt), names[stream]), start, length),
      follow: (attempt, stream, start, signal) => follow(host, join(folderOf(attempt), names[stream]), start, signal),
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
  return ended.signal.aborted ? null : files.follow(join(folder, names.output));
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
  const output = await keptOutput(files, attempt, join(folder, names.output), how);
  const errors = await keptOutput(files, attempt, join(folder, names.errors), { ...how, growing: null });
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

/** How much of the end is read, what has hashed it so far, and whether some of it is lost. */
interface KeepingHow {
  readonly tailBytesMax: number;
  readonly growing: GrowingDigest | null;
  readonly lost: boolean;
}

/** Null when there is no such file. */
async function keptOutput(
  files: Files,
  { id }: AttemptRef,
  path: string,
  { tailBytesMax, growing, lost }: KeepingHow,
): Promise<KeptOutput | null> {
  const facts = await factsNow(files, path);
  if (facts === null) return null;
  const start = Math.max(0, facts.bytes - tailBytesMax);
  const length = Math.min(tailBytesMax, facts.bytes - start);
  const bytes = length === 0 ? new Uint8Array(0) : await files.readRange(path, start, length);
  const digest = await (growing?.finish() ?? files.digest(path));
  const evidence = {
    path: `${id}/${path.slice(path.lastIndexOf('/') + 1)}`,
    ...digest,
    ...(lost ? { incomplete: true as const } : {}),
  };
  return { evidence, tail: { start, bytes, total: start + bytes.length } };
}

/**
 * From the claim to the exit, by the times of their files, which are true for whoever waited. Where the clock was set meanwhile they
 * are not: then by what this process measured, if it began the attempt.
 */
async function durationMs({ host: { files, clock }, begun }: Place, folder: string, id: string): Promise<number> {
  const since = begun.get(id);
  begun.delete(id);
  if (since !== undefined) {
    const { now, steady } = timesOf(clock);
    const ms = steady - since.steady;
    if (Math.abs(now - since.now - ms) >= clockSetMinMs) return Math.round(ms);
  }
  const claim = await factsNow(files, join(folder, 'claim'));
  const exit = await factsNow(files, join(folder, 'exit'));
  if (claim === null || exit === null) return 0;
  return Math.max(0, Math.round(exit.modifiedMs - claim.modifiedMs));
}

async function windowOf(files: Files, path: string, start: number, length: number): Promise<OutputWindow> {
  const total = (await files.facts(path))?.bytes ?? 0;
  const bytes = start < total ? await files.readRange(path, start, Math.min(length, total - start)) : new Uint8Array(0);
  return { start, bytes, total: Math.max(total, start + bytes.length) };
}

async function* follow(
  { files, clock }: Host,
  path: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<OutputWindow> {
  for (let at = start; ; ) {
    const window = await windowOf(files, path, at, FOLLOW_BYTES);
    at += window.bytes.length;
    if (window.bytes.length > 0) yield window;
    else if (signal.aborted) return;
    else await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

async function keep({ host, run }: Place, { id }: AttemptRef, name: string, bytes: Uint8Array): Promise<Evidence> {
  const { files } = host;
  const folder = join(run.folder, id);
  await files.ensureFolder(join(folder, '..'));
  await files.makeFolder(folder);
  await files.create(join(folder, name), bytes);
  return { path: `${id}/${name}`, ...(await files.digest(join(folder, name))) };
}
