/**
 * What a text must hold for a pattern to match it: a plain search for that tells most files apart before the regular
 * expression is asked.
 *
 * Invariant: when the pattern matches a text, one of the required texts occurs in it. Where that cannot be told from the syntax
 * (RE2), nothing is required.
 */

const lengthMin = 2;
const textsMax = 16;

/** `folded`: the texts are in small letters, and occur in what matches once that has no case. */
export interface Required {
  readonly texts: readonly string[];
  readonly folded: boolean;
}

/** Texts of which one occurs in whatever `pattern` matches; null when there are none that help. */
export function requiredTexts(pattern: string): Required | null {
  const folded = pattern.startsWith('(?i)');
  const reader = new Reader(folded ? pattern.slice(4) : pattern, folded);
  const texts = reader.alternatives();
  if (reader.unsure || !reader.atEnd || texts === null || texts.length > textsMax) return null;
  if (texts.some((text) => text.length < lengthMin)) return null;
  return { texts: [...new Set(texts.map((text) => (folded ? text.toLowerCase() : text)))], folded };
}

type Texts = readonly string[] | null;

class Reader {
  /** Something was met whose meaning is not known here. */
  unsure = false;
  readonly #characters: readonly string[];
  readonly #folded: boolean;
  #at = 0;

  constructor(pattern: string, folded: boolean) {
    this.#characters = [...pattern];
    this.#folded = folded;
  }

  get atEnd(): boolean {
    return this.#at >= this.#characters.length;
  }

  /** Up to the end of the group: one branch or another must match, so one text of each is needed. */
  alternatives(): Texts {
    const branches: Texts[] = [this.#branch()];
    while (!this.unsure && this.#peek() === '|') {
      this.#at += 1;
      branches.push(this.#branch());
    }
    return branches.some((texts) => texts === null) ? null : branches.flatMap((texts) => texts ?? []);
  }

  /** The best that one of its pieces requires. */
  #branch(): Texts {
    let best: Texts = null;
    let run = '';
    const offer = (texts: Texts): void => {
      if (texts !== null && worth(texts) > worth(best)) best = texts;
    };
    const endRun = (): void => {
      if (run !== '') offer([run]);
      run = '';
    };
    while (!this.unsure && !this.atEnd && this.#peek() !== '|' && this.#peek() !== ')') {
      const piece = this.#piece();
      const times = this.#times();
      if (piece.kind === 'literal' && times === 'once') {
        run += piece.text;
        continue;
      }
      if (piece.kind === 'literal' && times === 'some') run += piece.text;
      endRun();
      if (piece.kind === 'group' && times !== 'maybe') offer(piece.texts);
    }
    endRun();
    return best;
  }

  #piece(): { kind: 'literal'; text: string } | { kind: 'group'; texts: Texts } | { kind: 'other' } {
    const character = this.#next();
    switch (character) {
      case '\\':
        return this.#escape();
      case '[':
        this.#class();
        return { kind: 'other' };
      case '(':
        return this.#group();
      case '.':
      case '^':
      case '$':
        return { kind: 'other' };
      default:
        // What case does to letters beyond ASCII is not known here.
        return this.#folded && character > '\u007f' ? { kind: 'other' } : { kind: 'literal', text: character };
    }
  }

  #escape(): { kind: 'literal'; text: string } | { kind: 'other' } {
    const character = this.#next();
    if (/^[^A-Za-z0-9]$/u.test(character)) return { kind: 'literal', text: character };
    if (!/^[dDwWsSbB]$/.test(character)) this.unsure = true;
    return { kind: 'other' };
  }

  #class(): void {
    if (this.#peek() === '^') this.#at += 1;
    if (this.#peek() === ']') this.#at += 1;
    while (!this.atEnd && this.#peek() !== ']') {
      const character = this.#next();
      if (character === '\\') this.#at += 1;
      if (character === '[' && this.#peek() === ':') this.unsure = true;
    }
    this.#at += 1;
  }

  #group(): { kind: 'group'; texts: Texts } | { kind: 'other' } {
    if (this.#peek() === '?') {
      const head = /^\?(?:[sm]*:|P?<\w+>|[sm]+\))/.exec(this.#characters.slice(this.#at, this.#at + 80).join(''))?.[0];
      if (head === undefined) {
        this.unsure = true;
        return { kind: 'other' };
      }
      this.#at += head.length;
      if (head.endsWith(')')) return { kind: 'other' };
    }
    const texts = this.alternatives();
    if (this.#next() !== ')') this.unsure = true;
    return { kind: 'group', texts };
  }

  /** How often the piece that was just read must occur. */
  #times(): 'once' | 'some' | 'maybe' {
    const character = this.#peek();
    if (character === '*' || character === '?') return this.#quantified('maybe', 1);
    if (character === '+') return this.#quantified('some', 1);
    const counted = /^\{(\d+)(?:,\d*)?\}/.exec(this.#characters.slice(this.#at, this.#at + 24).join(''));
    if (counted === null) return 'once';
    return this.#quantified(Number(counted[1]) === 0 ? 'maybe' : 'some', counted[0].length);
  }

  #quantified(times: 'some' | 'maybe', length: number): 'some' | 'maybe' {
    this.#at += length;
    if (this.#peek() === '?') this.#at += 1;
    return times;
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at] ?? '';
    this.#at += 1;
    if (character === '') this.unsure = true;
    return character;
  }
}

/** The shortest text is what most lines hold. */
function worth(texts: Texts): number {
  return texts === null ? 0 : Math.min(...texts.map((text) => text.length));
}
