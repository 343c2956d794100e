/**
 * When somebody typed, as the timing log of `script` tells: the events `I` and `O` with their bytes, in the order in which they came.
 *
 * Invariant: what was typed is not in it, only that it was.
 */

/** Offsets into the text of `output`, what was shown, at which something was typed, ascending; null when `timing` is no such log. */
export function typedOffsets(output: Uint8Array, timing: string): readonly number[] | null {
  const decoder = new TextDecoder();
  let at = headerOf(output);
  let offset = decoder.decode(output.subarray(0, at), { stream: true }).length;
  const offsets: number[] = [];
  for (const line of timing.split('\n')) {
    const event = /^([IO]) \d+\.\d+ (\d+)$/.exec(line);
    if (event === null) {
      if (line !== '' && !/^[HS] /.test(line)) return null;
      continue;
    }
    if (event[1] === 'I') offsets.push(offset);
    else {
      const end = at + Number(event[2]);
      offset += decoder.decode(output.subarray(at, end), { stream: true }).length;
      at = end;
    }
  }
  return at === headerOf(output) ? null : offsets;
}

/** Bytes of the line that `script` itself begins its log with. */
function headerOf(output: Uint8Array): number {
  const line = output.subarray(0, output.indexOf(0x0a) + 1);
  return new TextDecoder().decode(line).startsWith('Script started on ') ? line.length : 0;
}
