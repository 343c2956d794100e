/**
 * Pages of Markdown as documents: reads them, whatever their character set, and writes what comes out.
 *
 * Invariants: nothing that exists is overwritten; either every page of a call is written, or none; a document that a page holds is
 * taken as it is only where the page is what `export` makes of it, so that nobody gets what the page does not show.
 */
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { actions } from '../actions/registry.ts';
import { type Embedded, embeddedIn, markdownPage } from '../authoring/export/markdown.ts';
import { type Imported, ImportProblem, importPage, type Kind } from '../authoring/import/import-page.ts';
import { decodeWindows1252 } from '../authoring/import/repair-encoding.ts';
import { makeFolders } from '../host/make-folders.ts';
import { createWhole } from '../host/whole-file.ts';
import { parseDocument } from '../runbook/parse.ts';
import { readFrom } from './export-document.ts';
import { loader, readText, toText } from './read-document.ts';
import { Refusal } from './refusal.ts';

/** Bytes that a page may have. */
const pageBytesMax = 10 * 1024 * 1024;

/** A page with what became of it. `path`: where it was written; null: nowhere. */
export interface ImportedPage {
  readonly page: string;
  readonly path: string | null;
  readonly kind: Kind;
  /** The YAML. */
  readonly document: string;
  readonly notes: Imported['notes'];
  /** What was made of the page; exported: it was exported from this very document; held: it holds this one, which nobody could compare with it. */
  readonly made: Pick<Imported, 'commands' | 'steps' | 'variables'> | 'exported' | 'held';
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
    const name = `${basename(page).replace(/\.[^.]+$/, '') || 'page'}.yaml`;
    const path = out === null ? null : isFolder ? join(out, name) : out;
    return { page, ...importOne(page, kind, [dirname(path ?? page), dirname(page)]), path };
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
function isWritten({ path, document }: ImportedPage): boolean {
  return path !== null && existsSync(path) && readText(path).text === document;
}

function write(pages: readonly ImportedPage[]): void {
  const written: string[] = [];
  try {
    for (const { path, document } of pages) {
      if (path === null) continue;
      makeFolders(dirname(path));
      createWhole(path, document);
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

/** `folders`: where what an exported document includes may lie. */
function importOne(page: string, kind: Kind | null, folders: readonly string[]): Omit<ImportedPage, 'page' | 'path'> {
  const { text, charset } = readPageText(page);
  const embedded = embeddedIn(text);
  const notes = charset === null ? [] : [{ line: 0, message: `the page is no UTF-8; it was read as ${charset}` }];
  if (embedded !== null) {
    const { line } = embedded;
    const origin = originOf(text, embedded, folders);
    if (origin === 'the page') return asItWas(embedded.text, notes, 'exported');
    if (origin === 'unknown') {
      const message = 'what this document includes is not here, so whether the page says what it does was not compared';
      return asItWas(embedded.text, [...notes, { line, message }], 'held');
    }
    const message = 'this is not the document that the rest of the page tells of: the page is imported as any other';
    notes.push({ line, message });
  }
  try {
    const { document, notes: own, kind: found, ...made } = importPage(text, basename(page), kind, actions);
    return { kind: found, document, notes: [...notes, ...own], made };
  } catch (error) {
    if (error instanceof ImportProblem) throw refused(page, `${page}: ${error.message}`);
    throw error;
  }
}

/** Whether `page` is what `export` makes of the document in it; unknown where what the document includes is in none of `folders`. */
function originOf(
  page: string,
  { text, file }: Embedded,
  folders: readonly string[],
): 'the page' | 'unknown' | 'other' {
  const bytes = new TextEncoder().encode(text);
  if (bytes.includes(0)) return 'other';
  const found = folders.map((folder) => {
    const source = toText(join(folder, file.replaceAll('/', '_') || 'page.yaml'), bytes);
    const { runbook, diagnostics } = parseDocument(source, loader(new Map()), actions);
    if (runbook === null) return diagnostics.some(({ code }) => code === 'unreadable') ? 'unknown' : 'other';
    const again = markdownPage(readFrom(runbook, folder), text, file);
    return again.replaceAll('\r\n', '\n') === page.replaceAll('\r\n', '\n') ? 'the page' : 'other';
  });
  return found.find((one) => one === 'the page') ?? found.find((one) => one === 'unknown') ?? 'other';
}

/** A page that `export` made gives its document back. */
function asItWas(
  document: string,
  notes: Imported['notes'],
  made: 'exported' | 'held',
): Omit<ImportedPage, 'page' | 'path'> {
  const kind = /^checklist\s*:/m.test(document) && !/^runbook\s*:/m.test(document) ? 'checklist' : 'runbook';
  return { kind, document, notes, made };
}

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
