/**
 * What can be asked over the network from a target.
 *
 * Invariant: a failure of the world is a result with its reason, on one line; nothing here rejects for one, but for a target
 * that cannot be reached itself (`Unreachable`).
 */

export interface HttpRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  readonly timeoutMs: number;
  /** Bytes of the body that are read at most, counted after it was unpacked. */
  readonly bodyBytesMax: number;
  readonly tls: TlsOptions;
  /** True: a redirect is followed, up to a bound. */
  readonly follow: boolean;
  readonly guarded: Guarded;
}

/** How a server is trusted, and who asks. All but `verify` are PEM, or null. */
export interface TlsOptions {
  /** Authorities beside those that are trusted anyway. */
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  /** Whether a wrong certificate is an error. */
  readonly verify: boolean;
}

export const plainTls: TlsOptions = { ca: null, cert: null, key: null, verify: true };

/**
 * What of a request goes to no host but the one that it names, whatever redirects: headers, in lower case, beside those that
 * always are credentials; and the body.
 */
export interface Guarded {
  readonly headers: readonly string[];
  readonly body: boolean;
}

export const unguarded: Guarded = { headers: [], body: false };

/**
 * `body` is unpacked. `failed`: no response; `reason` is one line in plain words. `refused`: there was no connection. `sent`: the
 * request went out, so it may have had its effect.
 */
export type HttpResult =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
      readonly truncated: boolean;
      readonly ms: number;
    }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly refused?: boolean;
      readonly sent?: boolean;
      readonly ms: number;
    };
/**
 * What a TLS handshake showed. `untrusted`: why the certificate is not to be trusted for this host, in plain words, or
 * null. `subject` and `issuer`: `CN=…, O=…`.
 */
export type TlsResult =
  | {
      readonly kind: 'certificate';
      readonly validToMs: number;
      readonly subject: string;
      readonly issuer: string;
      readonly untrusted: string | null;
      readonly ms: number;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly ms: number };

/** The network as the target sees it. */
export interface Network {
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpResult>;
  connect(
    host: string,
    port: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<{ ms: number } | { reason: string; refused?: boolean; ms: number }>;
  /** One handshake. `ca`: PEM of extra authorities, or null. A certificate that is not trusted is no failure here. */
  inspectTls(
    host: string,
    port: number,
    options: { readonly timeoutMs: number; readonly ca: string | null },
    signal: AbortSignal,
  ): Promise<TlsResult>;
}
