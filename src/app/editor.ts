/**
 * What an editor asks of the documents that are open in it and of those that they name.
 *
 * Invariants: nothing of a document is run; what is open is read from the editor, everything else from the disk; nothing is written.
 */
import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { actions } from '../actions/registry.ts';
import { type Formatted, formatDocument } from '../authoring/format.ts';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import { type Completion, complete, type Language } from '../editor/complete.ts';
import { expectations } from '../editor/expected.ts';
import { type Hover, hoverAt } from '../editor/hover.ts';
import { type Occurrence, occurrenceAt } from '../editor/occurrences.ts';
import { type Renamed, rename, renamed } from '../editor/rename.ts';
import type { Compilation } from '../runbook/compilation.ts';
import { isOurs } from '../runbook/document-kind.ts';
import { inspectDocument } from '../runbook/parse.ts';
import type { Load, SourceText } from '../runbook/source.ts';
import { checkText } from './check.ts';
import { loader, readText, repositoryOf } from './read-document.ts';
import { Refusal } from './refusal.ts';

/** Bounds of the search for documents that name a step. */
const foldersMax = 2_000;
const documentsMax = 500;

/** A place in the document at `path`. */
export interface Target {
  readonly path: string;
  readonly span: Span;
}

export interface Editor {
  /** A document is open, or was changed. */
  open(path: string, text: string): void;
  close(path: string): void;
  /** The text of `path` as the editor or the disk has it; null: there is none. */
  text(path: string): string | null;
  /** The problems of what is open at `path`; with `scripts` those of shellcheck too. */
  diagnose(path: string, scripts: boolean): readonly Diagnostic[];
  complete(path: string, offset: number): readonly Completion[];
  hover(path: string, offset: number): Hover | null;
  definition(path: string, offset: number): Target | null;
  /** The id at `offset`, and where it stands; a message where nothing there can be renamed. */
  renamable(path: string, offset: number): { readonly span: Span; readonly name: string } | string;
  rename(path: string, offset: number, name: string): Renamed;
  format(path: string): Formatted;
}

export function createEditor(): Editor {
  return new OpenDocuments();
}

class OpenDocuments implements Editor {
  readonly #texts = new Map<string, string>();
  readonly #language: Language = { specs: actions, expected: expectations(actions) };

  open(path: string, text: string): void {
    this.#texts.set(path, text);
  }

  close(path: string): void {
    this.#texts.delete(path);
  }

  text(path: string): string | null {
    return this.#sourceAt(path)?.text ?? null;
  }

  diagnose(path: string, scripts: boolean): readonly Diagnostic[] {
    const main = this.#sourceAt(path);
    return main === null ? [] : checkText(main, this.#load(path), scripts);
  }

  complete(path: string, offset: number): readonly Completion[] {
    const { compilation, text } = this.#inspect(path);
    return complete(this.#language, compilation, text, offset);
  }

  hover(path: string, offset: number): Hover | null {
    const { compilation, text } = this.#inspect(path);
    return hoverAt(this.#language, compilation, compilation.docAt(path), text, offset);
  }

  definition(path: string, offset: number): Target | null {
    const { compilation } = this.#inspect(path);
    const found = this.#occurrence(compilation, path, offset);
    switch (found?.kind) {
      case undefined:
        return null;
      case 'document':
        return { path: found.target.source.path, span: { start: 0, end: 0 } };
      case 'variable': {
        if (found.declared === null) return null;
        const { doc, path: at } = found.declared;
        return { path: doc.source.path, span: doc.tree.keySpan(at) };
      }
      case 'step': {
        const id = found.frame.patternOf(found.name) ?? found.frame.resolve(found.name);
        const place = id === null ? undefined : compilation.steps.get(id)?.place;
        if (place === undefined) return null;
        const at = [...place.path, 'id'];
        const { tree, source } = place.doc;
        return { path: source.path, span: tree.has(at) ? tree.valueSpan(at) : tree.valueSpan(place.path) };
      }
    }
  }

  renamable(path: string, offset: number): { readonly span: Span; readonly name: string } | string {
    const { compilation } = this.#inspect(path);
    const found = this.#occurrence(compilation, path, offset);
    if (found?.kind !== 'step') return 'only the id of a step can be renamed, at the step or where it is named';
    const step = renamed(compilation, found);
    if (step === null) return `${found.name} has no id of its own: give the step one first`;
    return { span: found.span, name: step.old };
  }

  rename(path: string, offset: number, name: string): Renamed {
    const { compilation } = this.#inspect(path);
    const found = this.#occurrence(compilation, path, offset);
    const step = found?.kind === 'step' ? renamed(compilation, found) : null;
    if (step === null) return { ok: false, message: 'there is no step with an id of its own' };
    const mains = this.#mains(path, step.at.doc.source.path);
    return rename(
      { specs: actions, mains, load: this.#load(path), answersOf: ({ path: main }) => this.#answersOf(main) },
      step,
      name,
    );
  }

  format(path: string): Formatted {
    return formatDocument(this.text(path) ?? '');
  }

  #occurrence(compilation: Compilation, path: string, offset: number): Occurrence | null {
    const doc = compilation.docAt(path);
    return doc === null ? null : occurrenceAt(compilation, doc, offset);
  }

  #inspect(path: string): { readonly compilation: Compilation; readonly text: string } {
    const main = this.#sourceAt(path) ?? { path, text: '', sha256: '' };
    return { compilation: inspectDocument(main, this.#load(path), actions), text: main.text };
  }

  #load(path: string): Load {
    return loader(new Map(), repositoryOf(path), (file) => this.#sourceAt(file) ?? readText(file));
  }

  #sourceAt(path: string): SourceText | null {
    const text = this.#texts.get(path);
    // Nothing is pinned of what is only looked at, so nobody needs its digest.
    if (text !== undefined) return { path, text, sha256: '' };
    try {
      return readText(path);
    } catch (error) {
      if (error instanceof Refusal) return null;
      throw error;
    }
  }

  /** `path`, and every document of its repository, or of its folder, that names `target`. */
  #mains(path: string, target: string): readonly SourceText[] {
    const names = [path, ...this.#texts.keys(), ...documentsUnder(repositoryOf(path) ?? dirname(path))];
    return [...new Set(names)].flatMap((file) => {
      const source = this.#sourceAt(file);
      if (source === null || !isOurs(source.text)) return [];
      return file === path || file === target || source.text.includes(basename(target)) ? [source] : [];
    });
  }

  /** The answers beside a document that are called after it: of `release.yaml` those in `release.answers.yaml`. */
  #answersOf(main: string): SourceText | null {
    const path = main.replace(/\.(ya?ml)$/, '.answers.$1');
    return path !== main && (this.#texts.has(path) || existsSync(path)) ? this.#sourceAt(path) : null;
  }
}

/** Files that may be documents, under `root`, without hidden folders and those of packages. */
function documentsUnder(root: string): readonly string[] {
  const found: string[] = [];
  const folders = [root];
  for (const [index, folder] of folders.entries()) {
    if (index >= foldersMax || found.length >= documentsMax) break;
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') folders.push(path);
      else if (entry.isFile() && /\.ya?ml$/.test(entry.name)) found.push(path);
    }
  }
  return found;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
