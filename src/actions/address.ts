/** `host:port`, as `tcp` and `tls` read it. An IPv6 address stands in brackets: `[::1]:443`. */

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Null when `text` is no address. Host names are not looked at further. */
export function parseAddress(text: string): Address | null {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port };
}

/** Whether `text` may become an address: it is one, or a template decides. */
export function mayBeAddress(text: string): boolean {
  return text.includes('${{') || parseAddress(text) !== null;
}

export const addressForm = 'write host:port, with a port from 1 to 65535';
