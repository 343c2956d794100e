/**
 * What stands under a heading of a document, and what of it somebody could act on: a heading alone is no procedure.
 *
 * Simple on purpose. Headings: `#` of Markdown, `=` of AsciiDoc, underlined ones of Markdown and reStructuredText. A section reaches
 * to the next heading of its level or above. Commands: lines of a code block, and `code` in a line that has a blank or a slash in
 * it. Steps: items of a list with at least three words. Names: an address, a @name, a #channel, a URL, two capitalised words after a
 * colon or between bars.
 *
 * Invariant: linear in the length of the text; lines keep their numbers.
 */
import type { Regex } from '../runbook/regex.ts';

export const holdings = ['commands', 'steps', 'names'] as const;
export type Holding = (typeof holdings)[number];

/** Which lines of a document count: those under headings that match `under` and under none that matches `notUnder`. */
export interface Sections {
  /** Null: wherever they stand. */
  readonly under: Regex | null;
  readonly notUnder: Regex | null;
}

/** `text` with every line blank that does not stand in `sections`, or holds none of `wanted` (empty: anything). */
export function sectionsOf(text: string, { under, notUnder }: Sections, wanted: readonly Holding[]): string {
  const lines = text.split('\n');
  const left: string[] = [];
  let level = under === null ? 1 : 0;
  let leftOut = 0;
  let fence: string | null = null;
  for (const [index, line] of lines.entries()) {
    const mark = /^\s*(```+|~~~+|-{4,}$|\.{4,}$)/.exec(line)?.[1] ?? null;
    const opens = fence === null && mark !== null && /^[`~]/.test(mark);
    const closes = fence !== null && mark?.startsWith(fence) === true;
    const heading = fence === null ? headingAt(line, lines[index + 1] ?? '') : null;
    if (heading !== null) {
      if (under !== null) level = levelAfter(heading, under, level);
      if (notUnder !== null) leftOut = levelAfter(heading, notUnder, leftOut);
    }
    const isContent = heading === null && !opens && !closes && !isUnderline(line);
    left.push(level > 0 && leftOut === 0 && isContent && holds(line, fence !== null, wanted) ? line : '');
    if (opens) fence = (mark ?? '').slice(0, 3);
    else if (closes) fence = null;
  }
  return left.join('\n');
}

interface Heading {
  readonly title: string;
  readonly level: number;
}

/** The level of the section that matches and that `heading` begins or stands in, after one of `level`; 0: it is in none. */
function levelAfter(heading: Heading, wanted: Regex, level: number): number {
  if (wanted.found(heading.title) && (level === 0 || heading.level <= level)) return heading.level;
  return heading.level <= level ? 0 : level;
}

/** A line that is bold as a whole is a heading below all others. */
const boldLevel = 7;

function headingAt(line: string, next: string): Heading | null {
  const marked = /^(#{1,6}|={1,6})\s+(\S.*)$/.exec(line);
  if (marked !== null) return { title: marked[2] ?? '', level: (marked[1] ?? '').length };
  const bold = /^(\*\*|__)([^*_`]{1,60})\1:?\s*$/.exec(line);
  if (bold !== null) return { title: bold[2] ?? '', level: boldLevel };
  if (line.trim() === '' || /^\s*[-*|>]/.test(line) || !isUnderline(next) || next.length < line.trim().length)
    return null;
  return { title: line.trim(), level: next.startsWith('=') ? 1 : 2 };
}

function isUnderline(line: string): boolean {
  return /^(={3,}|-{3,}|~{3,}|\^{3,})\s*$/.test(line);
}

function holds(line: string, inCode: boolean, wanted: readonly Holding[]): boolean {
  const text = line.trim();
  if (text === '') return false;
  if (wanted.length === 0) return true;
  return wanted.some((one) => holdsOne(text, inCode, one));
}

function holdsOne(text: string, inCode: boolean, wanted: Holding): boolean {
  switch (wanted) {
    case 'commands':
      if (inCode) return !text.startsWith('#') && /[A-Za-z]{2}/.test(text);
      return /`[^`]*[ /][^`]*`/.test(text) || /^[$>] \w/.test(text);
    case 'steps':
      return !inCode && /^([-*+]|\d+[.)]|\|)\s+(\[[ xX]\]\s+)?\S+\s+\S+\s+\S/.test(text);
    case 'names':
      return /[\w.+-]+@[\w-]+\.\w|(^|\s)@\w{2,}|(^|\s|`)#[a-z][\w-]{2,}|https?:\/\/|[:|]\s*\**[A-Z][\p{L}.]+ [A-Z]\p{L}+/u.test(
        text,
      );
  }
}
