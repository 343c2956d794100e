/**
 * Where somebody is typing: the path to the cursor in a document that may be half written.
 *
 * Invariants:
 * - A mark is put at the cursor, and the text is read as far as YAML goes; what is broken elsewhere is passed over.
 * - Never throws, whatever the text; null where nothing can be told, as in a comment.
 */
import { type Document, isMap, isScalar, isSeq, parseDocument, type Scalar } from 'yaml';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Path } from '../runbook/yaml.ts';

/** A scalar of a document. */
export interface Cursor {
  /** To the value that is typed; of a key, to the map that holds it. */
  readonly path: Path;
  readonly at: 'key' | 'value';
  /** The keys of the map around, without the one that is typed. */
  readonly siblings: readonly string[];
  /** The keys of the map around that one. */
  readonly outer: readonly string[];
  /** The text of the scalar before the cursor. */
  readonly before: string;
  /** The kind of the document: its first key; empty while there is none. */
  readonly kind: string;
}

const mark = 'zq7mark7qz';
const lengthMax = 1024 * 1024;

/** Where `offset` of `text` is. */
export function cursorAt(text: string, offset: number): Cursor | null {
  if (text.length > lengthMax) return null;
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const lineEnd = text.indexOf('\n', offset);
  const before = text.slice(lineStart, offset);
  const after = text.slice(offset, lineEnd === -1 ? text.length : lineEnd);
  // A word alone on its line is a key whose colon nobody has typed yet; inside a text it does no harm.
  const alone = /^\s*(?:- +)*["']?[\w-]*$/.test(before) && after.trim() === '';
  const first = found(text, offset, alone ? `${mark}: ` : mark);
  return first ?? (alone ? found(text, offset, mark) : null);
}

function found(text: string, offset: number, inserted: string): Cursor | null {
  const document = read(text.slice(0, offset) + inserted + text.slice(offset));
  if (document === null) return null;
  const kind = isMap(document.contents) ? (document.contents.items.map(({ key }) => textOf(key))[0] ?? '') : '';
  const place = search(document.contents, { path: [], siblings: [], outer: [] });
  return place === null ? null : { ...place, kind: kind.includes(mark) ? '' : kind };
}

/** `text` as far as it can be read: scalars are text. Null when it is nested past reading. */
export function read(text: string): Document.Parsed | null {
  try {
    return parseDocument(text, {
      version: '1.2',
      schema: 'failsafe',
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
  } catch {
    return null;
  }
}

interface Around {
  readonly path: Path;
  readonly siblings: readonly string[];
  readonly outer: readonly string[];
}

function search(node: unknown, around: Around): Omit<Cursor, 'kind'> | null {
  if (isScalar(node)) {
    const text = textOf(node);
    const at = text.indexOf(mark);
    return at === -1 ? null : { ...around, at: 'value', before: text.slice(0, at) };
  }
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const place = search(item, { ...around, path: [...around.path, index] });
      if (place !== null) return place;
    }
  }
  if (!isMap(node)) return null;
  const keys = node.items.map(({ key }) => textOf(key));
  for (const [index, { value }] of node.items.entries()) {
    const key = keys[index] ?? '';
    const siblings = keys.filter((_, other) => other !== index);
    const at = key.indexOf(mark);
    const outer = around.siblings;
    if (at !== -1) return { path: around.path, at: 'key', siblings, outer, before: key.slice(0, at) };
    const place = search(value, { path: [...around.path, key], siblings, outer });
    if (place !== null) return place;
  }
  return null;
}

function textOf(node: unknown): string {
  if (!isScalar(node)) return '';
  return typeof node.value === 'string' ? node.value : '';
}

/** A key or value that is there. */
export interface Found {
  /** To the value; of a key, to its value. */
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly span: Span;
  readonly text: string;
  /** The keys of the map around, and of the one around that. */
  readonly siblings: readonly string[];
}

/** The scalar at `offset` of `text`. */
export function scalarAt(text: string, offset: number): (Found & { readonly kind: string }) | null {
  const document = text.length > lengthMax ? null : read(text);
  if (document === null) return null;
  const kind = isMap(document.contents) ? textOf(document.contents.items[0]?.key) : '';
  const place = locate(document.contents, [], [], offset);
  return place === null ? null : { ...place, kind };
}

function locate(node: unknown, path: Path, siblings: readonly string[], offset: number): Found | null {
  const found = (scalar: Scalar, to: Path, at: 'key' | 'value'): Found => {
    const [start, end] = scalar.range ?? [0, 0];
    return { path: to, at, span: { start, end }, text: textOf(scalar), siblings };
  };
  if (isScalar(node)) return holds(node, offset) ? found(node, path, 'value') : null;
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const place = locate(item, [...path, index], siblings, offset);
      if (place !== null) return place;
    }
  }
  if (!isMap(node)) return null;
  const keys = node.items.map(({ key }) => textOf(key));
  for (const { key, value } of node.items) {
    const inside = [...path, textOf(key)];
    if (isScalar(key) && holds(key, offset)) return found(key, inside, 'key');
    const place = locate(value, inside, [...keys, ...siblings], offset);
    if (place !== null) return place;
  }
  return null;
}

function holds({ range }: Scalar, offset: number): boolean {
  return range !== null && range !== undefined && range[0] <= offset && offset <= range[1];
}
