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

/** A text with `\n` line ends. `folded`: the same without case, place by place; null where that is not possible. */
export interface Searched {
  readonly text: string;
  readonly folded: string | null;
}

export interface LineSearch {
  /** Whether `line` matches. */
  matches(line: string): boolean;
  /** The lines that match, in order. */
  lines(searched: Searched): Iterable<Line>;
}

/** `text` without case, as long as `text`: whatever matches a letter in either case is that small letter. Null: a letter changes length. */
export function foldCase(text: string): string | null {
  const folded = text.toLowerCase().replaceAll('\u017f', 's');
  return folded.length === text.length ? folded : null;
}

export interface SearchOptions {
  /** A match begins and ends where a word does: no letter and no digit stands before or after it. `_` parts words. */
  readonly words: boolean;
}

/** A search for `pattern`; the message says what is wrong with it. */
export function lineSearch(
  pattern: string,
  { words }: SearchOptions = { words: false },
): { ok: true; search: LineSearch } | { ok: false; message: string } {
  const asWritten = compileRegex(pattern);
  const source = words ? wordPattern(pattern) : pattern;
  const compiled = asWritten.ok ? compileRegex(source) : asWritten;
  if (!compiled.ok) return compiled;
  const { regex } = compiled;
  const required = requiredTexts(pattern);
  const anywhere = wholeText(source);
  return {
    ok: true,
    search: {
      matches: (line) => regex.found(line),
      lines: ({ text, folded }) => {
        const told = required?.folded === true ? folded : text;
        if (required !== null && told !== null) {
          return required.texts.some((one) => told.includes(one)) ? linesWith(text, told, required.texts, regex) : [];
        }
        return anywhere === null || anywhere.found(text) ? linesOf(text, regex) : [];
      },
    },
  };
}

/** `pattern` between borders of words; flags at its beginning stay there. */
function wordPattern(pattern: string): string {
  const flags = /^\(\?[a-zA-Z]+\)/.exec(pattern)?.[0] ?? '';
  return `${flags}(?:^|[^\\pL\\pN])(?:${pattern.slice(flags.length)})(?:[^\\pL\\pN]|$)`;
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

/** Tests only the lines in which one of `required` occurs. `told` is the text in which they are looked for, place by place the same. */
function* linesWith(text: string, told: string, required: readonly string[], regex: Regex): Generator<Line> {
  let number = 1;
  let from = 0;
  for (const at of occurrences(told, required)) {
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
