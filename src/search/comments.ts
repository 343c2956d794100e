/**
 * What is code in a text: comments are blanked, place by place, so that lines and columns stay where they are.
 *
 * Simple on purpose: the language is told by the name of the file; a file whose language is not known has no comments. A `#`
 * begins a comment at the beginning of a line or after a blank, `//` not after a colon (a URL). A quote opens a text only when
 * it is closed on the same line, so that an apostrophe in prose opens none; only triple quotes and backticks go over lines.
 * In Python a triple-quoted text that stands alone is documentation, and so a comment.
 *
 * Invariants: linear in the length of the text; never longer or shorter than it.
 */

/** What begins a comment in one language; `block`: pairs that may go over lines. */
interface Language {
  readonly line: readonly string[];
  readonly block: readonly (readonly [string, string])[];
  /** Texts that go over lines. */
  readonly long: readonly string[];
}

const hash: Language = { line: ['#'], block: [], long: [] };
const slash: Language = { line: ['//'], block: [['/*', '*/']], long: ['`'] };
const markup: Language = { line: [], block: [['<!--', '-->']], long: [] };
const python: Language = { line: ['#'], block: [], long: ['"""', "'''"] };
const languages: readonly (readonly [RegExp, Language])[] = [
  [/\.pyi?$/, python],
  [/\.(tf|tfvars|hcl|php)$/, { line: ['#', '//'], block: [['/*', '*/']], long: [] }],
  [
    /\.(m?[jt]sx?|c[jt]s|go|java|kts?|scala|swift|dart|rs|c|h|cc|cpp|hpp|cs|groovy|gradle|proto|scss|less|jsonc)$/,
    slash,
  ],
  [/(^|\/)Jenkinsfile[^/]*$/, slash],
  [/\.css$/, { line: [], block: [['/*', '*/']], long: [] }],
  [/\.sql$/, { line: ['--'], block: [['/*', '*/']], long: [] }],
  [/\.lua$/, { line: ['--'], block: [], long: [] }],
  [/\.(html?|xml|svg|md|mdx|markdown)$/, markup],
  [/\.(vue|svelte|astro)$/, { line: ['//'], block: [...markup.block, ...slash.block], long: ['`'] }],
  [/\.(ps1|psm1)$/, { line: ['#'], block: [['<#', '#>']], long: [] }],
  [
    /\.(rb|rake|sh|bash|zsh|fish|ya?ml|toml|conf|cfg|ini|properties|env|pl|pm|r|ex|exs|nim|nix|mk|bzl|template|example)$/i,
    hash,
  ],
  [
    /(^|\/)(\.env[^/]*|[^/]*Dockerfile[^/]*|Containerfile[^/]*|[Mm]akefile[^/]*|[Jj]ustfile|Procfile[^/]*|Gemfile|Rakefile|Vagrantfile|Earthfile|Caddyfile|\.[a-z]+ignore|CODEOWNERS)$/,
    hash,
  ],
];

/** `text` without its comments; `text` itself when there are none. `path` tells the language. */
export function withoutComments(path: string, text: string): string {
  const language = languages.find(([name]) => name.test(path))?.[1];
  return language === undefined ? text : new Blanking(text, language).result();
}

/** What can begin a comment or a text in any language. */
const marks = /["'`#/<\\-]/g;
const indentMax = 200;

class Blanking {
  readonly #text: string;
  readonly #language: Language;
  /** What is kept and what is blanked, in turn. */
  readonly #parts: string[] = [];
  #kept = 0;
  #at = 0;
  #knownEnd = -1;

  constructor(text: string, language: Language) {
    this.#text = text;
    this.#language = language;
  }

  result(): string {
    while (this.#toNextMark()) this.#step();
    return this.#parts.length === 0 ? this.#text : [...this.#parts, this.#text.slice(this.#kept)].join('');
  }

  /** Passes over what is neither a quote nor a comment. */
  #toNextMark(): boolean {
    marks.lastIndex = this.#at;
    const found = marks.exec(this.#text);
    this.#at = found?.index ?? this.#text.length;
    return found !== null;
  }

  #step(): void {
    const { line, block, long } = this.#language;
    const opened = block.find(([open]) => this.#is(open));
    const quote = long.find((one) => this.#is(one));
    const character = this.#text[this.#at];
    if (opened !== undefined) this.#blank(this.#after(opened[1], this.#at + opened[0].length));
    else if (line.some((one) => this.#is(one) && this.#begins(one))) this.#blank(this.#lineEnd());
    else if (quote !== undefined) this.#longText(quote);
    else if (character === '"' || character === "'") this.#shortText(character);
    else this.#at += character === '\\' ? 2 : 1;
  }

  #longText(quote: string): void {
    const alone = quote.length === 3 && this.#isFirstOnLine();
    const end = this.#after(quote, this.#at + quote.length);
    if (alone) this.#blank(end);
    else this.#at = end;
  }

  #shortText(quote: string): void {
    const lineEnd = this.#lineEnd();
    for (let at = this.#at + 1; at < lineEnd; at += 1) {
      if (this.#text[at] === '\\') at += 1;
      else if (this.#text[at] === quote) {
        this.#at = at + 1;
        return;
      }
    }
    this.#at += 1;
  }

  /** Whether `mark`, which stands here, begins a comment. */
  #begins(mark: string): boolean {
    const before = this.#at === 0 ? '\n' : this.#text[this.#at - 1];
    return mark === '//' ? before !== ':' : before === '\n' || before === ' ' || before === '\t';
  }

  #is(mark: string): boolean {
    return this.#text.startsWith(mark, this.#at);
  }

  #after(mark: string, from: number): number {
    const end = this.#text.indexOf(mark, from);
    return end === -1 ? this.#text.length : end + mark.length;
  }

  #isFirstOnLine(): boolean {
    const before = this.#text.slice(Math.max(0, this.#at - indentMax), this.#at);
    return /(?:^|\n)[ \t]*$/.test(before) && (before.includes('\n') || this.#at <= indentMax);
  }

  /** Looked for once a line: a line may be as long as the text. */
  #lineEnd(): number {
    if (this.#knownEnd >= this.#at) return this.#knownEnd;
    const end = this.#text.indexOf('\n', this.#at);
    this.#knownEnd = end === -1 ? this.#text.length : end;
    return this.#knownEnd;
  }

  #blank(end: number): void {
    const comment = this.#text.slice(this.#at, end);
    this.#parts.push(this.#text.slice(this.#kept, this.#at), comment.replaceAll(/[^\n]/g, ' '));
    this.#at = end;
    this.#kept = end;
  }
}
