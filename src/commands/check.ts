/** `gonogo check FILE…`: every problem of every file at once; nothing is executed. */
import { checkFiles } from '../app/check.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, printJson } from './command.ts';

export interface CheckOptions {
  readonly json?: boolean | undefined;
  /** Folder that included documents must lie in, instead of the repository's. */
  readonly root?: string | undefined;
}

/**
 * Checks `files`, fragments too. Problems go to stdout (with `--json` as one list), a closing line to stderr. Resolves
 * with 2 when there is an error, else with 0.
 */
export async function check(files: readonly string[], options: CheckOptions, io: Io): Promise<number> {
  const { diagnostics, texts } = checkFiles(files, options.root ?? null);
  if (options.json === true) printJson(io, diagnostics.map(asJson));
  else if (diagnostics.length > 0) io.stdout(renderDiagnostics(diagnostics, texts));
  const errors = countOf(diagnostics, 'error');
  if (options.json !== true) io.stderr(`${closing(files.length, diagnostics)}\n`);
  return errors === 0 ? exitCodes.done : exitCodes.badInput;
}

function asJson({ file, line, column, severity, code, message, hint }: Diagnostic): Omit<Diagnostic, 'width'> {
  return { file, line, column, severity, code, message, hint };
}

function closing(files: number, diagnostics: readonly Diagnostic[]): string {
  const count = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`;
  const [errors, warnings, notes] = (['error', 'warning', 'note'] as const).map((kind) => countOf(diagnostics, kind));
  const more = notes === 0 ? '' : `, ${count(notes ?? 0, 'note')}`;
  return `${count(files, 'file')} checked: ${count(errors ?? 0, 'error')}, ${count(warnings ?? 0, 'warning')}${more}`;
}

function countOf(diagnostics: readonly Diagnostic[], severity: Diagnostic['severity']): number {
  return diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
}
