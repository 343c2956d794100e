/**
 * DSSE v1 pre-authentication encoding: what is really signed when an envelope is signed
 * (https://github.com/secure-systems-lab/dsse/blob/master/protocol.md, "Signature Definition").
 */
import { join } from './wire.ts';

/** `"DSSEv1" SP LEN(type) SP type SP LEN(body) SP body`, lengths in bytes as decimal ASCII. */
export function pae(payloadType: string, body: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const type = encoder.encode(payloadType);
  const head = encoder.encode(`DSSEv1 ${type.length} ${payloadType} ${body.length} `);
  return join(head, body);
}
