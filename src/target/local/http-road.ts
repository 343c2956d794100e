/**
 * The way of one request to its server: straight, or through the proxy that the environment names.
 *
 * Invariants:
 * - One connection of its own, closed with the request. The library's own timeouts are off: who asks has one for all of it.
 * - The lower-case name of a variable goes before the upper-case one. The address of a proxy, which may hold a password, is in
 *   no word of a failure.
 */
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { TlsOptions } from '../network.ts';
import { trustedAuthorities } from './trusted-authorities.ts';

/** The variables that say which proxy to use. */
export type ProxyVariables = Readonly<Record<string, string | undefined>>;

export interface Road {
  readonly dispatcher: Dispatcher;
  /** Null: no proxy is named, or this server is exempt from it; known once a connection was asked for. */
  proxy(): string | null;
}

/** How this process gets to the servers: with the proxies that `environment` names, or, by a local socket to each, `through` another machine. */
export interface Ways {
  readonly environment: ProxyVariables;
  /** The path of a local socket that leads to `port` of `host`. */
  readonly through?: (host: string, port: number) => string;
}

/** The way to `url`, or in one line why there is none. */
export function roadTo(url: URL, options: TlsOptions, { environment, through }: Ways): Road | string {
  const handshake = { ...handshakeOf(options), allowH2: true, timeout: 0 };
  if (through !== undefined) {
    const socketPath = through(url.hostname.replace(/^\[|\]$/g, ''), portOf(url));
    const connect = buildConnector({ ...handshake, socketPath });
    return { dispatcher: new Agent({ headersTimeout: 0, bodyTimeout: 0, allowH2: true, connect }), proxy: () => null };
  }
  const named = variableFor(url, environment);
  const address = named.value === '' ? null : proxyAddress(named.value);
  if (address === undefined) return `${named.name} names no http or https proxy`;
  const connect = buildConnector(handshake);
  const limits = { headersTimeout: 0, bodyTimeout: 0, allowH2: true };
  if (address === null) return { dispatcher: new Agent({ ...limits, connect }), proxy: () => null };
  let straight = false;
  const dispatcher = new EnvHttpProxyAgent({
    ...limits,
    connect: (to, callback) => {
      straight = true;
      connect(to, callback);
    },
    httpProxy: address.href,
    httpsProxy: address.href,
    noProxy: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '',
    // Plain requests are handed to the proxy as a whole: many refuse tunnels to anything but TLS.
    proxyTunnel: false,
    requestTls: handshake,
    proxyTls: { timeout: 0 },
  });
  return { dispatcher, proxy: () => (straight ? null : address.host) };
}

/** The port that `url` names, or that of its scheme. */
export function portOf({ port, protocol }: URL): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

function variableFor(
  { protocol }: URL,
  environment: ProxyVariables,
): { readonly name: string; readonly value: string } {
  const lower = protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const name = environment[lower] === undefined ? lower.toUpperCase() : lower;
  return { name, value: environment[name]?.trim() ?? '' };
}

/** Undefined: it is no address of a proxy that can be used. */
function proxyAddress(value: string): URL | undefined {
  const written = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url : undefined;
}

function handshakeOf({ ca, cert, key, verify }: TlsOptions) {
  return {
    rejectUnauthorized: verify,
    // Naming `ca` replaces the trusted ones, so they are listed beside it.
    ...(ca === null ? {} : { ca: [...trustedAuthorities(), ca] }),
    ...(cert === null ? {} : { cert, key: key ?? cert }),
  };
}
