/**
 * What the YAML reader complains about, in the words of somebody who writes runbooks: most often a value that needed quotes.
 *
 * Invariant: one mistake gives one problem; the complaints that follow from it are left out.
 */
import type { YAMLError } from 'yaml';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Reported } from './yaml.ts';

/** `fatal`: what was read after the first problem cannot be trusted. */
export interface SyntaxProblems {
  readonly found: readonly Reported[];
  readonly fatal: boolean;
}

/** The problems behind `errors`, in order of place, one a line. Tags and aliases are looked at elsewhere. */
export function syntaxProblems(text: string, errors: readonly YAMLError[]): SyntaxProblems {
  const found: Reported[] = [];
  let lastLine = -1;
  for (const error of [...errors].sort((a, b) => a.pos[0] - b.pos[0])) {
    if (error.code === 'TAG_RESOLVE_FAILED') continue;
    const line = lineStart(text, error.pos[0]);
    if (line === lastLine) continue;
    lastLine = line;
    const quoting = quotingProblem(text, error);
    found.push(quoting ?? plainProblem(error));
    if (quoting === null) return { found, fatal: true };
  }
  return { found, fatal: false };
}

/** An unquoted `${{` inside `{ }` or `[ ]`, and the text with it replaced by letters; null when that is not the first problem. */
export function repairTemplates(
  text: string,
  errors: readonly YAMLError[],
): { readonly problem: Reported; readonly text: string } | null {
  const first = errors.find((error) => error.code !== 'TAG_RESOLVE_FAILED');
  if (first === undefined) return null;
  const line = lineStart(text, first.pos[0]);
  const start = text.indexOf('${{', line);
  if (start === -1 || start > first.pos[0]) return null;
  const close = text.indexOf('}}', start);
  const lineEnd = lineEndAt(text, start);
  if (close === -1 || close > lineEnd) return null;
  const end = close + 2;
  const problem = quote(
    { start, end },
    'inside { } or [ ] a value with ${{ }} needs quotes',
    `write "${text.slice(start, end).replaceAll('"', "'")}"`,
  );
  return { problem, text: text.slice(0, start) + 'x'.repeat(end - start) + text.slice(end) };
}

/** What to write instead of the value that a tag begins. */
export function tagHint(text: string, tag: Span): string {
  const value = text.slice(tag.start, lineEndAt(text, tag.start)).trim();
  return value.startsWith('!!') ? 'take the tag away' : `quote it: ${quoted(value)}`;
}

function quotingProblem(text: string, error: YAMLError): Reported | null {
  const [start] = error.pos;
  const value = valueAround(text, start);
  const hint = `quote the whole value: ${quoted(text.slice(value.start, value.end))}`;
  if (error.code === 'UNEXPECTED_TOKEN' && error.message.endsWith('at node end')) {
    const what = /["'\]}]\s*$/.exec(text.slice(value.start, start))?.[0]?.trim() ?? '';
    const after = what === '"' || what === "'" ? 'the closing quote' : 'the closing bracket';
    return what === '' ? null : quote(value, `the value goes on after ${after}, which ends it`, hint);
  }
  if (error.code === 'BAD_SCALAR_START') {
    return quote(value, `an unquoted value cannot begin with ${text[start] ?? ''}`, hint);
  }
  if (error.code === 'BLOCK_AS_IMPLICIT_KEY') {
    const colon = text.slice(value.start, value.end).search(/:(\s|$)/);
    return colon === -1 ? null : quote(value, 'an unquoted value cannot hold a colon and a space', hint);
  }
  return null;
}

function plainProblem(error: YAMLError): Reported {
  const [start, end] = error.pos;
  const span = { start, end: Math.max(end, start + 1) };
  const say = (message: string, hint: string): Reported => ({
    severity: 'error',
    code: 'yaml-syntax',
    message,
    hint,
    span,
  });
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return say('a tab cannot indent', 'use spaces');
    case 'MULTIPLE_DOCS':
      return say('a file holds one document, and here a second one begins', 'put it into a file of its own');
    case 'BAD_INDENT':
      return say(
        'this line is not indented like the ones it belongs to',
        'lines of one map or list begin at the same column',
      );
    default:
      return say(plainWords(error.message), '');
  }
}

function plainWords(message: string): string {
  const first = message.split('\n')[0] ?? '';
  return `${first.slice(0, 1).toLowerCase()}${first.slice(1)}`;
}

function quote(span: Span, message: string, hint: string): Reported {
  return { severity: 'error', code: 'yaml-quote', message, hint, span };
}

/** The value on the line of `offset`: after `key: ` or `- `, to the end of the line without a comment. */
function valueAround(text: string, offset: number): Span {
  const from = lineStart(text, offset);
  const lineEnd = lineEndAt(text, offset);
  const line = text.slice(from, lineEnd);
  const lead = /^[\s\uFEFF]*(?:- +)*(?:(?:[^\s"'[{:#][^:#]*|"[^"]*"|'[^']*')[ \t]*:[ \t]+)?/.exec(line)?.[0] ?? '';
  const start = from + (from + lead.length <= offset ? lead.length : line.length - line.trimStart().length);
  const end = start + text.slice(start, lineEnd).trimEnd().length;
  return { start: Math.min(start, offset), end: Math.max(end, offset + 1) };
}

function quoted(value: string): string {
  const shown = value.length > 120 ? `${value.slice(0, 120)}…` : value;
  return shown.includes("'") ? JSON.stringify(shown) : `'${shown}'`;
}

function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1;
}

function lineEndAt(text: string, offset: number): number {
  const found = /[\r\n]/g;
  found.lastIndex = offset;
  return found.exec(text)?.index ?? text.length;
}
