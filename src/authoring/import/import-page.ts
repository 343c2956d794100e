/**
 * `gonogo import`: a page of Markdown as a document.
 *
 * Invariants:
 * - What comes out has no problem that `gonogo check` calls an error.
 * - Every line of the page is in it: as a step, a text, a variable, or a comment.
 * - A command in it stands in the page, save that placeholders became variables; each is `effect: unreviewed`.
 * - Pure: the same page gives the same document.
 */
import { lineIndex } from '../../diagnostics/position.ts';
import type { ActionSpecs } from '../../runbook/action-spec.ts';
import { documentCharactersMax } from '../../runbook/compilation.ts';
import { reservedIn } from '../../runbook/names.ts';
import { parseDocument } from '../../runbook/parse.ts';
import { linesMissing, linesNotIn } from './accounted.ts';
import { checklistDraft } from './checklist-draft.ts';
import { type ImportNote, Notes, type RunbookDraft } from './draft.ts';
import { type Block, type Lines, type Page, readPage } from './page.ts';
import { PageVariables } from './page-variables.ts';
import { repairEncoding } from './repair-encoding.ts';
import { runbookDraft } from './runbook-draft.ts';
import { type PageTree, treeOf } from './sections.ts';
import { isSteps } from './steps.ts';
import { itemsOf } from './tables.ts';
import { commentText, writeChecklist, writeRunbook } from './write-document.ts';
import { textsIn } from './yaml-texts.ts';

export type Kind = 'runbook' | 'checklist';

export interface Imported {
  readonly kind: Kind;
  /** The YAML. */
  readonly document: string;
  readonly notes: readonly ImportNote[];
  /** Commands that wait for their review. */
  readonly commands: number;
  readonly steps: number;
  readonly variables: number;
}

/** Why a page gives no document: one line, with the way out. */
export class ImportProblem extends Error {
  override readonly name = 'ImportProblem';
}

/** Variables that a page may have: each is asked for, and looked at with each command. */
const variablesMax = 500;

/** UTF-16 units that a page may have. */
export const pageCharactersMax = 2 * 1024 * 1024;

/** `name`: the page's file; `kind` null: what fits the page. Throws `ImportProblem`. */
export function importPage(text: string, name: string, kind: Kind | null, specs: ActionSpecs): Imported {
  const notes = new Notes();
  const source = cleaned(text, notes);
  if (source.trim() === '') throw new ImportProblem('the page is empty; there is nothing to import');
  if (source.length > pageCharactersMax) {
    throw new ImportProblem(`the page has ${source.length} characters, and ${pageCharactersMax} is the most; split it`);
  }
  const page = readPage(source);
  const [tab] = page.tabs;
  if (tab !== undefined && page.tabs.length > 1)
    notes.add(
      tab,
      `the page has ${page.tabs.length} tabs, of which a reader takes one in each place: keep the steps of yours`,
    );
  const tree = treeOf(page, titleFromName(name));
  const chosen = kind ?? kindOf(page, tree);
  const reserved = reservedIn(specs);
  const variables = new PageVariables(reserved);
  const head = [
    `Imported from ${name}.`,
    ...(chosen === 'runbook'
      ? ['A command with "effect: unreviewed" is shown and asked about before it first runs.']
      : []),
    ...(tree.titleHeading === null ? [] : [tree.titleHeading.text]),
  ];
  const write = (): string => {
    if (chosen === 'checklist')
      return writeChecklist(checklistDraft(tree, reserved), { variables, reserved, notes, links: page.links, head });
    const draft = runbookDraft(tree, notes);
    variables.collect(scriptsOf(draft), textsOf(draft));
    const count = variables.all().length;
    if (count > variablesMax)
      throw new ImportProblem(
        `the page leaves ${count} values to its reader; the limit is ${variablesMax}: split the page`,
      );
    return writeRunbook(draft, { variables, reserved, notes, links: page.links, head });
  };
  const document = withMissing(source, write(), notes);
  assertPasses(document, specs);
  return {
    kind: chosen,
    document,
    notes: notes.list.toSorted((a, b) => a.line - b.line),
    commands: document.match(/^ +effect: unreviewed$/gm)?.length ?? 0,
    steps: stepsIn(document, specs),
    variables: variables.all().length,
  };
}

function cleaned(text: string, notes: Notes): string {
  const lines = text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
  const repaired = repairEncoding(lines);
  if (repaired.charset !== null) {
    const { length } = repaired.lines;
    notes.add(
      0,
      `the text had been decoded as ${repaired.charset} instead of UTF-8; repaired in ${length} ${length === 1 ? 'line' : 'lines'}`,
    );
    for (const line of repaired.broken) notes.add(line, 'part of a character is lost here; put it right by hand');
  }
  return repaired.text;
}

/** `docs/deploy-guide.md` → `Deploy guide`. */
function titleFromName(name: string): string {
  const words = name
    .replace(/^.*\//, '')
    .replace(/\.\w+$/, '')
    .replaceAll(/[-_.\s]+/g, ' ')
    .trim();
  return words === '' ? 'Imported page' : `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

/** A page without commands whose rows outweigh its steps, or that calls itself an audit, is a checklist. */
function kindOf(page: Page, { title }: PageTree): Kind {
  const counts = { commands: 0, rows: 0, steps: 0 };
  count(page.blocks, counts);
  if (counts.commands > 0) return 'runbook';
  if (counts.rows > counts.steps) return 'checklist';
  const named = /\b(?:check ?list|audit|readiness|preparedness|review|assessment|requirements|criteria)\b/i.test(title);
  return named && counts.rows + counts.steps > 0 ? 'checklist' : 'runbook';
}

function count(blocks: readonly Block[], counts: { commands: number; rows: number; steps: number }): void {
  for (const block of blocks) {
    if (block.kind === 'fence' && /^(?:bash|sh|shell|zsh|console|shell-?session)/.test(block.info))
      counts.commands += 1;
    else if (block.kind === 'table') counts.rows += itemsOf(block, null)?.length ?? 0;
    else if (block.kind === 'list') {
      if (isSteps(block)) counts.steps += block.entries.length;
      for (const entry of block.entries) count(entry.blocks, counts);
    }
  }
}

function scriptsOf({ phases, rollback }: RunbookDraft): readonly string[] {
  const steps = [...phases.flatMap((phase) => phase.steps), ...rollback.steps];
  return steps.flatMap(({ action, undo }) => [...(action.kind === 'run' ? [action.script] : []), ...undo]);
}

function textsOf({ phases, rollback }: RunbookDraft): readonly string[] {
  const steps = [...phases.flatMap((phase) => phase.steps), ...rollback.steps];
  return steps.flatMap(({ title, why, action }) => [title, ...why, ...(action.kind === 'manual' ? [action.text] : [])]);
}

/** The document, with what could not be found in it below as comments: so nothing of the page is ever dropped. */
function withMissing(source: string, document: string, notes: Notes): string {
  const lines = source.split('\n');
  for (const { first, last } of ranges(linesMissing(source, textsIn(document).values), lines)) {
    const shown = (lines[first - 1] ?? '').trim().slice(0, 60);
    notes.add(first, `${last > first ? `up to line ${last} ` : ''}kept as a comment: ${shown}`);
  }
  const missing = linesNotIn(source, document);
  if (missing.length === 0) return document;
  const kept = missing.map((line) => `${line}: ${lines[line - 1] ?? ''}`);
  const text = commentText(['Lines of the page that stand in no step as they are:', ...kept]);
  return `${document.trimEnd()}\n\n${text.replaceAll(/^/gm, '#')}\n`;
}

/** Runs of `numbers`, over blank lines; a heading alone, or the dashes of a table, is nothing to tell. */
function ranges(numbers: readonly number[], lines: readonly string[]): readonly Lines[] {
  const runs: { first: number; last: number }[] = [];
  for (const number of numbers) {
    const before = runs.at(-1);
    const joined = before !== undefined && lines.slice(before.last, number - 1).every((line) => line.trim() === '');
    if (joined) before.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs.filter(({ first, last }) => first !== last || !/^[ \t]*(?:#{1,6}[ \t]|\|)/.test(lines[first - 1] ?? ''));
}

function assertPasses(document: string, specs: ActionSpecs): void {
  if (document.length > documentCharactersMax)
    throw new ImportProblem('the document would be too large; split the page');
  const index = lineIndex(document);
  const parsed = parseDocument({ path: 'imported.yaml', text: document, sha256: '' }, noOther, specs);
  const wrong = parsed.diagnostics.find(({ severity }) => severity === 'error');
  if (wrong === undefined) return;
  const where = index.lineText(wrong.line).trim().slice(0, 120);
  throw new ImportProblem(
    `the page gives a document that is not right: ${wrong.message} (${where}); import it in parts`,
  );
}

function stepsIn(document: string, specs: ActionSpecs): number {
  const { runbook } = parseDocument({ path: 'imported.yaml', text: document, sha256: '' }, noOther, specs);
  return runbook?.phases.reduce((sum, { steps }) => sum + steps.length, 0) ?? 0;
}

const noOther = () => ({ kind: 'problem', message: 'an import names no other document', hint: '' }) as const;
