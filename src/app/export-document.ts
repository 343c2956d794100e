/** A document as documentation, and in its usual layout: the use cases behind `export` and `fmt`. */
import { readFileSync } from 'node:fs';
import { basename, dirname, relative } from 'node:path';
import { htmlPage } from '../authoring/export/html.ts';
import { markdownPage } from '../authoring/export/markdown.ts';
import { type ReadDocument, readable } from '../authoring/export/outline.ts';
import { formatDocument } from '../authoring/format.ts';
import { replaceWhole } from '../host/whole-file.ts';
import type { Runbook } from '../runbook/document.ts';
import { readDocument, readText, toText } from './read-document.ts';
import { Refusal } from './refusal.ts';

/** The page of `file`, as Markdown that holds the document, or as HTML to print. Throws `Refusal`. */
export async function exportDocument(file: string, as: 'markdown' | 'html'): Promise<string> {
  const { runbook } = await readDocument(file);
  const name = basename(file);
  const read = readFrom(runbook, dirname(file));
  return as === 'html' ? htmlPage(read, name) : markdownPage(read, readText(file).text, name);
}

/** `runbook` as it is read beside the documents that it includes, in `folder`: its page is the same wherever it lies. */
export function readFrom(runbook: Runbook, folder: string): ReadDocument {
  const read = readable(runbook);
  return { ...read, includes: read.includes.map((path) => relative(folder, path)) };
}

/** `path` `-`: standard input. */
export interface FormattedFile {
  readonly path: string;
  readonly text: string;
  readonly changed: boolean;
}

/** `file` formatted, not written. Throws `Refusal` for what is no YAML. */
export function formatFile(file: string): FormattedFile {
  const text = file === '-' ? toText('standard input', readFileSync(0)).text : readText(file).text;
  const formatted = formatDocument(text);
  if (!formatted.ok)
    throw new Refusal(
      { code: 'authoring', path: file },
      `${file === '-' ? 'standard input' : file}: ${formatted.message}`,
    );
  return { path: file, text: formatted.text, changed: formatted.text !== text };
}

/** Writes what `formatFile` gave, where it differs. Throws `Refusal`. */
export function writeFormatted({ path, text, changed }: FormattedFile): void {
  if (!changed) return;
  try {
    replaceWhole(path, text);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Refusal({ code: 'authoring', path }, `${path}: it cannot be written (${why})`);
  }
}
