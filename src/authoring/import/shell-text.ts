/**
 * What a shell script reads, sets and holds, as far as that can be seen without running it.
 *
 * Invariants: nothing is executed; every character has one context; unbalanced text has contexts too, and `open` says so.
 */

/** How the shell takes a character. `raw`: single quotes; `text`: a here-document; `fixed`: one whose end is quoted. */
export type ShellContext = 'bare' | 'double' | 'raw' | 'text' | 'fixed' | 'comment' | 'escaped';

export interface Scan {
  /** One context for each UTF-16 unit. */
  readonly contexts: readonly ShellContext[];
  /** How many quotes and substitutions each stands in, counted from 1. */
  readonly depths: readonly number[];
  /** True when a quote, a substitution or a here-document is not ended, or the last line goes on. */
  readonly open: boolean;
}

/** What a character opened and what ends it. */
type Level = { readonly context: 'bare' | 'double'; readonly end: ')' | '`' | '"' | '}' | '' };

/** Reads `script` once. */
export function scanShell(script: string): Scan {
  return new Scanner(script).scan();
}

class Scanner {
  readonly #script: string;
  readonly #contexts: ShellContext[] = [];
  readonly #depths: number[] = [];
  readonly #levels: Level[] = [{ context: 'bare', end: '' }];
  readonly #pending: { readonly word: string; readonly raw: boolean }[] = [];
  #at = 0;

  constructor(script: string) {
    this.#script = script;
  }

  scan(): Scan {
    let open = false;
    while (this.#at < this.#script.length) open = this.#step();
    const rest = this.#script.trimEnd();
    const goesOn = /(?:^|[^\\])\\$|(?:\||&&)$/.test(rest) && this.#contexts[rest.length - 1] !== 'comment';
    return {
      contexts: this.#contexts,
      depths: this.#depths,
      open: open || goesOn || this.#levels.length > 1 || this.#pending.length > 0,
    };
  }

  /** Takes one piece; true when it was not ended. */
  #step(): boolean {
    const character = this.#script[this.#at] ?? '';
    const level = this.#levels.at(-1) ?? { context: 'bare', end: '' };
    if (character === '\\') {
      this.#take(2, 'escaped');
      return this.#at > this.#script.length;
    }
    if (character === level.end) {
      this.#take(1, level.context);
      this.#levels.pop();
      return false;
    }
    if (character === '"') return this.#open(1, { context: 'double', end: '"' });
    if (character === '`') return this.#open(1, { context: 'bare', end: '`' });
    if (this.#script.startsWith('$(', this.#at)) return this.#open(2, { context: 'bare', end: ')' });
    if (level.context === 'double') {
      this.#take(1, 'double');
      return false;
    }
    return this.#bare(character, level);
  }

  #bare(character: string, level: Level): boolean {
    if (character === "'") {
      const end = this.#script.indexOf("'", this.#at + 1);
      this.#take(end === -1 ? this.#script.length - this.#at : end + 1 - this.#at, 'raw');
      return end === -1;
    }
    if (character === '(' && level.end === ')') return this.#open(1, { context: 'bare', end: ')' });
    if (character === '#' && /^$|[\s;&|(`]/.test(this.#script[this.#at - 1] ?? '')) {
      const end = /\n|$/.exec(this.#script.slice(this.#at))?.index ?? 0;
      this.#take(end, 'comment');
      return false;
    }
    const here =
      character === '<' ? /^<<-?[ \t]*(['"]?)(\w+)\1/.exec(this.#script.slice(this.#at, this.#at + 80)) : null;
    if (here !== null && this.#script[this.#at - 1] !== '<') {
      this.#pending.push({ word: here[2] ?? '', raw: here[1] !== '' });
      this.#take(here[0].length, 'bare');
      return false;
    }
    this.#take(1, 'bare');
    return character === '\n' && this.#hereDocuments();
  }

  #hereDocuments(): boolean {
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) {
      const rest = this.#script.slice(this.#at);
      const end = new RegExp(`^\\t*${next.word}[ \\t]*$`, 'm').exec(rest);
      this.#take(end === null ? rest.length : end.index, next.raw ? 'fixed' : 'text');
      if (end === null) return true;
      this.#take(end[0].length, 'bare');
    }
    return false;
  }

  #open(length: number, level: Level): boolean {
    this.#take(length, level.context === 'double' ? 'double' : 'bare');
    this.#levels.push(level);
    return false;
  }

  #take(length: number, context: ShellContext): void {
    for (let count = 0; count < length && this.#at + count < this.#script.length; count += 1) {
      this.#contexts.push(context);
      this.#depths.push(this.#levels.length);
    }
    this.#at += length;
  }
}

/** The script without its comments. */
export function withoutComments(script: string): string {
  const { contexts } = scanShell(script);
  return script
    .split('')
    .filter((_, index) => contexts[index] !== 'comment')
    .join('')
    .trim();
}
