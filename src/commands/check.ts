/** `gonogo check FILE…`: every problem of every file at once; nothing is executed. */
import { checkFiles } from '../app/check.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { explanations } from '../runbook/explanations.ts';
import { nearest } from '../runbook/nearest.ts';
import { asGithub, asSarif } from './check-formats.ts';
import { type Io, printJson, UsageError } from './command.ts';

export interface CheckOptions {
  readonly json?: boolean | undefined;
  /** Folder that included documents must lie in, instead of the repository's. */
  readonly root?: string | undefined;
  /** `text`, `json`, `github` or `sarif`. */
  readonly format?: string | undefined;
  /** The code of a diagnostic to tell of, instead of checking anything. */
  readonly explain?: string | undefined;
}

const formats = ['text', 'json', 'github', 'sarif'] as const;

/**
 * Checks `files`, fragments too. Problems go to stdout (with `--json` as one list), a closing line to stderr. Resolves
 * with 2 when there is an error, else with 0.
 */
export async function check(files: readonly string[], options: CheckOptions, io: Io): Promise<number> {
  if (options.explain !== undefined) return explain(options.explain, io);
  if (files.length === 0) throw new UsageError('name the documents to check');
  const format = formatOf(options);
  const { diagnostics, texts } = checkFiles(files, options.root ?? null);
  switch (format) {
    case 'json':
      printJson(io, diagnostics.map(asJson));
      break;
    case 'github':
      io.stdout(asGithub(diagnostics));
      break;
    case 'sarif':
      printJson(io, asSarif(diagnostics));
      break;
    case 'text':
      if (diagnostics.length > 0) io.stdout(renderDiagnostics(diagnostics, texts));
      break;
  }
  const errors = countOf(diagnostics, 'error');
  if (format === 'text') io.stderr(`${closing(files.length, diagnostics)}\n`);
  return errors === 0 ? exitCodes.done : exitCodes.badInput;
}

function formatOf({ json, format = json === true ? 'json' : 'text' }: CheckOptions): (typeof formats)[number] {
  const known = formats.find((name) => name === format);
  if (known === undefined) throw new UsageError(`--format ${format}: use ${formats.join(', ')}`);
  if (json === true && known !== 'json') throw new UsageError(`--json and --format ${format} exclude each other`);
  return known;
}

function explain(code: string, io: Io): number {
  const found = explanations.get(code);
  if (found === undefined) {
    const near = nearest(code, [...explanations.keys()]);
    throw new UsageError(
      `there is no rule ${code}; ${near === null ? `they are: ${[...explanations.keys()].join(', ')}` : `did you mean ${near}?`}`,
    );
  }
  const example = (title: string, text: string): string =>
    text === '' ? '' : `\n${title}:\n\n${text.replaceAll(/^/gm, '    ')}\n`;
  io.stdout(`${code}\n\n${found.explanation}\n${example('Wrong', found.bad)}${example('Right', found.good)}`);
  return exitCodes.done;
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
