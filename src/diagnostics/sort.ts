/** Diagnostics in reading order. Invariant: the order depends on nothing but the diagnostics and `files`. */
import type { Diagnostic } from './diagnostic.ts';

/**
 * Without repetitions, by file (in the order of `files`, others after them by name), line, column, code and message; names
 * are compared by code unit.
 */
export function sortDiagnostics(diagnostics: readonly Diagnostic[], files: readonly string[]): readonly Diagnostic[] {
  const ranks = new Map(files.map((file, index) => [file, index]));
  const rank = (file: string): number => ranks.get(file) ?? files.length;
  const sorted = [...diagnostics].sort(
    (a, b) =>
      rank(a.file) - rank(b.file) ||
      compare(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compare(a.code, b.code) ||
      compare(a.message, b.message),
  );
  return sorted.filter((diagnostic, index) => {
    const last = sorted[index - 1];
    return last === undefined || !same(last, diagnostic);
  });
}

function same(a: Diagnostic, b: Diagnostic): boolean {
  return (
    a.file === b.file && a.line === b.line && a.column === b.column && a.code === b.code && a.message === b.message
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
