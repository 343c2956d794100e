/**
 * Pages of Markdown as documents: reads them, whatever their character set, and writes what comes out.
 *
 * Invariants: nothing that exists is overwritten; either every page of a call is written, or none.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { actions } from '../actions/registry.ts';
import { embeddedDocument } from '../authoring/export/markdown.ts';
import { type Imported, ImportProblem, importPage, type Kind } from '../authoring/import/import-page.ts';
import { decodeWindows1252 } from '../authoring/import/repair-encoding.ts';
import { makeFolders } from '../host/make-folders.ts';
import { createWhole } from '../host/whole-file.ts';
import { parseDocument } from '../runbook/parse.ts';
import { readText } from './read-document.ts';
import { Refusal } from './refusal.ts';

/** Bytes that a page may have. */
const pageBytesMax = 10 * 1024 * 1024;

/** A page with what became of it. `path`: where it was written; null: nowhere. */
export interface ImportedPage {
  readonly page: string;
  readonly path: string | null;
  readonly imported: Imported;
}

/**
 * Imports `files`. `out`: a file for one page, a folder for several; null: nothing is written, and there is one page. Throws
 * `Refusal`.
 */
export function importPages(files: readonly string[], kind: Kind | null, out: string | null): readonly ImportedPage[] {
  const isFolder = out !== null && (files.length > 1 || out.endsWith('/') || isDirectory(out));
  if (files.length > 1 && (out === null || (existsSync(out) && !isDirectory(out)))) {
    throw refused(out ?? '', 'several pages go into a folder: name one to write to');
  }
  const pages = files.map((page): ImportedPage => {
    const imported = importOne(page, kind);
    const name = `${basename(page).replace(/\.[^.]+$/, '') || 'page'}.yaml`;
    return { page, imported, path: out === null ? null : isFolder ? join(out, name) : out };
  });
  const paths = pages.flatMap(({ path }) => (path === null ? [] : [path]));
  // Of several pages the first may be there already, from a process that died before the last.
  const begun = pages.length > 1 ? pages.filter(isWritten) : [];
  const open = pages.filter((page) => begun.length === pages.length || !begun.includes(page));
  const taken = open.find(
    ({ path }) => path !== null && (existsSync(path) || paths.indexOf(path) !== paths.lastIndexOf(path)),
  )?.path;
  if (taken !== undefined && taken !== null)
    throw refused(taken, `${taken} is there already; name another, or move it away`);
  write(open);
  return pages;
}

/** True where the very document of the page stands already. */
function isWritten({ path, imported }: ImportedPage): boolean {
  return path !== null && existsSync(path) && readText(path).text === imported.document;
}

function write(pages: readonly ImportedPage[]): void {
  const written: string[] = [];
  try {
    for (const { path, imported } of pages) {
      if (path === null) continue;
      makeFolders(dirname(path));
      createWhole(path, imported.document);
      written.push(path);
    }
  } catch (error) {
    for (const path of written) rmSync(path);
    const failed = pages[written.length]?.path ?? '';
    throw refused(
      failed,
      `${failed}: it cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : String(error)})`,
    );
  }
}

function importOne(page: string, kind: Kind | null): Imported {
  const { text, charset } = readPageText(page);
  const exported = embeddedDocument(text);
  if (exported !== null) return asItWas(page, exported);
  try {
    const imported = importPage(text, basename(page), kind, actions);
    if (charset === null) return imported;
    return {
      ...imported,
      notes: [{ line: 0, message: `the page is no UTF-8; it was read as ${charset}` }, ...imported.notes],
    };
  } catch (error) {
    if (error instanceof ImportProblem) throw refused(page, `${page}: ${error.message}`);
    throw error;
  }
}

/** A page that `export` made gives its document back. */
function asItWas(page: string, document: string): Imported {
  const { runbook } = parseDocument({ path: page, text: document, sha256: '' }, notRead, actions);
  const steps = runbook?.phases.reduce((sum, phase) => sum + phase.steps.length, 0) ?? 0;
  const notes = [
    { line: 0, message: 'this page holds the document that it was exported from: it comes back as it was' },
  ];
  const kind = /^checklist\s*:/m.test(document) && !/^runbook\s*:/m.test(document) ? 'checklist' : 'runbook';
  return { kind, document, notes, commands: 0, steps, variables: Object.keys(runbook?.vars ?? {}).length };
}

const notRead = () => ({ kind: 'problem', message: 'it is not looked at', hint: '' }) as const;

/** The text of a page; `charset` names what it was taken for when it is no UTF-8. */
function readPageText(path: string): { readonly text: string; readonly charset: string | null } {
  const bytes = readPageBytes(path);
  const mark =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  if (mark !== null) return { text: new TextDecoder(mark).decode(bytes), charset: mark.toUpperCase() };
  if (bytes.includes(0)) throw unreadable(path, 'this is a binary file, not a page of text');
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), charset: null };
  } catch {
    return { text: decodeWindows1252(bytes), charset: 'Windows-1252' };
  }
}

function readPageBytes(path: string): Uint8Array {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    throw unreadable(path, code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${String(code)})`);
  }
  try {
    const facts = fstatSync(file);
    if (!facts.isFile())
      throw unreadable(path, facts.isDirectory() ? 'this is a folder; name a page in it' : 'this is no regular file');
    if (facts.size > pageBytesMax)
      throw unreadable(path, `${facts.size} bytes is too large; the limit is ${pageBytesMax}`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function unreadable(path: string, why: string): Refusal {
  return new Refusal({ code: 'unreadable', path, why }, `${path}: ${why}`);
}

function refused(path: string, message: string): Refusal {
  return new Refusal({ code: 'authoring', path }, message);
}
