/**
 * Boxes of other Markdown tools as plain Markdown: admonitions of MkDocs and Docusaurus, tabs, the tags around them.
 *
 * Invariants: every line stays where it is; the words of a line stay in it, save those that only draw the box; a line inside a
 * fence is left alone.
 */

export interface Opened {
  /** As many lines as the page has. */
  readonly text: string;
  /** Lines, from 1, at which one of several ways begins of which a reader takes one. */
  readonly tabs: readonly number[];
}

/** Where a box ends: what it says of what stands in it holds no longer. */
export const boxEnd = '<!-- ::: -->';

const colons = /^([ \t]*(?:>[ \t]?)*):{3,}([^\n]*)$/;
const bangs = /^([ \t]*)(?:!!!|\?\?\?\+?)[ \t]+([A-Za-z][\w-]*)([^\n]*)$/;
const tabs = /^([ \t]*)===[!+]{0,2}[ \t]+"([^"\n]+)"[ \t]*$/;
const tagsOnly = /^[ \t]*(?:<\/?[A-Z][a-z]\w*(?:[ \t][^<>\n]*)?\/?>[ \t]*)+$/;
const tabTag = /<TabItem\b[^>\n]*\blabel="([^"\n]+)"/;
const moduleLine =
  /^(?:import[ \t]+[\w*{][^\n]*[ \t]from[ \t]+['"][^'"\n]+['"];?|export[ \t]+(?:const|default)\b[^\n]*)[ \t]*$/;
const fenceMark = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)$/;

/** `text` with its boxes opened. */
export function openContainers(text: string): Opened {
  if (!/^[ \t>]*(?::::|!!!|\?\?\?|===[!+ \t]|<\/?[A-Z]|import[ \t]|export[ \t])/m.test(text)) return { text, tabs: [] };
  const opening = new Opening();
  for (const line of text.split('\n')) opening.take(line);
  return { text: opening.lines.join('\n'), tabs: opening.tabs };
}

class Opening {
  readonly tabs: number[] = [];
  /** Indentations of the MkDocs boxes that are open: what is deeper belongs to them. */
  readonly #boxes: number[] = [];
  #fence = '';
  readonly lines: string[] = [];

  take(source: string): void {
    this.lines.push(source.trim() === '' ? source : this.#line(source));
  }

  #line(source: string): string {
    const line = this.#dedented(source);
    const mark = fenceMark.exec(line);
    if (mark !== null) {
      const [, fence = '', info = ''] = mark;
      if (this.#fence === '') this.#fence = fence.startsWith('`') && info.includes('`') ? '' : fence;
      else if (fence.startsWith(this.#fence) && info.trim() === '') this.#fence = '';
      return line;
    }
    return this.#fence === '' ? this.#opened(line) : line;
  }

  /** The line without the indentation that the boxes around it ask for. */
  #dedented(line: string): string {
    const indent = /^ */.exec(line)?.[0].length ?? 0;
    const open = this.#boxes.length;
    if (this.#fence === '') while (this.#boxes.length > 0 && indent < (this.#boxes.at(-1) ?? 0) + 4) this.#boxes.pop();
    if (this.#boxes.length < open && this.lines.at(-1)?.trim() === '')
      this.lines[this.lines.length - 1] = `${' '.repeat(Math.min(indent, 4 * this.#boxes.length))}${boxEnd}`;
    return line.slice(Math.min(indent, 4 * this.#boxes.length));
  }

  #opened(line: string): string {
    const tab = tabs.exec(line);
    if (tab !== null) {
      const [, indent = '', name = ''] = tab;
      this.#boxes.push(indent.length + 4 * this.#boxes.length);
      this.tabs.push(this.lines.length + 1);
      return `${indent}**${name}**`;
    }
    const bang = bangs.exec(line);
    const title = bang === null ? null : titleBehind(bang[3] ?? '');
    if (bang !== null && title !== null) {
      const [, indent = '', kind = ''] = bang;
      this.#boxes.push(indent.length + 4 * this.#boxes.length);
      return `${indent}${label(kind, title)}`;
    }
    const colon = colons.exec(line);
    if (colon !== null) return withoutColons(line, colon[1] ?? '', (colon[2] ?? '').trim());
    return this.#withoutTags(line);
  }

  #withoutTags(line: string): string {
    if (tagsOnly.test(line)) {
      const name = tabTag.exec(line)?.[1];
      if (name !== undefined) this.tabs.push(this.lines.length + 1);
      return name === undefined ? `<!-- ${line.trim().replaceAll('--', '- -')} -->` : `**${name}**`;
    }
    return moduleLine.test(line) ? `<!-- ${line.replaceAll('--', '- -')} -->` : line;
  }
}

/** The title behind the kind of a box of MkDocs, empty where it has none; null: this is no box. */
function titleBehind(rest: string): string | null {
  const from = rest.indexOf('"');
  const words = from === -1 ? rest : rest.slice(0, from);
  const quoted = from === -1 ? '""' : rest.slice(from).trimEnd();
  if (!/^[\w \t-]*$/.test(words) || quoted.length < 2 || !quoted.endsWith('"')) return null;
  return quoted.slice(1, -1);
}

/** `:::note[Title]`, `:::note Title` or `:::`, the end of a box. */
function withoutColons(line: string, indent: string, rest: string): string {
  if (rest === '') return `${indent}${boxEnd}`;
  const kind = /^[A-Za-z][\w-]*/.exec(rest)?.[0];
  if (kind === undefined) return line;
  const behind = rest.slice(kind.length).trim();
  if (behind.startsWith('{') && behind.endsWith('}')) return `${indent}${label(kind, '')}`;
  const bracketed = behind.startsWith('[') && behind.endsWith(']');
  return `${indent}${label(kind, bracketed ? behind.slice(1, -1) : behind)}`;
}

function label(kind: string, title: string): string {
  const name = `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
  return title === '' ? `**${name}:**` : `**${name}: ${title}**`;
}
