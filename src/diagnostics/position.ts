/**
 * Offsets into a text, and the lines and columns that people read.
 *
 * Invariants:
 * - Lines end at LF, CR LF or a lone CR, as in YAML. Lines and columns count from 1; a column is one character (code point).
 * - Building the index is linear in the text; each look-up costs a binary search and the length of its line at most.
 */
import type { Diagnostic, Span } from './diagnostic.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface LineIndex {
  /** The place of a UTF-16 offset; one outside the text counts as its nearest end. */
  position(offset: number): Position;
  /** The line without its line break; empty for a line that does not exist. */
  lineText(line: number): string;
  /** Number of characters from `span.start` to `span.end` or to the end of the line, whichever is first; at least 1. */
  width(span: Span): number;
}

export function lineIndex(text: string): LineIndex {
  const starts = lineStarts(text);
  const lineOf = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const rawLine = (line: number): string => {
    const start = starts[line];
    return start === undefined ? '' : text.slice(start, starts[line + 1] ?? text.length).replace(/[\r\n]+$/, '');
  };
  return {
    position(offset) {
      const at = Math.min(Math.max(offset, 0), text.length);
      const line = lineOf(at);
      return { line: line + 1, column: characters(text.slice(starts[line] ?? 0, at)) + 1 };
    },
    lineText: (line) => rawLine(line - 1),
    width(span) {
      const line = lineOf(span.start);
      const end = Math.min(span.end, (starts[line] ?? 0) + rawLine(line).length);
      return Math.max(1, characters(text.slice(span.start, Math.max(span.start, end)).trimEnd()));
    },
  };
}

/** What a diagnostic says, without its place. */
export type Finding = Pick<Diagnostic, 'severity' | 'code' | 'message' | 'hint'>;

/** `finding` at `span` of the file that `index` was built from. */
export function diagnosticAt(file: string, index: LineIndex, span: Span, finding: Finding): Diagnostic {
  return { file, ...index.position(span.start), width: index.width(span), ...finding };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const { index, 0: lineBreak } of text.matchAll(/\r\n|\n|\r/g)) starts.push(index + lineBreak.length);
  return starts;
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
