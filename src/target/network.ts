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
  readonly body: string | null;
  readonly timeoutMs: number;
  /** Bytes of the body that are read at most. */
  readonly bodyBytesMax: number;
  /** PEM of extra authorities, or null. */
  readonly ca: string | null;
  /** Whether a wrong certificate is an error. */
  readonly verifyTls: boolean;
}

/** `failed`: no response; `reason` is one line in plain words. `refused`: there was no connection. */
export type HttpResult =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: Uint8Array;
      readonly truncated: boolean;
      readonly ms: number;
    }
  | { readonly kind: 'failed'; readonly reason: string; readonly refused?: boolean; readonly ms: number };

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
