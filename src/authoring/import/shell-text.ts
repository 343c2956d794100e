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
    return { contexts: this.#contexts, open: open || goesOn || this.#levels.length > 1 || this.#pending.length > 0 };
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
    for (let count = 0; count < length && this.#at + count < this.#script.length; count += 1)
      this.#contexts.push(context);
    this.#at += length;
  }
}

/** Names that every shell has, or sets by itself. */
const known: ReadonlySet<string> = new Set(
  (
    'HOME PATH USER LOGNAME PWD OLDPWD SHELL TERM LANG LC_ALL TZ EDITOR VISUAL PAGER HOSTNAME HOSTTYPE OSTYPE MACHTYPE ' +
    'TMPDIR RANDOM UID EUID PPID IFS LINENO SECONDS BASH BASH_VERSION BASH_SOURCE BASHPID FUNCNAME PIPESTATUS OPTARG ' +
    'OPTIND REPLY DIRSTACK SHLVL COLUMNS LINES EPOCHSECONDS DISPLAY SSH_AUTH_SOCK SUDO_USER XDG_CONFIG_HOME KUBECONFIG'
  ).split(' '),
);

/** Names that `script` reads, does not set, and gives no fallback for, in order. */
export function namesUnset(script: string): readonly string[] {
  const { contexts } = scanShell(script);
  const set = new Set(assignmentsIn(script).map(({ name }) => name));
  const names = new Set<string>();
  for (const { index, 1: plain, 2: braced } of script.matchAll(
    /\$(?:([A-Za-z_]\w*)|\{[#!]?([A-Za-z_]\w*)(?![\w:+?=-]))/g,
  )) {
    const name = plain ?? braced ?? '';
    const context = contexts[index];
    const read = context === 'bare' || context === 'double' || context === 'text';
    if (read && !set.has(name) && !known.has(name)) names.add(name);
  }
  return [...names];
}

export interface Assignment {
  readonly name: string;
  /** The value where it is written out; null where the shell computes it. */
  readonly literal: string | null;
}

/** Every name that `script` sets, in order. */
export function assignmentsIn(script: string): readonly Assignment[] {
  const { contexts } = scanShell(script);
  const found: Assignment[] = [];
  const settable = (index: number): boolean => contexts[index] === 'bare' || contexts[index] === 'double';
  const pattern =
    /(?:^|[\s;&|({`])([A-Za-z_]\w*)(?:\[[^\]\n]{0,80}\])?\+?=('[^'\n]*'|"[^"$`\\\n]*"|[\w./:@%+,-]*(?=\s|;|$))?/g;
  for (const { 0: whole, 1: name = '', 2: value, index } of script.matchAll(pattern)) {
    if (!settable(index + whole.indexOf(name))) continue;
    found.push({ name, literal: value === undefined ? null : value.replace(/^(['"])(.*)\1$/s, '$2') });
  }
  const words =
    /\b(read|mapfile|readarray|local|declare|typeset|export|for|select|getopts|printf[ \t]+-v)[ \t]+([^\n;|&]*)/g;
  for (const { 1: word = '', 2: rest = '', index, 0: whole } of script.matchAll(words)) {
    const start = index + whole.length - rest.length;
    const names = /^(?:for|select)$/.test(word) ? (rest.split(/\s+in\b/)[0] ?? '') : rest;
    const valued = names.includes('=');
    for (const { 0: name, index: offset } of names.matchAll(/(?<![\w$="'/.-])[A-Za-z_]\w*/g)) {
      const isValue = valued && names[offset + name.length] !== '=';
      if (!isValue && contexts[start + offset] === 'bare') found.push({ name, literal: null });
    }
  }
  return found;
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
