/**
 * The real network: one HTTP exchange, TCP connection or TLS handshake at a time, on a connection of its own.
 *
 * Invariants:
 * - Never throws and never rejects for what the world does: a failure is a `reason` in plain words, on one line.
 * - No redirect is followed, no proxy is used, no response is decoded: what the server said is what is recorded.
 * - Reads at most `bodyBytesMax` bytes of a body and ends within `timeoutMs`.
 */

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, connect as tcpConnect } from 'node:net';
import * as tls from 'node:tls';
import { startAlarm } from '../../host/alarm.ts';
import type { HttpRequest, HttpResult, Network, TlsResult } from '../network.ts';

/** HTTP and TCP of this machine. Times are whole milliseconds of a monotonic clock. */
export const realNetwork: Network = {
  request: (request, signal) => exchange(request, signal),
  connect: (host, port, timeoutMs, signal) => connect(host, port, timeoutMs, signal),
  inspectTls: (host, port, options, signal) => inspectTls(host, port, options, signal),
};

function stopwatch(): () => number {
  const start = performance.now();
  return () => Math.round(performance.now() - start);
}

async function exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpResult> {
  const elapsedMs = stopwatch();
  const url = URL.canParse(request.url) ? new URL(request.url) : null;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return { kind: 'failed', reason: `not an http or https URL: ${request.url}`, ms: 0 };
  }
  if (signal.aborted) return { kind: 'failed', reason: 'interrupted', ms: 0 };
  return new Promise((resolve) => {
    let outgoing: ClientRequest | null = null;
    const settle = (result: HttpResult): void => {
      cancel();
      signal.removeEventListener('abort', interrupted);
      outgoing?.destroy();
      resolve(result);
    };
    const fail = (reason: string, refused = false): void =>
      settle({ kind: 'failed', reason, refused, ms: elapsedMs() });
    const interrupted = (): void => fail('interrupted');
    const isConnected = (): boolean => outgoing?.socket?.connecting === false;
    const late = (): void => fail(`timed out after ${request.timeoutMs} ms`, !isConnected());
    const cancel = startAlarm(request.timeoutMs, late);
    signal.addEventListener('abort', interrupted, { once: true });
    try {
      outgoing = open(url, request);
    } catch (error) {
      return fail(wordFailure(error, url.host));
    }
    // A destroyed request may still report an error; by then the promise is settled and the report is nothing new.
    outgoing.on('error', (error) => fail(wordFailure(error, url.host), isNoConnection(error)));
    outgoing.on('response', (response) => receive(response, request.bodyBytesMax, elapsedMs, settle, url.host));
    outgoing.end(request.body ?? undefined);
  });
}

function open(url: URL, request: HttpRequest): ClientRequest {
  const named = new Set(Object.keys(request.headers).map((name) => name.toLowerCase()));
  const headers = { ...(named.has('user-agent') ? {} : { 'user-agent': 'gonogo' }), ...request.headers };
  const common = { method: request.method, headers, agent: false } as const;
  if (url.protocol === 'http:') return httpRequest(url, common);
  const ca = request.ca === null ? {} : { ca: [...trustedAuthorities(), request.ca] };
  return httpsRequest(url, { ...common, ...ca, rejectUnauthorized: request.verifyTls });
}

/** Naming `ca` replaces the trusted ones, so they are listed beside it; the function is younger than our oldest Node. */
function trustedAuthorities(): readonly string[] {
  return typeof tls.getCACertificates === 'function' ? tls.getCACertificates('default') : tls.rootCertificates;
}

function receive(
  response: IncomingMessage,
  bytesMax: number,
  elapsedMs: () => number,
  settle: (result: HttpResult) => void,
  host: string,
): void {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const done = (truncated: boolean): void =>
    settle({
      kind: 'response',
      status: response.statusCode ?? 0,
      headers: flatHeaders(response),
      body: Buffer.concat(chunks),
      truncated,
      ms: elapsedMs(),
    });
  response.on('data', (chunk: Uint8Array) => {
    const room = bytesMax - bytes;
    chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    bytes += chunk.length;
    if (bytes > bytesMax) done(true);
  });
  response.on('end', () => done(false));
  response.on('error', (error) => settle({ kind: 'failed', reason: wordFailure(error, host), ms: elapsedMs() }));
  response.on('aborted', () =>
    settle({ kind: 'failed', reason: `${host} closed the connection before the body was complete`, ms: elapsedMs() }),
  );
}

function flatHeaders(response: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
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

async function inspectTls(
  host: string,
  port: number,
  options: { readonly timeoutMs: number; readonly ca: string | null },
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
      socket = tls.connect({ host, port, ...name, ...ca, rejectUnauthorized: false });
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
  const words = typeof reason === 'string' ? WORDS[reason] : undefined;
  return words === undefined ? `certificate is not trusted: ${address}` : words.replace('HOST', address);
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused by HOST',
  ENOTFOUND: 'name not found: HOST',
  EAI_AGAIN: 'the name server did not answer for HOST',
  ETIMEDOUT: 'HOST did not answer in time',
  EHOSTUNREACH: 'no route to HOST',
  ENETUNREACH: 'the network of HOST cannot be reached',
  ECONNRESET: 'HOST closed the connection without an answer',
  EPIPE: 'HOST closed the connection while the request was sent',
  EPROTO: 'the TLS handshake with HOST failed; does it speak TLS on this port?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'HOST does not speak TLS on this port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'HOST does not speak TLS on this port',
  CERT_HAS_EXPIRED: 'certificate expired: HOST',
  CERT_NOT_YET_VALID: 'certificate not valid yet: HOST',
  CERT_REVOKED: 'certificate revoked: HOST',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate is self-signed: HOST',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate chain ends in an authority that is not trusted: HOST',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate is from an authority that is not trusted: HOST',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate is from an authority that is not trusted: HOST',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate is from an authority that is not trusted: HOST',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate is for another name than HOST',
};

const noConnection: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** True for an error that says that nothing took the connection. */
function isNoConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && noConnection.has(error.code);
}

/** One line that says what went wrong with `host`, without the runtime's own words where we know better ones. */
function wordFailure(error: unknown, host: string): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const words = WORDS[code];
  if (words !== undefined) return words.replace('HOST', host);
  if (code.startsWith('ERR_SSL_')) return `the TLS handshake with ${host} failed (${code.slice(8).toLowerCase()})`;
  if (code.startsWith('HPE_')) return `the answer of ${host} is not HTTP`;
  const message = error instanceof Error ? error.message : String(error);
  return `${message.split('\n')[0] ?? ''} (${host})`;
}
