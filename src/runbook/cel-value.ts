/**
 * Values as expressions see them, and their two text forms: read from JSON, printed by `${{ }}`.
 *
 * Invariants:
 * - A JSON integer that fits 64 bits is a bigint (CEL `int`), every other JSON number a double; nothing is rounded silently
 *   that a bigint could hold.
 * - Reading is bounded in depth and linear in the length of its text.
 * - A text that is read is well-formed: an escaped half of a surrogate pair is U+FFFD, as a record will hold it. So what is decided on is
 *   what is on record.
 */

/** A value as CEL sees it: JSON with integers as bigint. */
export type CelValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly CelValue[]
  | { readonly [key: string]: CelValue };

/** The text is not JSON, or is nested too deeply; `message` says what and at which line and column. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
}

const depthMax = 200;
const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;

/** Whether `value` is in the range of a CEL `int`. */
export function fitsInt64(value: bigint): boolean {
  return value >= int64Min && value <= int64Max;
}

/** A list or a map, and nothing that is a scalar. */
export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value);
}

/**
 * Reads RFC 8259 JSON. Integers keep all their digits (bigint) unless they leave 64 bits, then they are doubles, as are
 * numbers with a fraction or an exponent. Of duplicate keys the last counts. Throws `JsonTextError`.
 */
export function parseJson(text: string): CelValue {
  return new JsonReader(text).document();
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): CelValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('unexpected text after the value');
    return value;
  }

  #value(depth: number): CelValue {
    if (depth > depthMax) this.#fail(`nested more than ${depthMax} deep`);
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#map(depth);
      case '[':
        return this.#list(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #map(depth: number): CelValue {
    const entries: [string, CelValue][] = [];
    this.#at += 1;
    this.#space();
    if (this.#take('}')) return {};
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') this.#fail('expected a key in double quotes');
      const key = this.#string();
      this.#space();
      if (!this.#take(':')) this.#fail('expected ":"');
      entries.push([key, this.#value(depth + 1)]);
      this.#space();
      // fromEntries defines own properties, so a key such as __proto__ is only a key.
      if (this.#take('}')) return Object.fromEntries(entries);
      if (!this.#take(',')) this.#fail('expected "," or "}"');
    }
  }

  #list(depth: number): CelValue {
    const items: CelValue[] = [];
    this.#at += 1;
    this.#space();
    if (this.#take(']')) return items;
    for (;;) {
      items.push(this.#value(depth + 1));
      this.#space();
      if (this.#take(']')) return items;
      if (!this.#take(',')) this.#fail('expected "," or "]"');
    }
  }

  #string(): string {
    const start = this.#at;
    let plain = true;
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22) {
        this.#at += 1;
        return plain ? this.#text.slice(start + 1, this.#at - 1) : this.#unescape(start);
      }
      if (code < 0x20) this.#fail('a control character in a string must be escaped');
      if (code === 0x5c) {
        plain = false;
        this.#at += 1;
      }
    }
    this.#at = start;
    return this.#fail('this string has no closing quote');
  }

  #unescape(start: number): string {
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, this.#at));
      if (typeof value === 'string') return value.toWellFormed();
    } catch {
      // Only an escape can be wrong here: quotes and control characters were looked at before.
    }
    this.#at = start;
    return this.#fail('wrong escape in a string');
  }

  #number(): CelValue {
    const pattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null)
      return this.#fail(this.#at < this.#text.length ? 'not a JSON value' : 'the text ends too early');
    this.#at += match[0].length;
    if (match[1] !== undefined || match[2] !== undefined || match[0].length > 20) return Number(match[0]);
    const whole = BigInt(match[0]);
    return fitsInt64(whole) ? whole : Number(match[0]);
  }

  #word<T extends CelValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('not a JSON value');
    this.#at += word.length;
    return value;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #space(): void {
    for (; this.#at < this.#text.length; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
    }
  }

  #fail(what: string): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    throw new JsonTextError(`${what} (line ${line}, column ${this.#at - before.lastIndexOf('\n')})`);
  }
}

/**
 * What `${{ }}` prints for a value: text as it is, `true`, `12`, `2.5`, `null`; lists and maps as JSON on one line, with
 * integers in full. A double that is whole prints without a fraction.
 */
export function toText(value: CelValue): string {
  return typeof value === 'string' ? value : toJson(value);
}

/** `value` as JSON on one line, keys in their order. A double that JSON cannot hold prints as `NaN`, `Infinity`. */
export function toJson(value: CelValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map(toJson).join(',')}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`)
    .join(',')}}`;
}
