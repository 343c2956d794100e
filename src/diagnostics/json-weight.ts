/**
 * What JSON from anybody may make of itself: a text of a few megabytes can hold millions of values, which take forty times the
 * memory, or be nested so deeply that reading it takes minutes. Told before it is read.
 */

/** Below this no text can become large. */
const lightBytes = 1024 * 1024;
const valuesMax = 2 * 1024 * 1024;
const depthMax = 1000;

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const opening: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const closing: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Why the JSON in `bytes` is too heavy to be read, as a sentence about "it"; null when it may be, whatever it says. */
export function tooHeavy(bytes: Uint8Array): string | null {
  if (bytes.length <= lightBytes) return null;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfText(bytes, at);
    else if (opening.has(byte)) {
      values += 1;
      depth += 1;
      if (depth > depthMax) return 'it is nested too deeply';
    } else if (closing.has(byte)) depth -= 1;
    else if (byte === comma || byte === colon) values += 1;
    if (values > valuesMax) return `it holds more than ${valuesMax} values`;
  }
  return null;
}

/** Where the text ends that begins at `start`. */
function endOfText(bytes: Uint8Array, start: number): number {
  for (let end = bytes.indexOf(quote, start + 1); end >= 0; end = bytes.indexOf(quote, end + 1)) {
    let escapes = 0;
    while (bytes[end - 1 - escapes] === backslash) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return bytes.length;
}
