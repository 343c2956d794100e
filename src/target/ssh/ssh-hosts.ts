/**
 * Other machines as targets, over the system's `ssh`.
 *
 * Invariants:
 * - A path there is absolute, or begins with `/~`, which is the home folder of whoever ssh makes us there.
 * - Asking for a host touches nothing. A name that ssh would take for an option, or that is none, is out of reach.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Host } from '../../host/host.ts';
import { followFile, keepEvidence, outputNames, windowOf } from '../local/output.ts';
import { type AttemptRef, type HostIdentity, type Stream, Unreachable } from '../target.ts';
import type { Hosts, HostTarget } from '../targets.ts';
import { FarCommands } from './far-commands.ts';
import { farFiles } from './far-files.ts';
import { farNetwork } from './far-network.ts';
import {
  checkText,
  cleanText,
  clearText,
  type FarPlace,
  factsText,
  home,
  inspectText,
  type Needs,
} from './far-operation.ts';
import { type Hello, readHello, SessionOver } from './far-session.ts';
import type { Gate } from './gate.ts';
import { Road, type RoadWorld } from './road.ts';

/** `folder`: absolute, of the run here. `state`: the folder for runs there, absolute or `/~/…`; null: gonogo's own. `run`: its id. */
export interface SshRun {
  readonly folder: string;
  readonly run: string;
  readonly state: string | null;
}

/** What a host said, by the words of its frames; see `far-text.ts`. */
type Found = ReadonlyMap<string, readonly string[]>;

export interface SshHosts extends Hosts {
  /** Who it is, and what of `needs` is not there. Rejects with `Unreachable`. */
  inspect(
    name: string,
    needs: Needs,
    signal: AbortSignal,
  ): Promise<{ readonly identity: HostIdentity; readonly found: Found }>;
  /** Takes the run's folders there away. Rejects with `Unreachable`. */
  clean(name: string, signal: AbortSignal): Promise<Found>;
}

/** The machines of one run, as `ssh` knows them. */
export function createSshHosts(host: Host, run: SshRun): SshHosts {
  let sockets: string | null = null;
  const world: RoadWorld = {
    clock: host.clock,
    env: host.machine.env,
    gates: new Map<string, Gate>(),
    folder: () => {
      sockets ??= mkdtempSync(join(socketBase(host.machine.env['TMPDIR'] ?? tmpdir()), 'gonogo-'));
      return sockets;
    },
  };
  const hosts = new Map<string, Opened>();
  const opened = (name: string): Opened => {
    const found = hosts.get(name) ?? open(host, world, run, { name, number: hosts.size });
    hosts.set(name, found);
    return found;
  };
  const place: FarPlace = { state: run.state, run: run.run };
  return {
    host: (name) => opened(name).target,
    inspect: async (name, needs, signal) => {
      const { road, identityOf } = opened(name);
      const found = await ask({ road, name }, inspectText(place, needs), signal);
      return { identity: identityOf(fitHello(name, found, host.clock.now())), found };
    },
    clean: (name, signal) => ask({ road: opened(name).road, name }, cleanText(place), signal),
    clear: async (name, attempts, signal) => {
      const found = await ask({ road: opened(name).road, name }, clearText(place, attempts), signal);
      return stayingWords(found);
    },
    close: async () => {
      await Promise.all([...hosts.values()].map(({ road }) => road.close((words) => quietly(words, world.env))));
      if (sockets !== null) rmSync(sockets, { recursive: true, force: true });
      sockets = null;
    },
  };
}

/** A control socket has a path of at most 104 bytes, some of which ssh needs. */
function socketBase(wished: string): string {
  return wished.length <= 50 ? wished : '/tmp';
}

function quietly([program = 'ssh', ...words]: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve) => {
    execFile(program, words, { env, timeout: 5000 }, () => resolve());
  });
}

interface Opened {
  readonly road: Road;
  readonly target: HostTarget;
  identityOf(hello: Hello): HostIdentity;
}

function open(
  host: Host,
  world: RoadWorld,
  run: SshRun,
  { name, number }: { readonly name: string; readonly number: number },
): Opened {
  const road = new Road(world, name, number);
  const place: FarPlace = { state: run.state, run: run.run };
  const identityOf = (hello: Hello): HostIdentity => ({
    bootId: hello.bootId,
    machineId: hello.machineId,
    hostname: hello.hostname,
    hostKey: road.hostKey,
    offsetMs: hello.farMs - hello.nearMs,
  });
  const commands = new FarCommands({ host, road, place, folder: run.folder, name, env: world.env, identityOf });
  const { files } = host;
  const streamOf = ({ id }: AttemptRef, stream: Stream): string => join(run.folder, id, outputNames[stream]);
  const look = async (text: string, signal: AbortSignal | null): Promise<Hello> =>
    fitHello(name, await ask({ road, name }, text, signal), host.clock.now());
  let sockets = 0;
  const socketPath = (): string => {
    sockets += 1;
    return join(world.folder(), `${number}-way-${sockets}`);
  };
  const target: HostTarget = {
    base: home,
    files: farFiles(road),
    network: farNetwork({ road, name, env: world.env, socketPath }),
    bootId: async () => {
      const taken = await road.take(null);
      taken.give();
      return taken.hello.bootId;
    },
    now: async () => {
      const { farMs, nearMs } = await look(factsText, null);
      return host.clock.now() + farMs - nearMs;
    },
    keep: (attempt, file, bytes) => keepEvidence(files, run.folder, attempt, { name: file, bytes }),
    identify: async (signal) => identityOf(await look(checkText(place), signal)),
    commands: {
      begin: (attempt, spec) => commands.begin(attempt, spec),
      wait: (attempt, waiting, signal) => commands.wait(attempt, waiting, signal),
      runs: (attempt) => commands.runs(attempt),
      stop: (attempt, graceMs) => commands.stop(attempt, graceMs),
      window: (attempt, stream, start, length) => windowOf(files, streamOf(attempt, stream), start, length),
      follow: (attempt, stream, start, signal) => followFile(host, streamOf(attempt, stream), start, signal),
    },
  };
  return { road, target, identityOf };
}

/** Why something of the run stays there; null: nothing does. */
function stayingWords(found: Found): string | null {
  const [kind, count = ''] = found.get('C')?.[0]?.split(' ') ?? [];
  if (kind === 'gone') return null;
  const [first = ''] = found.get('F') ?? [];
  const reason = first === '' ? 'the outcome of what is in them is not certain' : first;
  return `${count === '1' ? '1 folder' : `${count} folders`}: ${reason}`;
}

/** What `text` brings there; what has not come when `signal` aborts never does. Rejects with `Unreachable`. */
async function ask(
  { road, name }: { readonly road: Road; readonly name: string },
  text: string,
  signal: AbortSignal | null,
): Promise<Found> {
  const taken = await road.take(signal);
  const found = new Map<string, string[]>();
  const line = (word: string, rest: string): void => {
    found.set(word, [...(found.get(word) ?? []), rest]);
  };
  const late = (): void => taken.session.close('it did not answer in time');
  signal?.addEventListener('abort', late, { once: true });
  try {
    await taken.session.ask(text, { line, bytes: () => undefined });
  } catch (error) {
    if (!(error instanceof SessionOver)) throw error;
    throw new Unreachable(`${name}: ${error.message}`, 'down', { cause: error });
  } finally {
    signal?.removeEventListener('abort', late);
  }
  taken.give();
  return found;
}

/** Who it is, unless it says that it has not what the attempt protocol takes. */
function fitHello(name: string, found: Found, nearMs: number): Hello {
  const unfit = found.get('U')?.[0] ?? found.get('N')?.[0];
  if (unfit !== undefined) throw new Unreachable(`${name}: ${unfit}`, 'unfit');
  return readHello({ I: found.get('I')?.[0] ?? '', H: found.get('H')?.[0] ?? '' }, nearMs);
}
