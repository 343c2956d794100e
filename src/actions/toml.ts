/**
 * TOML 1.0, read strictly: what the specification forbids is refused with its line. Dates and times come out as their text,
 * because expressions have no such type.
 *
 * Invariant: linear in the length of the text, and bounded in depth.
 */
import { type CelValue, fitsInt64 } from '../runbook/cel-value.ts';

/** The text is not TOML; the message says what and in which line. */
export class TomlError extends Error {
  override readonly name = 'TomlError';
}

/** The document as a map. Throws `TomlError`. */
export function parseToml(text: string): CelValue {
  return new TomlReader(text).document();
}

/** `open`: made by a header or on the way to one, so more may be added; `closed`: an inline table or a value's path. */
interface Table {
  readonly kind: 'table';
  readonly entries: Map<string, Node>;
  state: 'implicit' | 'defined' | 'dotted' | 'closed';
}
interface Tables {
  readonly kind: 'tables';
  readonly items: Table[];
}
type Node = Table | Tables | { readonly kind: 'value'; readonly value: CelValue };

const depthMax = 100;
const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  '"': '"',
  '\\': '\\',
};

class TomlReader {
  readonly #text: string;
  readonly #root: Table = table('defined');
  #at = 0;

  constructor(text: string) {
    this.#text = text.replaceAll('\r\n', '\n');
  }

  document(): CelValue {
    let current = this.#root;
    for (;;) {
      this.#blank();
      if (this.#at >= this.#text.length) return plain(this.#root);
      if (this.#peek('[')) current = this.#header();
      else this.#pair(current, 0);
      this.#lineEnd();
    }
  }

  #header(): Table {
    const many = this.#text.startsWith('[[', this.#at);
    this.#at += many ? 2 : 1;
    const path = this.#keys();
    this.#expect(many ? ']]' : ']');
    const last = path.pop() ?? '';
    const parent = this.#descend(this.#root, path, 'implicit');
    return many ? this.#newItem(parent, last) : this.#newTable(parent, last);
  }

  #newTable(parent: Table, key: string): Table {
    const known = parent.entries.get(key);
    if (known === undefined) {
      const made = table('defined');
      parent.entries.set(key, made);
      return made;
    }
    if (known.kind !== 'table' || known.state !== 'implicit') return this.#fail(`${key} is defined twice`);
    known.state = 'defined';
    return known;
  }

  #newItem(parent: Table, key: string): Table {
    const known = parent.entries.get(key);
    const made = table('defined');
    if (known === undefined) parent.entries.set(key, { kind: 'tables', items: [made] });
    else if (known.kind === 'tables') known.items.push(made);
    else this.#fail(`${key} is defined twice`);
    return made;
  }

  #descend(from: Table, path: readonly string[], state: 'implicit' | 'dotted'): Table {
    let at = from;
    for (const key of path) {
      const known: Node | undefined = at.entries.get(key);
      if (known === undefined) {
        const made = table(state);
        at.entries.set(key, made);
        at = made;
      } else if (known.kind === 'tables' && state === 'implicit') at = known.items.at(-1) ?? this.#fail('empty list');
      else if (
        known.kind === 'table' &&
        known.state !== 'closed' &&
        (state === 'implicit' || known.state === 'dotted')
      ) {
        at = known;
      } else this.#fail(`${key} cannot be added to here`);
    }
    return at;
  }

  #pair(into: Table, depth: number): void {
    const path = this.#keys();
    this.#expect('=');
    this.#spaces();
    const value = this.#value(depth);
    const last = path.pop() ?? '';
    const owner = this.#descend(into, path, 'dotted');
    if (owner.entries.has(last)) this.#fail(`${last} is defined twice`);
    owner.entries.set(last, value);
  }

  #keys(): string[] {
    const keys: string[] = [];
    do {
      this.#spaces();
      keys.push(this.#key());
      this.#spaces();
    } while (this.#take('.'));
    return keys;
  }

  #key(): string {
    if (this.#peek('"')) return this.#basic();
    if (this.#peek("'")) return this.#literal();
    return this.#match(/[A-Za-z0-9_-]+/y) ?? this.#fail('expected a key');
  }

  #value(depth: number): Node {
    if (depth > depthMax) this.#fail(`nested more than ${depthMax} deep`);
    if (this.#text.startsWith('"""', this.#at)) return scalar(this.#longBasic());
    if (this.#text.startsWith("'''", this.#at)) return scalar(this.#longLiteral());
    if (this.#peek('"')) return scalar(this.#basic());
    if (this.#peek("'")) return scalar(this.#literal());
    if (this.#take('[')) return this.#list(depth);
    if (this.#take('{')) return this.#inlineTable(depth);
    if (this.#take('true')) return scalar(true);
    if (this.#take('false')) return scalar(false);
    const date = this.#match(
      /\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)?)?|\d\d:\d\d:\d\d(?:\.\d+)?/y,
    );
    return scalar(date ?? this.#number());
  }

  #number(): CelValue {
    const word = this.#match(/[+-]?[0-9A-Za-z_.]+(?:[+-][0-9_]+)?/y) ?? this.#fail('expected a value');
    if (/^[+-]?(inf|nan)$/.test(word)) return special(word);
    const digits = word.replaceAll(/(?<=[0-9A-Fa-f])_(?=[0-9A-Fa-f])/g, '');
    if (/^(0x[0-9A-Fa-f]+|0o[0-7]+|0b[01]+|[+-]?(0|[1-9]\d*))$/.test(digits)) return this.#integer(digits);
    if (/^[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(digits)) return Number(digits);
    return this.#fail(`${word} is not a value`);
  }

  #integer(digits: string): bigint {
    const negative = digits.startsWith('-');
    const size = BigInt(digits.replace(/^[+-]/, ''));
    const value = negative ? -size : size;
    return fitsInt64(value) ? value : this.#fail(`${digits} does not fit 64 bits`);
  }

  #list(depth: number): Node {
    const items: CelValue[] = [];
    for (;;) {
      this.#blank();
      if (this.#take(']')) return scalar(items);
      items.push(plain(this.#value(depth + 1)));
      this.#blank();
      if (this.#take(']')) return scalar(items);
      this.#expect(',');
    }
  }

  #inlineTable(depth: number): Node {
    const made = table('defined');
    this.#spaces();
    if (!this.#take('}')) {
      do {
        this.#spaces();
        this.#pair(made, depth + 1);
        this.#spaces();
      } while (this.#take(','));
      this.#expect('}');
    }
    made.state = 'closed';
    return made;
  }

  #literal(): string {
    return (this.#match(/'[^'\n\x00-\x08\x0b-\x1f\x7f]*'/y) ?? this.#fail('this text is not closed')).slice(1, -1);
  }

  #basic(): string {
    const source =
      this.#match(/"(?:[^"\\\n\x00-\x08\x0b-\x1f\x7f]|\\[^\n])*"/y) ?? this.#fail('this text is not closed');
    return this.#unescaped(source.slice(1, -1));
  }

  #longLiteral(): string {
    const end = this.#text.indexOf("'''", this.#at + 3);
    if (end === -1) this.#fail('this text is not closed');
    return this.#long(end, "'");
  }

  #longBasic(): string {
    let end = this.#at + 3;
    while (end < this.#text.length && !this.#text.startsWith('"""', end)) end += this.#text[end] === '\\' ? 2 : 1;
    if (end >= this.#text.length) this.#fail('this text is not closed');
    const source = this.#long(end, '"');
    return this.#unescaped(source.replaceAll(/(?<=(?:^|[^\\])(?:\\\\)*)\\[ \t]*\n\s*/g, ''));
  }

  /** Up to two more quotes at the end belong to the text; a line break right after the opening does not. */
  #long(end: number, quote: string): string {
    let close = end;
    while (close < end + 2 && this.#text[close + 3] === quote) close += 1;
    const source = this.#text.slice(this.#at + 3, close);
    this.#at = close + 3;
    return source.startsWith('\n') ? source.slice(1) : source;
  }

  #unescaped(source: string): string {
    return source.replaceAll(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/g, (_, sequence: string) => {
      if (sequence.length === 1) return escapes[sequence] ?? this.#fail(`\\${sequence} is no escape`);
      const code = Number.parseInt(sequence.slice(1), 16);
      const surrogate = code >= 0xd800 && code <= 0xdfff;
      return code > 0x10ffff || surrogate ? this.#fail(`\\${sequence} is no character`) : String.fromCodePoint(code);
    });
  }

  #blank(): void {
    this.#match(/(?:[ \t\n]|#[^\n]*)*/y);
  }

  #spaces(): void {
    this.#match(/[ \t]*/y);
  }

  #lineEnd(): void {
    this.#match(/[ \t]*(?:#[^\n]*)?/y);
    if (this.#at < this.#text.length && !this.#take('\n')) this.#fail('expected the end of the line');
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? null;
    if (match !== null) this.#at += match.length;
    return match;
  }

  #peek(token: string): boolean {
    return this.#text.startsWith(token, this.#at);
  }

  #take(token: string): boolean {
    if (!this.#peek(token)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    this.#spaces();
    if (!this.#take(token)) this.#fail(`expected ${token}`);
  }

  #fail(what: string): never {
    throw new TomlError(`${what} (line ${this.#text.slice(0, this.#at).split('\n').length})`);
  }
}

function table(state: Table['state']): Table {
  return { kind: 'table', entries: new Map(), state };
}

function scalar(value: CelValue): Node {
  return { kind: 'value', value };
}

function plain(node: Node): CelValue {
  if (node.kind === 'value') return node.value;
  if (node.kind === 'tables') return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, plain(value)]));
}

function special(word: string): number {
  if (word.endsWith('nan')) return Number.NaN;
  return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
