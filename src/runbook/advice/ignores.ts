/**
 * `# gonogo-ignore: RULE reason`: on the line of a finding, on the line above, or above the step that holds it. In a script it reaches
 * no further than the script.
 *
 * Invariants: nothing that keeps a document from being run is ignored; an ignore without a reason, of no rule, or of nothing,
 * is itself reported.
 */
import { Lexer } from 'yaml';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';

/** A comment that ignores `rule` from line `first` to `last` (from 1). */
interface Ignore {
  readonly rule: string;
  readonly reason: string;
  readonly line: number;
  readonly column: number;
  readonly width: number;
  readonly first: number;
  readonly last: number;
}

const pattern = /(^|[\s])#[ \t]*gonogo-ignore:[ \t]*(\S+)?[ \t]*([^\n]*)$/;

/** `diagnostics` of `file` without those that its comments ignore, and with what is wrong with the comments. */
export function withIgnores(
  file: string,
  text: string,
  diagnostics: readonly Diagnostic[],
  rules: ReadonlySet<string>,
): readonly Diagnostic[] {
  if (!text.includes('gonogo-ignore')) return diagnostics;
  const ignores = ignoresIn(text);
  const used = new Set<Ignore>();
  const kept = diagnostics.filter((diagnostic) => {
    if (diagnostic.file !== file || diagnostic.severity === 'error') return true;
    const by = ignores.filter(
      ({ rule, first, last }) => rule === diagnostic.code && first <= diagnostic.line && diagnostic.line <= last,
    );
    for (const ignore of by) used.add(ignore);
    return by.length === 0;
  });
  return [...kept, ...ignores.flatMap((ignore) => problemOf(file, ignore, used.has(ignore), rules))];
}

function problemOf(file: string, ignore: Ignore, used: boolean, rules: ReadonlySet<string>): readonly Diagnostic[] {
  const { line, column, width, rule, reason } = ignore;
  const say = (message: string, hint: string): readonly Diagnostic[] => [
    { file, line, column, width, severity: 'warning', code: 'ignore', message, hint },
  ];
  if (rule === '') return say('nothing is named to be ignored', 'gonogo-ignore: RULE reason');
  if (!rules.has(rule))
    return say(`there is no rule ${rule} that can be ignored`, 'gonogo check --explain RULE tells of one');
  if (reason === '') return say('this ignore gives no reason', `gonogo-ignore: ${rule} why it is right here`);
  return used ? [] : say(`there is no ${rule} here to ignore`, 'take the comment away');
}

function ignoresIn(text: string): readonly Ignore[] {
  const lines = text.split(/\r\n|\n|\r/);
  const ends = endsOfTexts(text);
  return lines.flatMap((line, index) => {
    const found = pattern.exec(line);
    if (found === null) return [];
    const [, , rule = '', reason = ''] = found;
    const start = found.index + (found[1] ?? '').length;
    const alone = line.slice(0, start).trim() === '';
    const place = { rule, reason: reason.trim(), line: index + 1, column: [...line.slice(0, start)].length + 1 };
    const width = Math.max(1, [...line.slice(start).trimEnd()].length);
    const last = alone ? Math.min(endBelow(lines, index), ends.get(index) ?? lines.length) : index + 1;
    return [{ ...place, width, first: index + 1, last }];
  });
}

/** Lines (from 0) that are within a text of several → the last line (from 1) of that text. */
function endsOfTexts(text: string): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  let line = 0;
  for (const token of new Lexer().lex(text)) {
    const first = line;
    line += token.split('\n').length - 1;
    if (token.trim() === '') continue;
    const last = token.endsWith('\n') ? line : line + 1;
    for (let within = first; within < last && last > first + 1; within += 1) ends.set(within, last);
  }
  return ends;
}

/** The last line that a comment alone in line `at` (from 0) covers: the next line, and all of the step when one begins there. */
function endBelow(lines: readonly string[], at: number): number {
  let next = at + 1;
  while (next < lines.length && /^\s*#/.test(lines[next] ?? '')) next += 1;
  const line = lines[next] ?? '';
  const begins = /^(\s*)- /.exec(line);
  if (begins === null) return next + 1;
  const indent = (begins[1] ?? '').length;
  let end = next;
  for (let below = next + 1; below < lines.length; below += 1) {
    const text = lines[below] ?? '';
    if (text.trim() === '') continue;
    if (text.length - text.trimStart().length <= indent) break;
    end = below;
  }
  return end + 1;
}
