/**
 * The real network: one HTTP exchange, TCP connection or TLS handshake at a time, on a connection of its own.
 *
 * Invariants:
 * - Never throws and never rejects for what the world does: a failure is a `reason` in plain words, on one line.
 * - The HTTP client is loaded with the first request.
 */

import { isIP, connect as tcpConnect } from 'node:net';
import * as tls from 'node:tls';
import { startAlarm } from '../../host/alarm.ts';
import type { Network, TlsResult } from '../network.ts';
import type { ProxyVariables } from './http-road.ts';
import { isNoConnection, wordFailure, wordsFor } from './network-words.ts';
import { trustedAuthorities } from './trusted-authorities.ts';

/** HTTP and TCP of this machine. Times are whole milliseconds of a monotonic clock. */
export const realNetwork: Network = networkWith(process.env);

/** The same with the proxies that `environment` names. */
export function networkWith(environment: ProxyVariables): Network {
  return {
    request: async (request, signal) => (await import('./http-exchange.ts')).exchange(request, signal, { environment }),
    connect: (host, port, timeoutMs, signal) => connect(host, port, timeoutMs, signal),
    inspectTls: (host, port, options, signal) => inspectTls(host, port, options, signal),
  };
}

function stopwatch(): () => number {
  const start = performance.now();
  return () => Math.round(performance.now() - start);
}

async function connect(
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ ms: number } | { reason: string; refused?: boolean; ms: number }> {
  const elapsedMs = stopwatch();
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return { reason: `not a port number: ${port}`, ms: 0 };
  if (signal.aborted) return { reason: 'interrupted', ms: 0 };
  return new Promise((resolve) => {
    const socket = tcpConnect({ host, port });
    const settle = (reason: string | null, refused = false): void => {
      cancel();
      signal.removeEventListener('abort', interrupted);
      socket.destroy();
      resolve(reason === null ? { ms: elapsedMs() } : { reason, refused, ms: elapsedMs() });
    };
    const interrupted = (): void => settle('interrupted');
    const cancel = startAlarm(timeoutMs, () => settle(`timed out after ${timeoutMs} ms`, true));
    signal.addEventListener('abort', interrupted, { once: true });
    socket.on('connect', () => settle(null));
    socket.on('error', (error) => settle(wordFailure(error, `${host}:${port}`), isNoConnection(error)));
  });
}

/** One handshake. `path`: of a local socket that leads there. */
export async function inspectTls(
  host: string,
  port: number,
  options: { readonly timeoutMs: number; readonly ca: string | null; readonly path?: string },
  signal: AbortSignal,
): Promise<TlsResult> {
  const elapsedMs = stopwatch();
  const address = `${host}:${port}`;
  if (signal.aborted) return { kind: 'failed', reason: 'interrupted', ms: 0 };
  return new Promise((resolve) => {
    let socket: tls.TLSSocket | null = null;
    const settle = (result: TlsResult): void => {
      cancel();
      signal.removeEventListener('abort', interrupted);
      socket?.destroy();
      resolve(result);
    };
    const fail = (reason: string): void => settle({ kind: 'failed', reason, ms: elapsedMs() });
    const interrupted = (): void => fail('interrupted');
    const cancel = startAlarm(options.timeoutMs, () => fail(`timed out after ${options.timeoutMs} ms`));
    signal.addEventListener('abort', interrupted, { once: true });
    const ca = options.ca === null ? {} : { ca: [...trustedAuthorities(), options.ca] };
    // A server name is a name: an address is not sent as one, and the certificate is still compared with `host`.
    const name = isIP(host) === 0 ? { servername: host } : {};
    try {
      socket = tls.connect({
        ...(options.path === undefined ? { host, port } : { path: options.path, host }),
        ...name,
        ...ca,
        rejectUnauthorized: false,
      });
    } catch (error) {
      return fail(wordFailure(error, address));
    }
    const connected = socket;
    connected.on('error', (error) => fail(wordFailure(error, address)));
    connected.on('secureConnect', () => settle(certificateOf(connected, address, elapsedMs())));
  });
}

function certificateOf(socket: tls.TLSSocket, address: string, ms: number): TlsResult {
  const certificate = socket.getPeerCertificate();
  const validToMs = Date.parse(certificate.valid_to ?? '');
  if (Number.isNaN(validToMs)) return { kind: 'failed', reason: `${address} presents no certificate`, ms };
  const untrusted = socket.authorized ? null : wordUntrusted(socket.authorizationError, address);
  return {
    kind: 'certificate',
    validToMs,
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    untrusted,
    ms,
  };
}

/** `CN=example.org, O=Example`. */
function nameOf(name: Readonly<Record<string, string | string[] | undefined>>): string {
  const parts = Object.entries(name).map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('+') : value}`);
  return parts.reverse().join(', ');
}

/** Node gives the code itself here, as text or as the code of an error. */
function wordUntrusted(reason: unknown, address: string): string {
  if (reason instanceof Error) return wordFailure(reason, address);
  const words = typeof reason === 'string' ? wordsFor(reason, address) : null;
  return words ?? `certificate is not trusted: ${address}`;
}
