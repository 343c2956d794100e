/**
 * The network as another machine sees it: connections that its ssh server makes for us (`ssh -W`), so that nothing is needed there.
 *
 * Invariants:
 * - Names are looked up there. No proxy of this machine's environment is asked.
 * - What leads to a server here is a socket in a folder that only this user can read, and it goes with the request.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { startAlarm } from '../../host/alarm.ts';
import { portOf } from '../local/http-road.ts';
import { inspectTls } from '../local/network.ts';
import type { HttpResult, Network } from '../network.ts';
import { Unreachable } from '../target.ts';
import type { Road } from './road.ts';

/** What there is to say of a connection that was tried. */
type Connected = { readonly ms: number } | { readonly reason: string; readonly refused?: boolean; readonly ms: number };

/** `socketPath`: of a new local socket, each time another. */
export interface FarNetworkWorld {
  readonly road: Road;
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  readonly socketPath: () => string;
}

export function farNetwork(world: FarNetworkWorld): Network {
  return {
    connect: (host, port, timeoutMs, signal) => connect(world, { host, port }, timeoutMs, signal),
    inspectTls: async (host, port, options, signal) => {
      const connected = await connect(world, { host, port }, options.timeoutMs, signal);
      if ('reason' in connected) return { kind: 'failed', reason: connected.reason, ms: connected.ms };
      const words = await world.road.words();
      const way = wayTo(world, words, { host, port });
      try {
        return await inspectTls(host, port, { ...options, path: way.path }, signal);
      } finally {
        way.close();
      }
    },
    request: async (request, signal) => {
      const refused = await refusal(world, request.url, request.timeoutMs, signal);
      if (refused !== null) return refused;
      const words = await world.road.words();
      const ways: Way[] = [];
      const through = (host: string, port: number): string => {
        const way = wayTo(world, words, { host, port });
        ways.push(way);
        return way.path;
      };
      try {
        return await (await import('../local/http-exchange.ts')).exchange(request, signal, {
          environment: {},
          through,
        });
      } finally {
        for (const way of ways) way.close();
      }
    },
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Why there is no connection to the server of `url`; null: there is one, or `url` is none and its reader says so. */
async function refusal(
  world: FarNetworkWorld,
  url: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HttpResult | null> {
  if (!URL.canParse(url)) return null;
  const { hostname } = new URL(url);
  const connected = await connect(
    world,
    { host: hostname.replace(/^\[|\]$/g, ''), port: portOf(new URL(url)) },
    timeoutMs,
    signal,
  );
  if (!('reason' in connected)) return null;
  return {
    kind: 'failed',
    reason: connected.reason,
    refused: connected.refused ?? true,
    sent: false,
    ms: connected.ms,
  };
}

function begin(world: FarNetworkWorld, words: readonly string[], { host, port }: Address): ChildProcess {
  const [program = 'ssh', ...rest] = words;
  const to = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  // Twice `-v`: by that it tells when the connection is there.
  return spawn(program, ['-vv', '-W', to, ...rest], { env: world.env, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** What ssh says, by itself and over a master, when the other side of the connection is there. */
const isThere = /open confirm|mux_client_request_stdio_fwd: master session id/;

async function connect(
  world: FarNetworkWorld,
  server: Address,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Connected> {
  const start = performance.now();
  const { host, port } = server;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return { reason: `not a port number: ${port}`, ms: 0 };
  if (signal.aborted) return { reason: 'interrupted', ms: 0 };
  // Rejects where the machine itself is out of reach, which says nothing of the server.
  const taken = await world.road.take(signal);
  taken.give();
  const child = begin(world, await world.road.words(), server);
  return new Promise((resolve, reject) => {
    let said = '';
    const settle = (reason: string | null, refused = false): void => {
      cancel();
      signal.removeEventListener('abort', interrupted);
      child.kill('SIGTERM');
      const ms = Math.round(performance.now() - start);
      resolve(reason === null ? { ms } : { reason, refused, ms });
    };
    const interrupted = (): void => settle('interrupted');
    const cancel = startAlarm(timeoutMs, () => settle(`timed out after ${timeoutMs} ms`, true));
    signal.addEventListener('abort', interrupted, { once: true });
    child.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (isThere.test(said)) settle(null);
    });
    child.stdin?.on('error', () => undefined);
    child.on('error', (error) => reject(new Unreachable(`${world.name}: ${error.message}`, 'unfit')));
    child.on('exit', () => settle(whyNot(said, world.name, `${host}:${port}`), true));
  });
}

function whyNot(said: string, name: string, server: string): string {
  const why = /open failed: (?:connect failed: )?(.*)/.exec(said)?.[1]?.trim();
  if (why === undefined || why === '') return `no connection from ${name} to ${server}`;
  return /connection refused/i.test(why) ? `connection refused by ${server}` : `${why}: ${server} (from ${name})`;
}

/** A local socket that leads to a server. */
interface Way {
  readonly path: string;
  close(): void;
}

function wayTo(world: FarNetworkWorld, words: readonly string[], server: Address): Way {
  const path = world.socketPath();
  const children = new Set<ChildProcess>();
  const listener: Server = createServer((socket) => {
    const child = begin(world, words, server);
    children.add(child);
    child.stderr?.resume();
    socket.on('error', () => child.kill('SIGTERM'));
    child.on('error', () => socket.destroy());
    child.on('exit', () => children.delete(child));
    child.stdin?.on('error', () => undefined);
    if (child.stdin !== null) socket.pipe(child.stdin);
    child.stdout?.pipe(socket);
  });
  listener.on('error', () => undefined);
  listener.listen(path);
  return {
    path,
    close: () => {
      listener.close();
      for (const child of children) child.kill('SIGTERM');
      rmSync(path, { force: true });
    },
  };
}
