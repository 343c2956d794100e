/**
 * Comments on lines of their own, at the depth at which they were written: the writer of YAML puts those above a key into what stands
 * before it.
 *
 * Invariant: only blanks at the beginning of such lines change.
 */
import { Lexer } from 'yaml';

interface Line {
  readonly text: string;
  readonly kind: 'comment' | 'content' | 'blank';
}

/** `after` with its comments as deep, seen from the lines around them, as they are in `before`. */
export function withDepthsOf(before: string, after: string): string {
  const old = linesOf(before);
  const now = linesOf(after);
  const places = commentsIn(old);
  const places2 = commentsIn(now);
  if (places.length !== places2.length) return after;
  const lines = now.map(({ text }) => text);
  for (const [index, at] of places2.entries()) {
    const depth = depthFor(old, places[index] ?? 0, now, at);
    if (depth !== null) lines[at] = ' '.repeat(depth) + (lines[at] ?? '').trimStart();
  }
  return lines.join('\n');
}

/** Where the comment in line `from` of `old` belongs when it stands in line `to` of `now`; null: nothing tells. */
function depthFor(old: readonly Line[], from: number, now: readonly Line[], to: number): number | null {
  const depth = indentOf(old[from]?.text ?? '');
  const next = levels(old.slice(from).find(isContent)).indexOf(depth);
  if (next !== -1) return levels(now.slice(to).find(isContent))[next] ?? null;
  const above = old.slice(0, from).filter(isContent).toReversed();
  for (const line of above) {
    const level = levels(line).indexOf(depth);
    if (level === -1) continue;
    const same = now.slice(0, to).findLast((other) => isContent(other) && essence(other.text) === essence(line.text));
    return levels(same)[level] ?? null;
  }
  return null;
}

/** Columns where something begins in a line: its indentation, and what stands behind each dash. */
function levels(line: Line | undefined): readonly number[] {
  if (line === undefined) return [];
  const [lead = '', dashes = ''] = /^( *)((?:- +)*)/.exec(line.text)?.slice(1) ?? [];
  const found = [lead.length];
  for (const { 0: dash } of dashes.matchAll(/- +/g)) found.push((found.at(-1) ?? 0) + dash.length);
  return found;
}

/** A line whatever its layout. */
function essence(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}

function isContent({ kind }: Line): boolean {
  return kind === 'content';
}

function commentsIn(lines: readonly Line[]): readonly number[] {
  return lines.flatMap(({ kind }, index) => (kind === 'comment' ? [index] : []));
}

/** A `#` at the beginning of a line is a comment only where the lexer says so: not in a script. */
function linesOf(text: string): readonly Line[] {
  const comments = new Set<number>();
  let line = 0;
  for (const token of new Lexer().lex(text)) {
    if (token.startsWith('#')) comments.add(line);
    line += token.split('\n').length - 1;
  }
  return text.split('\n').map((own, index): Line => {
    if (own.trim() === '') return { text: own, kind: 'blank' };
    return { text: own, kind: comments.has(index) && own.trimStart().startsWith('#') ? 'comment' : 'content' };
  });
}
