/**
 * How a failure of the network is worded: by its code, in plain words, on one line.
 */

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
  UND_ERR_SOCKET: 'HOST closed the connection without an answer',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer of HOST are too large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'HOST closed the connection before the body was complete',
  ERR_HTTP2_STREAM_ERROR: 'HOST broke the answer off',
  ERR_HTTP2_SESSION_ERROR: 'HOST broke the connection off',
};

const noConnection: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The code that Node or OpenSSL gave an error; empty where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** True for an error that says that nothing took the connection. */
export function isNoConnection(error: unknown): boolean {
  return noConnection.has(codeOf(error));
}

/** One line that says what went wrong with `host`, without the runtime's own words where we know better ones. */
export function wordFailure(error: unknown, host: string): string {
  const code = codeOf(error);
  const words = wordsFor(code, host);
  if (words !== null) return words;
  if (code.startsWith('ERR_SSL_')) return `the TLS handshake with ${host} failed (${code.slice(8).toLowerCase()})`;
  if (code.startsWith('HPE_') || (error instanceof Error && error.name === 'HTTPParserError'))
    return `the answer of ${host} is not HTTP`;
  const message = error instanceof Error ? error.message : String(error);
  return `${message.split('\n')[0] ?? ''} (${host})`;
}

/** The words for a code about `host`; null where we have none. */
export function wordsFor(code: string, host: string): string | null {
  return WORDS[code]?.replace('HOST', () => host) ?? null;
}
