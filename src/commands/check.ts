/** `gonogo check FILE…`: every problem of every file at once; nothing is executed. */
import { actions } from '../actions/registry.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import { sortDiagnostics } from '../diagnostics/sort.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { parseDocument } from '../runbook/parse.ts';
import type { SourceText } from '../runbook/source.ts';
import { type Io, printJson, UsageError } from './command.ts';
import { loader, readText } from './read-document.ts';

export interface CheckOptions {
  readonly json?: boolean | undefined;
}

/**
 * Checks `files`, fragments too. Problems go to stdout (with `--json` as one list), a closing line to stderr. Resolves
 * with 2 when there is an error, else with 0.
 */
export async function check(files: readonly string[], options: CheckOptions, io: Io): Promise<number> {
  const found: Diagnostic[] = [];
  const texts = new Map<string, string>();
  const order: string[] = [];
  for (const file of new Set(files)) {
    const checked = checkFile(file);
    found.push(...checked.diagnostics);
    for (const { path, text } of checked.sources) {
      texts.set(path, text);
      order.push(path);
    }
    if (checked.sources.length === 0) order.push(file);
  }
  const diagnostics = sortDiagnostics(found, order);
  if (options.json === true) printJson(io, diagnostics.map(asJson));
  else if (diagnostics.length > 0) io.stdout(renderDiagnostics(diagnostics, texts));
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  if (options.json !== true) io.stderr(`${closing(files.length, errors, diagnostics.length - errors)}\n`);
  return errors === 0 ? exitCodes.done : exitCodes.badInput;
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
}

function checkFile(file: string): Checked {
  try {
    return parseDocument(readText(file), loader(new Map()), actions, { allowFragment: true });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const message = error.message.replace(`${file}: `, '');
    const place = { file, line: 1, column: 1, width: 1 } as const;
    return { diagnostics: [{ ...place, severity: 'error', code: 'unreadable', message, hint: '' }], sources: [] };
  }
}

function asJson({ file, line, column, severity, code, message, hint }: Diagnostic): Omit<Diagnostic, 'width'> {
  return { file, line, column, severity, code, message, hint };
}

function closing(files: number, errors: number, warnings: number): string {
  const count = (number: number, one: string) => `${number} ${one}${number === 1 ? '' : 's'}`;
  return `${count(files, 'file')} checked: ${count(errors, 'error')}, ${count(warnings, 'warning')}`;
}
