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
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  if (options.json !== true) io.stderr(`${closing(files.length, errors, diagnostics.length - errors)}\n`);
  return errors === 0 ? exitCodes.done : exitCodes.badInput;
}

function asJson({ file, line, column, severity, code, message, hint }: Diagnostic): Omit<Diagnostic, 'width'> {
  return { file, line, column, severity, code, message, hint };
}

function closing(files: number, errors: number, warnings: number): string {
  const count = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`;
  return `${count(files, 'file')} checked: ${count(errors, 'error')}, ${count(warnings, 'warning')}`;
}
