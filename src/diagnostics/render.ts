/**
 * Diagnostics as text for a terminal or a log.
 *
 * Invariants: whatever comes from the file passes the sanitiser; the caret stands under the first character of the place,
 * whatever tabs and wide characters come before it; a long line is cut around the place.
 */
import { cellsOf } from './cells.ts';
import type { Diagnostic } from './diagnostic.ts';
import { lineIndex } from './position.ts';
import { visible, visibleLine } from './sanitise.ts';

const before = 60;
const after = 60;
const tabStop = 4;

/**
 * `FILE:LINE:COLUMN: SEVERITY[CODE]: MESSAGE`, the source line with a caret line under it, and a `hint:` line where there is
 * one; a blank line between two. `texts` holds the text of each file by the name that the diagnostics use; without it
 * the source line is left out. The result ends with a newline unless it is empty.
 */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], texts: ReadonlyMap<string, string>): string {
  const indexes = new Map([...texts].map(([file, text]) => [file, lineIndex(text)]));
  return diagnostics
    .map((diagnostic) => renderDiagnostic(diagnostic, indexes.get(diagnostic.file)?.lineText(diagnostic.line) ?? null))
    .join('\n');
}

/** One diagnostic, with `line` as the source line that it points into (null: not shown). Ends with a newline. */
export function renderDiagnostic(diagnostic: Diagnostic, line: string | null): string {
  const { file, column, severity, code, message, hint } = diagnostic;
  const place = `${visibleLine(file)}:${diagnostic.line}:${column}`;
  const lines = [`${place}: ${severity}[${code}]: ${visibleLine(message)}`];
  if (line !== null && line.trim() !== '') lines.push(...excerpt(diagnostic, line));
  if (hint !== '') lines.push(`hint: ${visibleLine(hint)}`);
  return `${lines.join('\n')}\n`;
}

function excerpt({ line: number, column, width }: Diagnostic, line: string): readonly string[] {
  const characters = [...line];
  const start = Math.min(column - 1, characters.length);
  const from = Math.max(0, start - before);
  const to = Math.min(characters.length, start + Math.max(after, Math.min(width, after)));
  const lead = cells(`${from > 0 ? '…' : ''}${characters.slice(from, start).join('')}`, 0);
  const marked = cells(characters.slice(start, Math.min(start + width, to)).join(''), lead.cells);
  const rest = cells(`${characters.slice(start + width, to).join('')}${to < characters.length ? '…' : ''}`, 0);
  const gutter = `${number}`;
  const carets = `${' '.repeat(lead.cells)}${'^'.repeat(Math.max(1, marked.cells - lead.cells))}`;
  return [
    `  ${gutter} | ${`${lead.text}${marked.text}${rest.text}`.trimEnd()}`,
    `  ${' '.repeat(gutter.length)} | ${carets}`,
  ];
}

/** Safe text with tabs as spaces, and the cell after it when it begins at cell `from`. */
function cells(source: string, from: number): { readonly text: string; readonly cells: number } {
  let text = '';
  let at = from;
  for (const character of visible(source)) {
    const shown = character === '\t' ? ' '.repeat(tabStop - (at % tabStop)) : character === '\n' ? ' ' : character;
    text += shown;
    at += character === '\t' ? shown.length : cellsOf(shown);
  }
  return { text, cells: at };
}
