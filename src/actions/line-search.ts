/**
 * The lines of a text that a pattern matches.
 *
 * Invariants:
 * - A line is tested by itself, without its line end, whatever makes the search fast.
 * - Time is linear in the text.
 */
import { compileRegex, type Regex } from '../runbook/regex.ts';
import { requiredTexts } from './required-texts.ts';

export interface Line {
  /** From 1. */
  readonly number: number;
  readonly line: string;
}

export interface LineSearch {
  /** Whether `line` matches. */
  matches(line: string): boolean;
  /** The lines of `text` (with `\n` line ends) that match, in order. */
  lines(text: string): Iterable<Line>;
}

/** A search for `pattern`; the message says what is wrong with it. */
export function lineSearch(pattern: string): { ok: true; search: LineSearch } | { ok: false; message: string } {
  const compiled = compileRegex(pattern);
  if (!compiled.ok) return compiled;
  const { regex } = compiled;
  const required = requiredTexts(pattern);
  const anywhere = required === null ? wholeText(pattern) : null;
  return {
    ok: true,
    search: {
      matches: (line) => regex.found(line),
      lines: (text) => {
        if (required !== null) return linesWith(text, required, regex);
        return anywhere === null || anywhere.found(text) ? linesOf(text, regex) : [];
      },
    },
  };
}

/** Finds nothing in a whole text only when no line of it matches; null where the pattern speaks of the whole text's ends. */
function wholeText(pattern: string): Regex | null {
  if (/\\[AzQC]/.test(pattern)) return null;
  const compiled = compileRegex(`(?m)${pattern}`);
  return compiled.ok ? compiled.regex : null;
}

function* linesOf(text: string, regex: Regex): Generator<Line> {
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const end = lineEnd(text, start);
    number += 1;
    const line = text.slice(start, end);
    if (regex.found(line)) yield { number, line };
    start = end + 1;
  }
}

/** Tests only the lines in which one of `required` occurs. */
function* linesWith(text: string, required: readonly string[], regex: Regex): Generator<Line> {
  let number = 1;
  let from = 0;
  for (const at of occurrences(text, required)) {
    const start = text.lastIndexOf('\n', at) + 1;
    for (let next = text.indexOf('\n', from); next !== -1 && next < start; next = text.indexOf('\n', next + 1)) {
      number += 1;
    }
    from = start;
    const line = text.slice(start, lineEnd(text, start));
    if (regex.found(line)) yield { number, line };
  }
}

/** Where one of `texts` occurs, in rising order, at most once a line. */
function* occurrences(text: string, texts: readonly string[]): Generator<number> {
  const nexts = texts.map((one) => text.indexOf(one));
  for (;;) {
    let first = -1;
    for (const [index, at] of nexts.entries()) {
      if (at !== -1 && (first === -1 || at < (nexts[first] ?? 0))) first = index;
    }
    const at = nexts[first];
    if (at === undefined) return;
    yield at;
    const line = lineEnd(text, at);
    for (const [index, one] of texts.entries()) {
      const next = nexts[index] ?? -1;
      if (next !== -1 && next < line) nexts[index] = line >= text.length ? -1 : text.indexOf(one, line);
    }
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
