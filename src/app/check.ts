/** Every problem of documents at once; nothing is executed. */
import { basename } from 'node:path';
import { actions } from '../actions/registry.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { sortDiagnostics } from '../diagnostics/sort.ts';
import { withIgnores } from '../runbook/advice/ignores.ts';
import { DRILL_ENDING, parseDrillFile } from '../runbook/drill-file.ts';
import { ignorable, parseDocument, type Script } from '../runbook/parse.ts';
import type { Load, SourceText } from '../runbook/source.ts';
import { runbookOf } from './drill-files.ts';
import { loader, quotable, readText, repositoryOf } from './read-document.ts';
import { Refusal } from './refusal.ts';
import { severitiesFor, weighed } from './severities.ts';
import { shellcheckFindings } from './shellcheck.ts';

/** `diagnostics`: in the order of the files, by place. `texts`: the sources by path, for quoting their lines. */
export interface CheckedFiles {
  readonly diagnostics: readonly Diagnostic[];
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Checks `files`, fragments too; each once. One that cannot be read is a diagnostic like any other. `root`: the folder that
 * included documents must lie in; null: the repository of each file, where it is in one.
 */
export function checkFiles(files: readonly string[], root: string | null = null): CheckedFiles {
  const found: Diagnostic[] = [];
  const texts = new Map<string, string>();
  const order: string[] = [];
  const all = [...new Set(files)].map((file) => ({ file, checked: checkFile(file, root) }));
  const scripts = shellcheckFindings(all.map(({ checked }) => checked.scripts));
  for (const [index, { file, checked }] of all.entries()) {
    const { sources } = checked;
    found.push(...told(file, checked, scripts[index] ?? []));
    for (const [path, text] of quotable(sources)) texts.set(path, text);
    order.push(...sources.map(({ path }) => path));
    if (sources.length === 0) order.push(file);
  }
  return { diagnostics: sortDiagnostics(found, order), texts };
}

/**
 * The problems of `main`, which may be a text that is not saved yet. `scripts`: shellcheck is asked too. Throws `Refusal` for a
 * `.gonogo.yaml` that is wrong.
 */
export function checkText(main: SourceText, load: Load, scripts: boolean): readonly Diagnostic[] {
  if (main.path.endsWith(DRILL_ENDING)) return drillProblemsOrNone(main, load);
  const checked = parseDocument(main, load, actions, { allowFragment: true, advise: true });
  return told(main.path, checked, scripts ? shellcheckFindings([checked.scripts]).flat() : []);
}

interface Checked {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
  readonly scripts: readonly Script[];
}

/** What is left of the problems when comments and severities have had their say. */
function told(file: string, { diagnostics, sources }: Checked, more: readonly Diagnostic[]): readonly Diagnostic[] {
  const kept = sources.reduce<readonly Diagnostic[]>(
    (left, { path, text }) => withIgnores(path, text, left, ignorable),
    [...diagnostics, ...more],
  );
  return weighed(kept, severitiesFor(file));
}

function checkFile(file: string, root: string | null): Checked {
  try {
    const source = readText(file);
    const load = loader(new Map(), root ?? repositoryOf(file));
    if (file.endsWith(DRILL_ENDING))
      return { diagnostics: drillProblems(source, load), sources: [source], scripts: [] };
    return parseDocument(source, load, actions, {
      allowFragment: true,
      advise: true,
    });
  } catch (error) {
    if (!(error instanceof Refusal && error.facts.code === 'unreadable')) throw error;
    const place = { file, line: 1, column: 1, width: 1 } as const;
    const message = error.facts.why;
    return {
      diagnostics: [{ ...place, severity: 'error', code: 'unreadable', message, hint: '' }],
      sources: [],
      scripts: [],
    };
  }
}

/** A drill file is held against the runbook beside it; where that one has errors, which are told where it is checked itself, it cannot be. */
function drillProblems(source: SourceText, load: Load): readonly Diagnostic[] {
  const path = runbookOf(source.path);
  const main = load(basename(path), source.path);
  if (main.kind === 'problem') return [unchecked(source.path, main.message, main.hint)];
  const { runbook } = parseDocument(main.source, load, actions);
  if (runbook === null)
    return [unchecked(source.path, `the runbook ${path} has errors`, `see them with gonogo check ${path}`)];
  return parseDrillFile(source, runbook, actions).diagnostics;
}

function unchecked(file: string, why: string, hint: string): Diagnostic {
  const place = { file, line: 1, column: 1, width: 1 } as const;
  return { ...place, severity: 'error', code: 'unreadable', message: `this drill file was not checked: ${why}`, hint };
}

/** While it is edited the runbook may not be there yet. */
function drillProblemsOrNone(source: SourceText, load: Load): readonly Diagnostic[] {
  try {
    return drillProblems(source, load);
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}
