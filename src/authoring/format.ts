/**
 * A document in its usual layout: two blanks of indentation, one blank after a comma, no blanks at the ends of lines, one
 * newline at the end.
 *
 * Invariants:
 * - Comments and how deep they stand, keys, values, their order and the way a text is quoted stay; what the document says is the same before and after.
 * - Formatting twice is the same as once.
 */
import { parseDocument, stringify, visit, type YAMLError } from 'yaml';
import { lineIndex } from '../diagnostics/position.ts';
import { isTooDeep } from '../runbook/yaml-depth.ts';
import { syntaxProblem } from '../runbook/yaml-problems.ts';
import { withDepthsOf } from './comment-lines.ts';

export type Formatted =
  | { readonly ok: true; readonly text: string }
  /** It is no YAML, or formatting would change what it says. */
  | { readonly ok: false; readonly message: string };

const layout = { indent: 2, indentSeq: true, lineWidth: 0, minContentWidth: 0, flowCollectionPadding: true } as const;

/** `text` formatted. A byte order mark and CR LF are taken away. */
export function formatDocument(text: string): Formatted {
  const source = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  if (source.trim() === '') return { ok: true, text: '' };
  const document = parseDocument(source, {
    version: '1.2',
    // Every scalar is text to this schema, so it stays as it is written: 1.10 is no 1.1.
    schema: 'failsafe',
    logLevel: 'error',
    prettyErrors: false,
  });
  if (document.errors.length > 0) return { ok: false, message: whyWrong(source, document.errors) };
  try {
    const once = withDepthsOf(source, tightLists(`${document.toString(layout).trimEnd()}\n`));
    if (isSame(source, once)) return { ok: true, text: once };
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    return { ok: false, message: `it cannot be formatted: ${cause.message.split('\n')[0] ?? ''}` };
  }
  return { ok: false, message: 'formatting it would change what it says; it is left as it is' };
}

/** What `gonogo check` says of the first error, with its line. */
function whyWrong(source: string, errors: readonly YAMLError[]): string {
  const wrong = errors.some(isTooDeep) ? null : syntaxProblem(errors);
  if (wrong === null) return 'it cannot be formatted: the document is nested too deep';
  const { line } = lineIndex(source).position(wrong.span.start);
  return `it is no YAML: line ${line}: ${wrong.message}${wrong.hint === '' ? '' : `; ${wrong.hint}`}`;
}

/** `[a, b]` without the blanks that maps have inside their braces. */
function tightLists(text: string): string {
  const cuts: number[] = [];
  visit(parseDocument(text, { version: '1.2', schema: 'core', logLevel: 'error', prettyErrors: false }), {
    Seq: (_, node) => {
      if (node.flow !== true || node.items.length === 0 || node.range === null || node.range === undefined) return;
      const [start, end] = node.range;
      if (text[start + 1] === ' ') cuts.push(start + 1);
      if (text[end - 2] === ' ') cuts.push(end - 2);
    },
  });
  return cuts.sort((a, b) => b - a).reduce((left, at) => left.slice(0, at) + left.slice(at + 1), text);
}

function isSame(before: string, after: string): boolean {
  const plain = (text: string): string =>
    stringify(
      parseDocument(text, { version: '1.2', schema: 'failsafe', logLevel: 'error', prettyErrors: false }).toJS(),
    );
  const comments = (text: string): number => text.match(/(?:^|\s)#/g)?.length ?? 0;
  return plain(before) === plain(after) && comments(before) === comments(after);
}
