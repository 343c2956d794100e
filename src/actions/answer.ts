/** What the answer of a server says about itself. */

/** A server that asks to be left alone for longer is asked again after this. */
const waitMaxMs = 3_600_000;
const busy: ReadonlySet<number> = new Set([429, 503]);

/**
 * How long a server that is busy asks to be left alone: milliseconds, at most an hour; undefined where it says nothing. A date is
 * compared with the server's own clock where it tells that, else with `nowMs` (epoch ms).
 */
export function retryAfterMs(
  status: number,
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): number | undefined {
  const said = busy.has(status) ? headers['retry-after']?.trim() : undefined;
  if (said === undefined) return undefined;
  if (/^\d{1,9}$/.test(said)) return Math.min(waitMaxMs, Number(said) * 1000);
  const until = Date.parse(said);
  const now = Date.parse(headers['date'] ?? '');
  const ms = until - (Number.isNaN(now) ? nowMs : now);
  return Number.isNaN(ms) ? undefined : Math.min(waitMaxMs, Math.max(0, Math.ceil(ms)));
}

/** The bytes of a text in UTF-8, where `contentType` names another charset; else, and where that is not known, as they are. */
export function inUtf8(bytes: Uint8Array, contentType: string | undefined): Uint8Array {
  const charset = /;\s*charset\s*=\s*"?([\w.:+-]+)/i.exec(contentType ?? '')?.[1];
  if (charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset)) return bytes;
  try {
    return new TextEncoder().encode(new TextDecoder(charset).decode(bytes));
  } catch (error) {
    if (error instanceof RangeError) return bytes;
    throw error;
  }
}
