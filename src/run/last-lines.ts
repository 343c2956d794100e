/**
 * The end of what a failed attempt printed, as its record keeps it: what a failure is read by, in every report.
 *
 * Invariants:
 * - A secret is masked before anything is cut: half a secret is still one.
 * - At most `linesMax` lines of `lineLengthMax` characters. Whoever shows them sanitises.
 */
import { cut } from '../diagnostics/cut.ts';
import { maskText } from '../diagnostics/mask.ts';
import { afterReturns, withoutScriptPath } from '../diagnostics/terminal-line.ts';

/** Lines that are kept. */
export const linesMax = 20;
const lineLengthMax = 400;
/** Of a text, what is looked at. */
const endLength = 64 * 1024;

/** The last lines of `text` as a terminal would leave them, without colour and without any of `secrets`; none of an empty text. */
export function lastLinesOf(text: string, secrets: readonly string[]): readonly string[] {
  const masked = maskText(text.slice(-endLength), secrets).replace(/\s+$/, '');
  if (masked === '') return [];
  const lines = masked.split('\n');
  // The first line of a part is the end of one that began before it.
  const whole = text.length > endLength && lines.length > 1 ? lines.slice(1) : lines;
  return whole
    .slice(-linesMax)
    .map((line) => cut(withoutScriptPath(afterReturns(line)).replaceAll(/\x1b\[[0-9;]*m/g, ''), lineLengthMax));
}
