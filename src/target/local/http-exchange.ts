/**
 * One HTTP exchange: a request, the redirects that it was told to follow, and the answer.
 *
 * Invariants:
 * - Never rejects for what the world does: a failure is a `reason` in plain words, on one line.
 * - Each request is written to one connection at most: one that the library would write again, because a connection went, fails.
 * - Reads at most `bodyBytesMax` unpacked bytes and ends within `timeoutMs`, redirects included.
 * - Credentials, and a body that holds some, go to the origin (scheme, host and port) that the request names and to no other.
 */
import type { Dispatcher } from 'undici';
import { startAlarm } from '../../host/alarm.ts';
import type { HttpRequest, HttpResult } from '../network.ts';
import { type Road, roadTo, type Ways } from './http-road.ts';
import { codeOf, isNoConnection, wordFailure } from './network-words.ts';
import { type Unpacking, unpacking } from './unpack.ts';

const redirectsMax = 20;

/** What came of one request, before it is known how long all of it took. */
type Came = WithoutMs<Extract<HttpResult, { kind: 'response' }>> | WithoutMs<Extract<HttpResult, { kind: 'failed' }>>;
type WithoutMs<T> = Omit<T, 'ms'>;
type Answer = Extract<Came, { kind: 'response' }>;

/** Why an exchange is ended before its end. */
type Cause = 'interrupted' | 'late';

/** Asks, and follows where `request` says so. */
export async function exchange(request: HttpRequest, signal: AbortSignal, ways: Ways): Promise<HttpResult> {
  const start = performance.now();
  const ended = (came: Came): HttpResult => ({ ...came, ms: Math.round(performance.now() - start) });
  if (!isHttp(request.url))
    return { kind: 'failed', reason: `not an http or https URL: ${request.url}`, refused: false, ms: 0 };
  if (signal.aborted) return { kind: 'failed', reason: 'interrupted', refused: false, ms: 0 };
  const ending = new AbortController();
  const interrupt = (): void => ending.abort('interrupted' satisfies Cause);
  const cancel = startAlarm(request.timeoutMs, () => ending.abort('late' satisfies Cause));
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    let next: HttpRequest = request;
    for (let hops = 0; ; hops += 1) {
      const came = await send(next, ending.signal, ways);
      const target = came.kind === 'response' && request.follow ? redirectOf(came, next) : null;
      if (target === null || came.kind !== 'response') return ended(came);
      if (hops === redirectsMax) return ended(answeredBadly(`${hostOf(next)} redirects again and again`));
      const followed = following(next, came, target);
      if (typeof followed === 'string') return ended(answeredBadly(followed));
      next = followed;
    }
  } finally {
    cancel();
    signal.removeEventListener('abort', interrupt);
  }
}

function answeredBadly(reason: string): Came {
  return { kind: 'failed', reason, refused: false, sent: true };
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function hostOf({ url }: HttpRequest): string {
  return new URL(url).host;
}

// --- redirects ---

const redirecting: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const alwaysGuarded = ['authorization', 'cookie', 'proxy-authorization'];

/** Where `answer` sends its reader, as it is written; null: nowhere. */
function redirectOf({ status, headers }: Answer, { url }: HttpRequest): string | null {
  const location = headers['location'];
  if (location === undefined || !redirecting.has(status)) return null;
  return URL.canParse(location, url) ? new URL(location, url).href : location;
}

/** The request that follows the redirect (RFC 9110, 15.4), or why none does. */
function following(request: HttpRequest, { status }: Answer, target: string): HttpRequest | string {
  const from = hostOf(request);
  if (!isHttp(target)) return `${from} redirects to what is no http or https address`;
  const anew =
    (status === 303 && request.method !== 'HEAD') || (status !== 307 && status !== 308 && request.method === 'POST');
  const bare = anew ? { method: 'GET', body: null, headers: without(request.headers, isOfBody) } : {};
  const next: HttpRequest = { ...request, ...bare, url: target };
  if (new URL(target).origin === new URL(request.url).origin) return next;
  if (request.guarded.body && next.body !== null)
    return `${from} redirects to another host, and the body, which holds a secret, is not sent there`;
  const isGuarded = (name: string): boolean => alwaysGuarded.includes(name) || request.guarded.headers.includes(name);
  const headers = without(next.headers, (name) => name === 'host' || isGuarded(name));
  return { ...next, headers, tls: { ...next.tls, cert: null, key: null } };
}

const isOfBody = (name: string): boolean => name.startsWith('content-');

function without(
  headers: HttpRequest['headers'],
  isDropped: (name: string) => boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isDropped(name.toLowerCase())));
}

// --- one request ---

function send(request: HttpRequest, ending: AbortSignal, ways: Ways): Promise<Came> {
  const url = new URL(request.url);
  let road: Road | string;
  try {
    road = roadTo(url, request.tls, ways);
  } catch (error) {
    road = wordFailure(error, url.host);
  }
  if (typeof road === 'string') return Promise.resolve({ kind: 'failed', reason: road, refused: false, sent: false });
  const { dispatcher, proxy } = road;
  return new Promise((resolve) => {
    const reader = new AnswerReader(request, url, proxy, (came) => {
      ending.removeEventListener('abort', stopped);
      dispatcher.destroy().catch(() => {});
      resolve(came);
    });
    const stopped = (): void => reader.stop(ending.reason === 'late' ? 'late' : 'interrupted');
    ending.addEventListener('abort', stopped, { once: true });
    if (ending.aborted) return stopped();
    try {
      dispatcher.dispatch(messageOf(request, url), reader);
    } catch (error) {
      reader.onResponseError(null, error);
    }
  });
}

function messageOf(request: HttpRequest, url: URL): Dispatcher.DispatchOptions {
  const named = new Set(Object.keys(request.headers).map((name) => name.toLowerCase()));
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  const basic = { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method,
    headers: {
      ...(named.has('user-agent') ? {} : { 'user-agent': 'gonogo' }),
      ...(named.has('authorization') || user === ':' ? {} : basic),
      ...request.headers,
    },
    body: request.body,
    reset: true,
  };
}

/** Takes what the library tells of one request and settles once. */
class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #host: string;
  readonly #proxy: () => string | null;
  readonly #settle: (came: Came) => void;
  #settled = false;
  #sent = false;
  #head: Pick<Answer, 'status' | 'headers'> | null = null;
  #unpacking: Unpacking | null = null;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(request: HttpRequest, { host }: URL, proxy: () => string | null, settle: (came: Came) => void) {
    this.#request = request;
    this.#host = host;
    this.#proxy = proxy;
    this.#settle = settle;
  }

  stop(cause: Cause): void {
    const reason = cause === 'late' ? `timed out after ${this.#request.timeoutMs} ms` : 'interrupted';
    this.#fail(reason, cause === 'late' && !this.#sent);
  }

  onRequestStart({ abort }: Dispatcher.DispatchController): void {
    // The connection went before the answer came, and the library would write the request to another.
    if (this.#sent) abort(new Error('written twice'));
    this.#sent = true;
  }

  onResponseStart(_: unknown, status: number, headers: Readonly<Record<string, string | string[] | undefined>>): void {
    if (status < 200) return;
    this.#head = { status, headers: flat(headers) };
    const packed = this.#head.headers['content-encoding'];
    if (packed === undefined || this.#request.method === 'HEAD' || status === 204 || status === 304) return;
    this.#unpacking = unpacking(packed, {
      data: (chunk) => this.#take(chunk),
      end: () => this.#done(false),
      failed: () => this.#fail(`the body of the answer of ${this.#host} is not ${packed}, as it says`),
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#unpacking === null) this.#take(chunk);
    else if (!this.#unpacking.push(chunk, () => controller.resume())) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#unpacking === null) this.#done(false);
    else this.#unpacking.end();
  }

  onResponseError(_: unknown, error: unknown): void {
    const proxy = this.#sent ? null : this.#proxy();
    this.#fail(
      proxy === null ? this.#wordDirect(error) : this.#wordProxied(error, proxy),
      isNoConnection(error) || isRefusal(error),
    );
  }

  #wordDirect(error: unknown): string {
    const broken = codeOf(error) === 'UND_ERR_SOCKET' && this.#head !== null;
    return broken ? `${this.#host} closed the connection before the body was complete` : wordFailure(error, this.#host);
  }

  #wordProxied(error: unknown, proxy: string): string {
    return isRefusal(error)
      ? `the proxy ${proxy} does not connect to ${this.#host} (HTTP ${proxyStatus(error)})`
      : `no way through the proxy: ${wordFailure(error, proxy)}`;
  }

  #take(chunk: Uint8Array): void {
    if (this.#settled) return;
    const room = this.#request.bodyBytesMax - this.#bytes;
    this.#chunks.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    this.#bytes += chunk.length;
    if (chunk.length > room) this.#done(true);
  }

  #done(truncated: boolean): void {
    if (this.#head === null) this.#fail(`the answer of ${this.#host} is not HTTP`);
    else this.#end({ kind: 'response', ...this.#head, body: Buffer.concat(this.#chunks), truncated });
  }

  #fail(reason: string, refused = false): void {
    this.#end({ kind: 'failed', reason, refused, sent: this.#sent });
  }

  /** What is told after the end, by a connection that is closed for it, is nothing new. */
  #end(came: Came): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#unpacking?.stop();
    this.#settle(came);
  }
}

/** The status with which a proxy refused a tunnel, as the library words it; undefined: it did not. */
function proxyStatus(error: unknown): string | undefined {
  return /^Proxy response \((\d+)\)/.exec(error instanceof Error ? error.message : '')?.[1];
}

function isRefusal(error: unknown): boolean {
  return proxyStatus(error) !== undefined;
}

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (value === undefined) return [];
      return [[name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]];
    }),
  );
}
