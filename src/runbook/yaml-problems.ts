/**
 * What the YAML reader complains about, in the words of somebody who writes runbooks: most often a value that needed quotes.
 *
 * Invariant: one mistake gives one problem; the complaints that follow from it are left out.
 */
import type { YAMLError } from 'yaml';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Finding } from '../diagnostics/position.ts';

/** A problem at a place of the text. */
export type Reported = Finding & { readonly span: Span };

/** Problems of values that only needed quotes, and the text with those values replaced by as many letters. */
export interface Repair {
  readonly problems: readonly Reported[];
  readonly text: string;
}

/**
 * Replaces the values that broke the syntax, up to the first error of another kind: so that one of them does not hide the
 * rest of the document. Null: there is nothing of that kind. Offsets stay true.
 */
export function repair(text: string, errors: readonly YAMLError[]): Repair | null {
  const problems: Reported[] = [];
  let repaired = text;
  let lastLine = -1;
  for (const error of inOrder(errors)) {
    const line = lineStart(text, error.pos[0]);
    if (line === lastLine) continue;
    lastLine = line;
    const problem = templateProblem(text, error) ?? quotingProblem(text, error);
    if (problem === null) break;
    const { start, end } = problem.span;
    problems.push(problem);
    repaired = repaired.slice(0, start) + 'x'.repeat(end - start) + repaired.slice(end);
  }
  return problems.length === 0 ? null : { problems, text: repaired };
}

/** What to say of `errors` that cannot be repaired: the first, for the others follow from it. Null: there is none. */
export function syntaxProblem(errors: readonly YAMLError[]): Reported | null {
  const [first] = inOrder(errors);
  return first === undefined ? null : plainProblem(first);
}

/** Tags and aliases are looked at elsewhere. */
function inOrder(errors: readonly YAMLError[]): readonly YAMLError[] {
  return errors.filter((error) => error.code !== 'TAG_RESOLVE_FAILED').sort((a, b) => a.pos[0] - b.pos[0]);
}

/** An unquoted `${{` inside `{ }` or `[ ]`. */
function templateProblem(text: string, error: YAMLError): Reported | null {
  const start = text.indexOf('${{', lineStart(text, error.pos[0]));
  const close = text.indexOf('}}', start);
  if (start === -1 || start > error.pos[0] || close === -1 || close > lineEndAt(text, start)) return null;
  if (error.code !== 'UNEXPECTED_TOKEN' || !error.message.includes('flow-map')) return null;
  const end = close + 2;
  const hint = `write "${text.slice(start, end).replaceAll('"', "'")}"`;
  return quote({ start, end }, 'inside { } or [ ] a value with ${{ }} needs quotes', hint);
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
      if (error.message.startsWith('Flow'))
        return say(`a ${error.message.trim().slice(-1)} is missing before this`, 'close what is open');
      return say(
        'this line is not indented like the ones it belongs to',
        'lines of one map or list begin at the same column',
      );
    default:
      return say(
        plainWords(error.message),
        error.message.includes('flow') ? 'quote values that hold [ ] { } or ,' : '',
      );
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
