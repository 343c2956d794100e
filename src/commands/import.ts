/** `gonogo import FILE.md…`: pages as documents. The document is data, what was found in the page is talk. */
import { type ImportedPage, importPages } from '../app/import-pages.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { exitCodes } from '../engine/exit-code.ts';
import { type Io, UsageError } from './command.ts';

export interface ImportOptions {
  readonly as?: string | undefined;
  readonly out?: string | undefined;
}

/** Imports `files`; without `--out` the document of the one page goes to stdout. Resolves with 0. */
export async function importFiles(files: readonly string[], options: ImportOptions, io: Io): Promise<number> {
  const { as = null, out = null } = options;
  if (as !== null && as !== 'runbook' && as !== 'checklist')
    throw new UsageError(`--as ${as}: use runbook or checklist`);
  for (const page of importPages(files, as, out)) {
    if (page.path === null) io.stdout(page.document);
    for (const line of talk(page)) io.stderr(`${visibleLine(line)}\n`);
  }
  return exitCodes.done;
}

function talk({ page, path, kind, notes, made }: ImportedPage): readonly string[] {
  const name = path ?? 'FILE';
  const place = path === null ? '' : ` in ${path}`;
  const next = kind === 'runbook' ? `gonogo run ${name}` : `gonogo audit ${name}`;
  return [
    ...notes.map(({ line, message }) => `${page}${line === 0 ? '' : `:${line}`}: ${message}`),
    `${page}: ${whatOf(kind, made)}${place}`,
    `next: gonogo check ${name}, then ${next}`,
  ];
}

function whatOf(kind: string, made: ImportedPage['made']): string {
  switch (made) {
    case 'exported':
      return `the very ${kind} that this page was exported from, byte for byte`;
    case 'held':
      return `the ${kind} that this page holds, byte for byte`;
    default:
      return `a ${kind} of ${partsOf(kind, made)}`;
  }
}

function partsOf(kind: string, { steps, commands, variables }: Exclude<ImportedPage['made'], string>): string {
  const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`;
  const parts = [count(steps, kind === 'runbook' ? 'step' : 'item')];
  if (commands > 0) parts.push(`${count(commands, 'command')} to review`);
  if (variables > 0) parts.push(count(variables, 'variable'));
  return parts.join(', ');
}
