/**
 * A Markdown page as blocks: what stands on which line, without any judgement of what it is for.
 *
 * Invariants:
 * - Every line that is not blank belongs to a block, or is a link that the page names; a block's `lines` are numbers of the page, from 1.
 * - Block structure is CommonMark with tables and task lists, read by micromark. What stands inside a line stays source text,
 *   so emphasis, links and code reach a person as they were written.
 * - The time grows with the length only: long pages are read in pieces, and lines that no person wrote are not looked into.
 */
import type { BlockContent, DefinitionContent, List, ListItem, RootContent, Table } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { gfmTaskListItemFromMarkdown } from 'mdast-util-gfm-task-list-item';
import { gfmTable } from 'micromark-extension-gfm-table';
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item';
import { boxEnd, openContainers } from './containers.ts';
import { frontMatterIn, pieces } from './pieces.ts';

/** First and last line, from 1. */
export interface Lines {
  readonly first: number;
  readonly last: number;
}

export interface Heading {
  readonly kind: 'heading';
  readonly depth: number;
  /** Source text without its marks. */
  readonly text: string;
  readonly lines: Lines;
}

/** Text for people; `text` is its source. */
export interface Prose {
  readonly kind: 'prose';
  readonly text: string;
  readonly lines: Lines;
}

/** A code block; `info` is the word after the fence, small letters; `text` without the fence and its indentation. */
export interface Fence {
  readonly kind: 'fence';
  readonly info: string;
  readonly text: string;
  readonly lines: Lines;
}

export interface TableBlock {
  readonly kind: 'table';
  readonly header: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[]; readonly line: number }[];
  readonly text: string;
  readonly lines: Lines;
}

export interface Entry {
  /** Null: it has no box. */
  readonly checked: boolean | null;
  readonly blocks: readonly Block[];
  /** Source of the entry without its mark. */
  readonly text: string;
  readonly lines: Lines;
}

export interface ListBlock {
  readonly kind: 'list';
  readonly ordered: boolean;
  /** Number of its first entry. */
  readonly start: number;
  readonly entries: readonly Entry[];
  readonly text: string;
  readonly lines: Lines;
}

/** What is no text for people: a comment, a front matter, a line that nobody wrote; empty where a box ends. */
export interface Aside {
  readonly kind: 'aside';
  readonly text: string;
  readonly lines: Lines;
}

export type Block = Heading | Prose | Fence | TableBlock | ListBlock | Aside;

export interface Page {
  /** `title` or `name` of the front matter. */
  readonly title: string | null;
  readonly blocks: readonly Block[];
  /** Where the links of the page go that are named only: name in small letters → its line. They are in no block. */
  readonly links: ReadonlyMap<string, string>;
  /** Lines at which one of several ways begins. */
  readonly tabs: readonly number[];
}

/** Lists and quotes inside one another beyond this are text. */
const depthMax = 12;

/** Inline marks are not needed, and reading them is what costs time on hostile pages. */
const noInline = {
  disable: {
    null: [
      'attention',
      'autolink',
      'characterEscape',
      'characterReference',
      'codeText',
      'hardBreakEscape',
      'htmlText',
      'labelEnd',
      'labelStartImage',
      'labelStartLink',
    ],
  },
};

/** Reads `source`, whose line breaks are LF. */
export function readPage(source: string): Page {
  const { text, tabs } = openContainers(source);
  const front = frontMatterIn(text);
  const links = new Map<string, string>();
  const blocks: Block[] = [];
  if (front !== null) blocks.push({ kind: 'aside', text: front.text, lines: { first: 1, last: front.lines } });
  const from = front === null ? 0 : front.lines;
  for (const piece of pieces(text, from)) {
    if (piece.kind === 'aside') {
      blocks.push({ kind: 'aside', text: piece.text, lines: { first: piece.line, last: piece.line } });
      continue;
    }
    const tree = fromMarkdown(piece.text, {
      extensions: [noInline, gfmTable(), gfmTaskListItem()],
      mdastExtensions: [gfmTableFromMarkdown(), gfmTaskListItemFromMarkdown()],
    });
    blocks.push(...new Reader(piece.text, piece.line - 1, links).blocks(tree.children, 0));
  }
  return { title: front?.title ?? null, blocks, links, tabs };
}

type Node = RootContent | BlockContent | DefinitionContent;

class Reader {
  readonly #lines: readonly string[];
  readonly #shift: number;
  readonly #links: Map<string, string>;

  constructor(text: string, shift: number, links: Map<string, string>) {
    this.#lines = text.split('\n');
    this.#shift = shift;
    this.#links = links;
  }

  blocks(nodes: readonly Node[], depth: number): readonly Block[] {
    return nodes.flatMap((node) => this.#block(node, depth));
  }

  #block(node: Node, depth: number): readonly Block[] {
    const lines = this.#linesOf(node);
    const prose = (): readonly Block[] => [{ kind: 'prose', text: this.#source(node), lines }];
    switch (node.type) {
      case 'heading':
        return [{ kind: 'heading', depth: node.depth, text: headingText(this.#source(node)), lines }];
      case 'code':
        return [{ kind: 'fence', info: infoOf(node.lang), text: node.value, lines }];
      case 'html':
        if (node.value.trim() === boxEnd) return [{ kind: 'aside', text: '', lines }];
        return isComment(node.value) ? [{ kind: 'aside', text: this.#source(node), lines }] : prose();
      case 'list':
        return depth < depthMax ? [this.#list(node, depth, lines)] : prose();
      case 'table':
        return [this.#table(node, lines)];
      case 'thematicBreak':
        return [];
      case 'definition':
        this.#links.set(node.identifier.toLowerCase(), this.#source(node));
        return [];
      default:
        return prose();
    }
  }

  #list(node: List, depth: number, lines: Lines): ListBlock {
    const entries = node.children.map((item) => this.#entry(item, depth));
    return {
      kind: 'list',
      ordered: node.ordered === true,
      start: node.start ?? 1,
      entries,
      text: this.#source(node),
      lines,
    };
  }

  #entry(item: ListItem, depth: number): Entry {
    const source = this.#source(item);
    const mark = /^\s*(?:[-*+]|\d{1,9}[.)])[ \t]*(?:\[[ xX]\](?=\s|$)[ \t]*)?/.exec(source)?.[0] ?? '';
    const box = /\[([ xX])\]/.exec(mark)?.[1];
    const blocks = this.blocks(item.children, depth + 1).map((block, index) =>
      index === 0 && block.kind === 'prose' ? { ...block, text: block.text.replace(/^\[[ xX]\](?:\s+|$)/, '') } : block,
    );
    const checked = item.checked ?? (box === undefined ? null : box !== ' ');
    return { checked, blocks, text: source.slice(mark.length), lines: this.#linesOf(item) };
  }

  #table(node: Table, lines: Lines): TableBlock {
    const cells = node.children.map((row) =>
      row.children.map((cell) =>
        this.#between(cell)
          .replace(/^\||\|$/g, '')
          .trim()
          .replaceAll('\\|', '|'),
      ),
    );
    const [header = [], ...rows] = cells;
    return {
      kind: 'table',
      header,
      rows: rows.map((row, index) => ({ cells: row, line: lines.first + index + 2 })),
      text: this.#source(node),
      lines,
    };
  }

  #linesOf({ position }: Node): Lines {
    return {
      first: (position?.start.line ?? 1) + this.#shift,
      last: (position?.end.line ?? position?.start.line ?? 1) + this.#shift,
    };
  }

  /** The source of a node with the indentation of its first line taken from all. */
  #source({ position }: Node): string {
    if (position === undefined) return '';
    const { start, end } = position;
    const [first = '', ...rest] = this.#lines.slice(start.line - 1, end.line);
    const indent = start.column - 1;
    const inner = rest.map((line) => line.replace(new RegExp(`^[ \\t>]{0,${indent}}`), ''));
    return [first.slice(indent), ...inner].join('\n').trimEnd();
  }

  #between({ position }: Table['children'][number]['children'][number]): string {
    if (position === undefined) return '';
    const { start, end } = position;
    return (this.#lines[start.line - 1] ?? '').slice(start.column - 1, end.column - 1);
  }
}

function headingText(source: string): string {
  return source
    .replace(/\n[=-]+\s*$/, '')
    .replace(/^#{1,6}(?:\s+|$)/, '')
    .replace(/(?:^|\s)#+\s*$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function infoOf(lang: string | null | undefined): string {
  return (lang ?? '').toLowerCase().replace(/^[{.]+|[}]+$/g, '');
}

/** True for HTML that shows nothing. */
function isComment(html: string): boolean {
  return html.replaceAll(/<!--.*?(?:-->|$)/gs, '').trim() === '';
}
