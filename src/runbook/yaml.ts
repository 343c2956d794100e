/**
 * The text of a document as plain values, with the way back from each value to its place.
 *
 * Invariants:
 * - YAML 1.2 core, made strict: one document, no tags, no duplicate keys, scalar keys, no more than `aliasesMax` aliases.
 * - Unquoted scalars that are not text come out as `Plain`; an empty value as null; every map has string keys.
 * - Never throws, whatever the text.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml';
import type { Severity, Span } from '../diagnostics/diagnostic.ts';
import type { Finding } from '../diagnostics/position.ts';
import { Plain } from './scalar.ts';
import { offsetsOf } from './scalar-offsets.ts';
import { isTooDeep } from './yaml-depth.ts';
import { type Reported, repair, syntaxProblem, tagHint } from './yaml-problems.ts';

/** Keys and indexes from the root. */
export type Path = readonly (string | number)[];

export interface Tree {
  readonly value: unknown;
  /** Lines (by the offsets they cover) where the syntax is wrong: what else is found there is noise. */
  readonly broken: readonly Span[];
  /** Place of the value at `path`, or of its nearest ancestor that exists. */
  valueSpan(path: Path): Span;
  /** Place of the last key of `path`; of the value when it is a list item. */
  keySpan(path: Path): Span;
  /** Whether there is a value at `path`. */
  has(path: Path): boolean;
  /** Place of `start`..`end` of the text that the scalar at `path` holds; null when there is no scalar. */
  textSpan(path: Path, start: number, end: number): Span | null;
  /** Paths of the scalars at and under `path`, with their text. */
  scalars(path: Path): readonly { readonly path: Path; readonly text: string }[];
  /** The comment that follows the unquoted scalar at `path` on its line; null when there is none. */
  commentAfter(path: Path): Span | null;
}

export const aliasesMax = 100;
const depthMax = 64;
const roundsMax = 20;
const repairedCharactersMax = 1_000_000;
const reportsMax = 50;

type Node = unknown;

/** The tree of `text`, or null when its syntax is past reading. Every problem goes to `report`; `nul`: how bad a NUL in a text is. */
export function readYaml(text: string, report: (problem: Reported) => void, nul: Severity = 'error'): Tree | null {
  const parsed = parseLenient(text);
  if (parsed === null) {
    report({ ...error('too-deep', 'the document is nested too deep', ''), span: { start: 0, end: 1 } });
    return null;
  }
  const fatal = syntaxProblem(parsed.document.errors);
  const all = fatal === null ? parsed.repaired : [...parsed.repaired, fatal];
  for (const problem of all.slice(0, reportsMax)) report(problem);
  if (fatal !== null) return null;
  const converter = new Converter(text, report, nul);
  const value = converter.convert(parsed.document.contents, 0);
  return converter.failed
    ? null
    : new NodeTree(
        text,
        parsed.document.contents,
        value,
        [...all.map(({ span }) => span), ...converter.lost],
        converter,
      );
}

/**
 * Parses, and again with the values that broke the syntax replaced: one of them does not hide the rest of the document. How
 * often depends on the length, so that the time does not. Null: nested too deep for the stack.
 */
function parseLenient(
  text: string,
): { readonly document: Document.Parsed; readonly repaired: readonly Reported[] } | null {
  const repaired: Reported[] = [];
  const rounds = Math.max(1, Math.min(roundsMax, Math.floor(repairedCharactersMax / Math.max(1, text.length))));
  let current = text;
  try {
    for (let round = 0; ; round += 1) {
      const document = parseDocument(current, {
        version: '1.2',
        schema: 'core',
        uniqueKeys: false,
        prettyErrors: false,
        logLevel: 'error',
      });
      if (document.errors.some(isTooDeep)) return null;
      const repairs = round < rounds ? repair(current, document.errors) : null;
      if (repairs === null) return { document, repaired };
      repaired.push(...repairs.problems);
      current = repairs.text;
    }
  } catch (cause) {
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

function error(code: string, message: string, hint: string): Finding {
  return { severity: 'error', code, message, hint };
}

function rangeOf(node: Node): Span {
  const range = isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range : null;
  const [start, end] = range ?? [0, 1];
  return { start, end: Math.max(end, start + 1) };
}

/** The text of a key, or null for a key that is no scalar. */
function keyText(key: Node): string | null {
  if (!isScalar(key)) return null;
  return key.type === Scalar.PLAIN ? (key.source ?? '') : String(key.value);
}

class Converter {
  readonly targets = new Map<Alias, Node>();
  /** Places where a value was lost to a tag, an alias or a NUL. */
  readonly lost: Span[] = [];
  /** True after a problem that leaves no usable value. */
  failed = false;
  readonly #text: string;
  readonly #report: (problem: Reported) => void;
  readonly #nulSeverity: Severity;
  readonly #anchors = new Map<string, Node>();
  readonly #open = new Set<Node>();
  readonly #nuls = new Set<Node>();
  #aliases = 0;

  constructor(text: string, report: (problem: Reported) => void, nul: Severity) {
    this.#text = text;
    this.#report = report;
    this.#nulSeverity = nul;
  }

  convert(node: Node, depth: number): unknown {
    if (this.failed || node === null || node === undefined) return null;
    if (depth > depthMax)
      return this.#fail(node, error('too-deep', `the document is nested more than ${depthMax} levels deep`, ''));
    if (isAlias(node)) return this.#alias(node, depth);
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
      if (node.tag !== undefined) this.#tag(node, node.tag);
    }
    if (isScalar(node)) {
      this.#nul(node);
      return scalarValue(node);
    }
    this.#open.add(node);
    const value = isMap(node) ? this.#map(node, depth) : this.#list(node, depth);
    this.#open.delete(node);
    return value;
  }

  #list(node: Node, depth: number): unknown {
    return isSeq(node) ? node.items.map((item) => this.convert(item, depth + 1)) : null;
  }

  #map(node: YAMLMap, depth: number): unknown {
    const value: Record<string, unknown> = {};
    const seen = new Map<string, Node>();
    for (const { key, value: inner } of node.items) {
      const name = keyText(key);
      if (isScalar(key)) this.#nul(key);
      if (name === null) {
        this.#say(
          key ?? node,
          error('wrong-key', 'a key must be a single word or text', 'take the brackets away, or quote the key'),
        );
      } else if (name === '<<') {
        this.#say(key, error('merge-key', 'merge keys (<<) are not part of YAML 1.2', 'write the keys out'));
      } else if (name === '__proto__') {
        this.#say(key, error('wrong-key', '__proto__ cannot be a key', 'choose another name'));
      } else if (seen.has(name)) {
        const first = this.#text.slice(0, rangeOf(seen.get(name)).start).split(/\r\n|\n|\r/).length;
        this.#say(key, error('duplicate-key', `the key ${name} is here twice`, `the first one is on line ${first}`));
      } else {
        seen.set(name, key);
        value[name] = this.convert(inner, depth + 1);
      }
    }
    return value;
  }

  #alias(node: Alias, depth: number): unknown {
    this.#aliases += 1;
    const target = this.targets.get(node) ?? this.#anchors.get(node.source);
    if (this.#aliases > aliasesMax) {
      return this.#fail(
        node,
        error(
          'too-many-aliases',
          `more than ${aliasesMax} aliases, counting those inside others`,
          'write the values out',
        ),
      );
    }
    if (target === undefined) {
      this.lost.push(rangeOf(node));
      this.#say(
        node,
        error(
          'unknown-alias',
          `there is no anchor &${node.source} before this alias`,
          `quote the text if * is part of it`,
        ),
      );
      return null;
    }
    if (this.#open.has(target)) return this.#fail(node, error('alias-cycle', `*${node.source} contains itself`, ''));
    this.targets.set(node, target);
    return this.convert(target, depth + 1);
  }

  #tag(node: Node, tag: string): void {
    const written = tag.startsWith('tag:yaml.org,2002:') ? `!!${tag.slice('tag:yaml.org,2002:'.length)}` : tag;
    const { start } = rangeOf(node);
    const at = this.#text.lastIndexOf(written, start);
    const span = at === -1 ? rangeOf(node) : { start: at, end: at + written.length };
    this.lost.push(span);
    this.#report({ ...error('yaml-tag', `to YAML ${written} is a tag, not text`, tagHint(this.#text, span)), span });
  }

  /** Said once of each place, however often an alias leads there. */
  #nul(node: Scalar): void {
    const index = typeof node.value === 'string' ? node.value.indexOf('\0') : -1;
    if (index === -1 || this.#nuls.has(node)) return;
    this.#nuls.add(node);
    if (this.#nulSeverity === 'error') this.lost.push(rangeOf(node));
    const start = offsetsOf(this.#text, node)(index);
    const message = 'a text holds a NUL character, which no program, variable or file name can be given';
    this.#report({
      ...error('nul-character', message, "take it out; a script can make one: printf '\\0'"),
      severity: this.#nulSeverity,
      span: { start, end: start + 1 },
    });
  }

  #say(node: Node, finding: Finding): void {
    this.#report({ ...finding, span: rangeOf(node) });
  }

  #fail(node: Node, finding: Finding): null {
    if (!this.failed) this.#say(node, finding);
    this.failed = true;
    return null;
  }
}

function scalarValue(node: Scalar): unknown {
  const { value } = node;
  if (typeof value === 'string') return value;
  const source = node.source ?? '';
  if (source === '') return null;
  return new Plain(source, typeof value === 'number' || typeof value === 'boolean' ? value : null);
}

class NodeTree implements Tree {
  readonly value: unknown;
  readonly broken: readonly Span[];
  readonly #text: string;
  readonly #root: Node;
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #pairs = new WeakMap<object, ReadonlyMap<string, Pair>>();

  constructor(text: string, root: Node, value: unknown, broken: readonly Span[], converter: Converter) {
    this.#text = text;
    this.#root = root;
    this.value = value;
    this.broken = broken;
    this.#targets = converter.targets;
  }

  valueSpan(path: Path): Span {
    const { node, key } = this.#walk(path);
    return node === null ? rangeOf(key) : rangeOf(node);
  }

  keySpan(path: Path): Span {
    const { node, key, whole } = this.#walk(path);
    return whole && key !== null ? rangeOf(key) : rangeOf(node ?? key);
  }

  has(path: Path): boolean {
    return this.#walk(path).whole;
  }

  textSpan(path: Path, start: number, end: number): Span | null {
    const { node, whole } = this.#walk(path);
    if (!whole || !isScalar(node)) return null;
    const offsets = offsetsOf(this.#text, node);
    const last = offsets(Math.max(start, end - 1));
    const first = offsets(start);
    return { start: first, end: Math.max(first + 1, last + 1) };
  }

  scalars(path: Path): readonly { readonly path: Path; readonly text: string }[] {
    const { node, whole } = this.#walk(path);
    const found: { path: Path; text: string }[] = [];
    if (whole) this.#collect(node, path, found);
    return found;
  }

  commentAfter(path: Path): Span | null {
    const { node, whole } = this.#walk(path);
    if (!whole || !isScalar(node) || node.type !== Scalar.PLAIN) return null;
    const { end } = rangeOf(node);
    const rest = /^[ \t]+#[^\r\n]*/.exec(this.#text.slice(end, end + 500))?.[0];
    if (rest === undefined) return null;
    return { start: end + rest.indexOf('#'), end: end + rest.length };
  }

  #collect(given: Node, path: Path, found: { path: Path; text: string }[]): void {
    const node = this.#resolve(given);
    if (isScalar(node)) found.push({ path, text: typeof node.value === 'string' ? node.value : (node.source ?? '') });
    else if (isSeq(node))
      for (const [index, item] of node.items.entries()) this.#collect(item, [...path, index], found);
    else if (isMap(node)) {
      for (const [name, pair] of this.#pairsOf(node)) this.#collect(pair.value, [...path, name], found);
    }
  }

  /** As far as `path` leads. `key`: the key of the last map on the way; `whole`: it led to its end. */
  #walk(path: Path): { readonly node: Node; readonly key: Node; readonly whole: boolean } {
    let node = this.#resolve(this.#root);
    let key: Node = null;
    for (const part of path) {
      if (isMap(node)) {
        const pair = this.#pairsOf(node).get(String(part));
        if (pair === undefined) return { node, key, whole: false };
        node = this.#resolve(pair.value);
        key = pair.key;
      } else if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
        node = this.#resolve(node.items[part]);
        key = null;
      } else return { node, key, whole: false };
    }
    return { node, key, whole: true };
  }

  #resolve(node: Node): Node {
    return isAlias(node) ? (this.#targets.get(node) ?? node) : node;
  }

  #pairsOf(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#pairs.get(map);
    if (known !== undefined) return known;
    const pairs = new Map<string, Pair>();
    for (const pair of map.items) {
      const name = keyText(pair.key);
      if (name !== null && !pairs.has(name)) pairs.set(name, pair);
    }
    this.#pairs.set(map, pairs);
    return pairs;
  }
}
