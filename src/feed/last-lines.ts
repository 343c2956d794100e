/** The end of what an attempt printed: what a failure is read by. */
import { decode } from '../diagnostics/sanitise.ts';
import { afterReturns, withoutScriptPath } from '../diagnostics/terminal-line.ts';
import type { AttemptState } from '../run/state.ts';
import type { ByteSource } from './byte-source.ts';

const bytesMax = 32 * 1024;

/**
 * At most `count` of the last lines of `attempt`: of its standard error where that is kept apart and not empty, else of its output.
 * As a terminal would leave them; whoever shows them sanitises. Empty where it printed nothing.
 */
export async function lastLines(source: ByteSource, attempt: AttemptState, count: number): Promise<readonly string[]> {
  for (const name of ['stderr.log', 'output.log']) {
    const { bytes, size } = await source.readTail(`${attempt.folder}/${name}`, bytesMax);
    const lines = decode(bytes).replace(/\n$/, '').split('\n');
    // The first line of a part is the end of one that began before it.
    const whole = size > bytes.length ? lines.slice(1) : lines;
    if (bytes.length > 0) return whole.slice(-count).map((line) => withoutScriptPath(afterReturns(line)));
  }
  return [];
}
