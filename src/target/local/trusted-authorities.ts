/** What this machine trusts without being told. */
import * as tls from 'node:tls';

/** The authorities that are trusted anyway; the function is younger than our oldest Node. */
export function trustedAuthorities(): readonly string[] {
  return typeof tls.getCACertificates === 'function' ? tls.getCACertificates('default') : tls.rootCertificates;
}
