/**
 * A page in pieces that are quick to read, each beginning where a block may begin.
 *
 * Invariants: the pieces in order are the lines of the page; no piece begins inside a fence or a comment; a line that is too
 * long or nested too deep for anybody to have written it is a piece of its own.
 */

export type Piece =
  | { readonly kind: 'markdown'; readonly text: string; readonly line: number }
  | { readonly kind: 'aside'; readonly text: string; readonly line: number };

/** Characters after which a piece ends at the next place where it may, and at the next line whatever it is. */
const softMax = 24_000;
const hardMax = 96_000;
const lineMax = 20_000;

export interface FrontMatter {
  readonly text: string;
  readonly lines: number;
  readonly title: string | null;
}

/** The block between `---` lines at the very beginning; null when there is none, or no end of it. */
export function frontMatterIn(text: string): FrontMatter | null {
  const found = /^---[ \t]*\n(?:([\s\S]{0,20000}?)\n)??(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text);
  if (found === null) return null;
  const whole = found[0].replace(/\n$/, '');
  const body = found[1] ?? '';
  if (!/^[ \t]*(?:[\w."'-]+[ \t]*:|#|-[ \t])/.test(body)) return null;
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}:[ \\t]*(?:"([^"\\n]*)"|'([^'\\n]*)'|([^\\n]*))`, 'm')
      .exec(body)
      ?.slice(1)
      .find((part) => part !== undefined)
      ?.trim();
  const title = [value('title'), value('name')].find((name) => name !== undefined && isTitle(name));
  return { text: whole, lines: whole.split('\n').length, title: title ?? null };
}

/** A template such as `Cut v1.x.y-{alpha,beta} release` names no page. */
function isTitle(name: string): boolean {
  return name !== '' && !/[{}<>|]|\$\(/.test(name);
}

/** The pieces of `text` from its line `from` (0-based) on. */
export function pieces(text: string, from: number): readonly Piece[] {
  const lines = text.split('\n');
  const found: Piece[] = [];
  let start = from;
  let size = 0;
  const state = { fence: '', comment: false };
  const close = (end: number): void => {
    const piece = lines.slice(start, end).join('\n');
    if (piece.trim() !== '') found.push({ kind: 'markdown', text: piece, line: start + 1 });
    start = end;
    size = 0;
  };
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.length > lineMax || isTooDeep(line, state)) {
      close(at);
      found.push({ kind: 'aside', text: line, line: at + 1 });
      start = at + 1;
      continue;
    }
    const open = state.fence !== '' || state.comment;
    if (size > softMax && !open && mayBegin(line, lines[at - 1] ?? '', size)) close(at);
    size += line.length + 1;
    follow(line, state);
  }
  close(lines.length);
  return found;
}

function mayBegin(line: string, before: string, size: number): boolean {
  if (size > hardMax) return true;
  return /^#{1,6}\s/.test(line) || (before.trim() === '' && /^\S/.test(line)) || /^(?:[-*+]|\d+[.)])\s/.test(line);
}

function isTooDeep(line: string, { fence }: { readonly fence: string }): boolean {
  if (fence !== '') return false;
  const lead = /^(?:[ \t]|>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))*/.exec(line)?.[0] ?? '';
  return lead.length > 120 || lead.replaceAll(/[^>*+-]/g, '').length > 24;
}

/** Whether the next line is inside a fence or a comment. */
function follow(line: string, state: { fence: string; comment: boolean }): void {
  if (state.comment) {
    if (line.includes('-->')) state.comment = false;
    return;
  }
  const mark = /^[\s>]*(?:(?:[-*+]|\d{1,9}[.)])\s+)*(`{3,}|~{3,})(.*)$/.exec(line);
  if (mark !== null) {
    const [, fence = '', info = ''] = mark;
    if (state.fence === '') {
      if (!(fence.startsWith('`') && info.includes('`'))) state.fence = fence;
    } else if (fence.startsWith(state.fence) && info.trim() === '') state.fence = '';
    return;
  }
  if (state.fence !== '') return;
  const comment = line.lastIndexOf('<!--');
  if (comment !== -1 && !line.includes('-->', comment)) state.comment = true;
}
