/**
 * Reads documents and other texts that an operator names, and parses documents with everything they include.
 *
 * Invariants: what cannot be used is a `Refusal` with the path and the way out; what was parsed is exactly what is
 * pinned, because both come from one read.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, normalize, relative, resolve } from 'node:path';
import canonicalize from 'canonicalize';
import { actions } from '../actions/registry.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Runbook } from '../runbook/document.ts';
import { isDrillText, isOurs } from '../runbook/document-kind.ts';
import { parseDocument } from '../runbook/parse.ts';
import type { Load, SourceText } from '../runbook/source.ts';
import type { PinnedDocument } from '../store/store.ts';
import { Refusal } from './refusal.ts';

const BYTES_MAX = 16 * 1024 * 1024;

export interface ReadDocument {
  readonly runbook: Runbook;
  /** Every document that it uses, the main one first, as its bytes. */
  readonly pinned: readonly PinnedDocument[];
  /** What is worth a warning and stops nothing. */
  readonly warnings: readonly Diagnostic[];
  /** The sources by path, for quoting their lines. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Reads and parses `file`, of a checklist the categories `only`, where they are its own. Throws `Refusal` `bad-document` with every problem, `unreadable` when there is nothing to parse. */
export async function readDocument(file: string, only?: readonly string[]): Promise<ReadDocument> {
  const sources = new Map<string, SourceText>();
  const main = readText(file);
  sources.set(main.sha256, main);
  const parsed = parseDocument(main, loader(sources), actions, { only });
  const texts = quotable([...sources.values()]);
  const { diagnostics } = parsed;
  if (parsed.runbook === null) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
    const message = `${file}: ${errors} ${errors === 1 ? 'problem' : 'problems'}; nothing was started`;
    throw new Refusal({ code: 'bad-document', file, diagnostics, texts }, message);
  }
  const pinned = parsed.runbook.documents.flatMap(({ sha256 }) => {
    const source = sources.get(sha256);
    return source === undefined ? [] : [{ sha256, bytes: new TextEncoder().encode(source.text) }];
  });
  return { runbook: parsed.runbook, pinned, warnings: diagnostics, texts };
}

/** The texts by path of which lines may be shown: those of documents of ours and of drill files. */
export function quotable(sources: readonly SourceText[]): ReadonlyMap<string, string> {
  return new Map(sources.filter(({ text }) => isOurs(text) || isDrillText(text)).map(({ path, text }) => [path, text]));
}

/**
 * Loads the documents that documents include, by path from the one that names them. `root`: nothing outside this folder is
 * read, through links either; null: any file is. `reading`: how a file is read.
 */
export function loader(
  sources: Map<string, SourceText>,
  root: string | null = null,
  reading: (path: string) => SourceText = readText,
): Load {
  return (path, from) => {
    const full = path.startsWith('/') ? path : normalize(join(dirname(from), path));
    if (root !== null && !isInside(root, full)) {
      const hint = `it is outside ${root}: move it there, or name a wider folder with --root DIR`;
      return { kind: 'problem', message: `${full} is not read`, hint };
    }
    try {
      const source = reading(full);
      sources.set(source.sha256, source);
      return { kind: 'loaded', source };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { kind: 'problem', message: error.message, hint: `paths resolve from ${from}` };
    }
  };
}

/** The top of the repository that holds `file`; null where there is none. */
export function repositoryOf(file: string): string | null {
  for (let folder = dirname(realOr(resolve(file))); ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder;
    if (folder === dirname(folder)) return null;
  }
}

function isInside(root: string, path: string): boolean {
  const inside = relative(realOr(resolve(root)), realOr(resolve(path)));
  return inside !== '' && inside !== '..' && !inside.startsWith('../');
}

/** Where `path` leads when links are followed; `path` itself where nothing is. */
function realOr(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The text of `path` with the sha256 of its bytes. Throws `Refusal` `unreadable` for what is no text file that can be read. */
export function readText(path: string): SourceText {
  return toText(path, readBytes(path));
}

/** `bytes` as the text of `path`. Throws `Refusal` `unreadable` for what is no text. */
export function toText(path: string, bytes: Uint8Array): SourceText {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.includes(0)) throw unreadable(path, 'this is a binary file, not YAML text');
  try {
    return { path, sha256, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    throw unreadable(path, 'the text is not UTF-8; save it as UTF-8');
  }
}

/** The bytes of the regular file `path`. Throws `Refusal` `unreadable`. */
export function readBytes(path: string): Uint8Array {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, whyUnreadable(error));
  }
  try {
    const facts = fstatSync(file);
    if (facts.isDirectory()) throw unreadable(path, 'this is a folder; name a file in it');
    if (!facts.isFile()) throw unreadable(path, 'this is no regular file');
    if (facts.size > BYTES_MAX) throw unreadable(path, `${facts.size} bytes is too large; the limit is ${BYTES_MAX}`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

export function unreadable(path: string, why: string): Refusal {
  return new Refusal({ code: 'unreadable', path, why }, `${path}: ${why}`);
}

function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  switch (code) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'reading it is not permitted';
    case 'ENOTDIR':
      return 'a part of the path is no folder';
    default:
      return `it cannot be read (${String(code)})`;
  }
}

/** sha256 of the RFC 8785 list of the documents' paths and digests. */
export function digestOf(runbook: Runbook): string {
  const list = canonicalize(runbook.documents);
  return createHash('sha256')
    .update(list ?? '')
    .digest('hex');
}
