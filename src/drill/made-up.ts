/**
 * Values that a rehearsal makes up: for what is asked, found in the environment or captured, where nobody has given one.
 *
 * Invariant: a value that is made up is one that the declaration takes, or there is none; the same declaration gives the same value.
 */
import type { Variable } from '../runbook/document.ts';
import { checkValue } from '../runbook/values.ts';

/** A value that `variable` may have; null: none could be made up. Of a secret it is no secret. */
export function madeUp(name: string, variable: Variable): string | null {
  return candidates(name, variable).find((text) => checkValue(variable, text) === null) ?? null;
}

function candidates(name: string, { type, match, choices, secret, default: usual }: Variable): readonly string[] {
  const given = [...(usual === undefined ? [] : [usual]), ...(choices ?? [])];
  const matching = match === undefined ? [] : samples(match);
  return [...given, ...matching, ...ofType(name, type, secret)];
}

function ofType(name: string, type: Variable['type'], secret: boolean): readonly string[] {
  switch (type) {
    case 'string':
      return [secret ? `made-up-${name}` : `made-up-${name.replaceAll('_', '-')}`, '1', 'a'];
    case 'int':
    case 'number':
      return ['1', '0'];
    case 'bool':
      return ['true', 'false'];
    case 'list':
      return ['["made-up"]', '[]'];
  }
}

/** Texts that may match `pattern`, the likeliest first: each is to be checked, since not all of the language is read here. */
function samples(pattern: string): readonly string[] {
  const spellings: readonly Spelling[] = [
    { digit: '1', letter: 'a', least: 1 },
    { digit: '1', letter: 'a', least: 0 },
    { digit: '1', letter: 'a', least: 2 },
    { digit: '7', letter: 'b', least: 8 },
  ];
  return spellings.map((spelling) => new Sampler(pattern, spelling).text());
}

interface Spelling {
  readonly digit: string;
  readonly letter: string;
  /** How often what may be repeated at will is. */
  readonly least: number;
}

const repeatsMax = 1000;

/** Reads a pattern once from left to right, and takes the first way wherever it leaves a choice. */
class Sampler {
  readonly #pattern: string;
  readonly #spelling: Spelling;
  #at = 0;

  constructor(pattern: string, spelling: Spelling) {
    this.#pattern = pattern;
    this.#spelling = spelling;
  }

  text(): string {
    return this.#alternatives();
  }

  /** The first of what `|` parts, up to the end or a `)`. */
  #alternatives(): string {
    let first: string | null = null;
    for (;;) {
      const one = this.#sequence();
      first ??= one;
      if (this.#pattern[this.#at] !== '|') return first;
      this.#at += 1;
    }
  }

  #sequence(): string {
    let text = '';
    while (this.#at < this.#pattern.length && !')|'.includes(this.#pattern[this.#at] ?? '')) {
      const one = this.#one();
      text += one.repeat(this.#times());
    }
    return text;
  }

  #one(): string {
    const char = this.#pattern[this.#at] ?? '';
    this.#at += 1;
    switch (char) {
      case '^':
      case '$':
        return '';
      case '.':
        return this.#spelling.letter;
      case '\\':
        return this.#escaped();
      case '[':
        return this.#class();
      case '(':
        return this.#group();
      default:
        return char;
    }
  }

  #escaped(): string {
    const char = this.#pattern[this.#at] ?? '';
    this.#at += 1;
    switch (char) {
      case 'd':
        return this.#spelling.digit;
      case 'w':
      case 'D':
      case 'S':
        return this.#spelling.letter;
      case 's':
      case 'W':
        return ' ';
      case 'b':
      case 'B':
      case 'A':
      case 'z':
      case 'Q':
      case 'E':
        return '';
      case 'n':
        return '\n';
      case 't':
        return '\t';
      default:
        return char;
    }
  }

  #group(): string {
    if (this.#pattern[this.#at] === '?') {
      const head = /^\?(?:P?<\w+>|[a-zA-Z-]*[:)])/.exec(this.#pattern.slice(this.#at))?.[0] ?? '?';
      this.#at += head.length;
      if (head.endsWith(')')) return '';
    }
    const text = this.#alternatives();
    if (this.#pattern[this.#at] === ')') this.#at += 1;
    return text;
  }

  #class(): string {
    const negated = this.#pattern[this.#at] === '^';
    if (negated) this.#at += 1;
    const members: string[] = [];
    for (let first = true; this.#at < this.#pattern.length; first = false) {
      const char = this.#pattern[this.#at] ?? '';
      if (char === ']' && !first) break;
      const named = /^\[:\^?\w+:\]/.exec(this.#pattern.slice(this.#at))?.[0];
      if (named !== undefined) this.#at += named.length;
      members.push(named === undefined ? this.#member() : ofClass(named, this.#spelling));
    }
    this.#at += 1;
    if (!negated) return members.find((one) => one === this.#spelling.digit) ?? members[0] ?? '';
    return [this.#spelling.letter, this.#spelling.digit, 'z', '-', '_'].find((one) => !members.includes(one)) ?? '';
  }

  /** One character of a class; of a range the spelling's own where it is inside, else the first. */
  #member(): string {
    const char = this.#pattern[this.#at] ?? '';
    this.#at += 1;
    const from = char === '\\' ? this.#escaped() : char;
    const isRange = this.#pattern[this.#at] === '-' && (this.#pattern[this.#at + 1] ?? ']') !== ']';
    if (!isRange) return from;
    const to = this.#pattern[this.#at + 1] ?? '';
    this.#at += 2;
    const { digit, letter } = this.#spelling;
    return [digit, letter].find((one) => from <= one && one <= to) ?? from;
  }

  #times(): number {
    const rest = this.#pattern.slice(this.#at);
    const quantifier = /^(?:[?*+]|\{(\d+)(,?)(\d*)\})[?+]?/.exec(rest);
    if (quantifier === null) return 1;
    this.#at += quantifier[0].length;
    const { least } = this.#spelling;
    if (rest.startsWith('?')) return Math.min(1, least);
    if (rest.startsWith('*')) return least;
    if (rest.startsWith('+')) return Math.max(1, least);
    return Math.min(repeatsMax, Number(quantifier[1]));
  }
}

function ofClass(name: string, { digit, letter }: Spelling): string {
  if (name.includes('digit')) return digit;
  if (name.includes('upper')) return letter.toUpperCase();
  return name.includes('space') ? ' ' : letter;
}
