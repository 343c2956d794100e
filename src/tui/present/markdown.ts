/**
 * Markdown of instructions as rows: headings, lists, quotes, code, bold, links as text.
 *
 * Invariants: what stands there is shown whole and in its order; only the marks of emphasis go; the text is sanitised before it
 * is read; every row is at most `width` cells.
 */
import { visible } from '../../diagnostics/sanitise.ts';
import { expandTabs, wrap } from './cells.ts';
import { codeRows } from './code.ts';
import { type Look, paint, type Style } from './look.ts';

const fence = /^ {0,3}(```+|~~~+)/;
const heading = /^ {0,3}#{1,6} +(.*?)(?: +#+)?$/;
const item = /^( *)([-*+]|\d{1,9}[.)]) +(.*)$/;
const quote = /^ {0,3}> ?(.*)$/;

/** The rows of `text`, none wider than `width`, not padded. */
export function markdownRows(text: string, look: Look, width: number): readonly string[] {
  const rows: string[] = [];
  let code: string[] | null = null;
  for (const line of expandTabs(visible(text)).trimEnd().split('\n')) {
    if (fence.test(line)) {
      if (code !== null) rows.push(...codeRows(code.join('\n'), look, width));
      code = code === null ? [] : null;
    } else if (code !== null) code.push(line);
    else rows.push(...lineRows(line, look, width));
  }
  if (code !== null) rows.push(...codeRows(code.join('\n'), look, width));
  return rows;
}

function lineRows(line: string, look: Look, width: number): readonly string[] {
  const title = heading.exec(line)?.[1];
  if (title !== undefined) return prose(title, '', 'bold', look, width);
  const entry = item.exec(line);
  if (entry !== null) return prose(entry[3] ?? '', `${entry[1] ?? ''}${entry[2] ?? ''} `, 'plain', look, width);
  const quoted = quote.exec(line)?.[1];
  if (quoted !== undefined) return prose(quoted, '> ', 'dim', look, width);
  return prose(line, '', 'plain', look, width);
}

/** Wrapped text behind a mark; what follows stands under its first word. */
function prose(text: string, mark: string, style: Style, look: Look, width: number): readonly string[] {
  const room = Math.max(1, width - mark.length);
  const open: Style[] = [];
  return wrap(withoutMarks(text), room).map((row, index) => {
    const lead = index === 0 ? mark : ' '.repeat(mark.length);
    return lead + styled(row, open, style, look);
  });
}

/** Private characters that stand for where a style begins and ends, so that wrapping counts them as nothing. */
const marks: readonly (readonly [RegExp, string, Style])[] = [
  [/(`+)(.+?)\1(?!`)/g, '\u0001', 'accent'],
  [/(\*\*|__)(?=\S)(.+?\S?)\1/g, '\u0002', 'bold'],
];

function withoutMarks(text: string): string {
  const linked = text.replaceAll(/!?\[([^\]]*)\]\(<?([^)\s>]*)>?(?: +"[^"]*")?\)/g, (_, label: string, url: string) =>
    label === '' || label === url ? url : `${label} (${url})`,
  );
  return marks.reduce(
    (before, [pattern, mark]) => before.replaceAll(pattern, (_, __, inner: string) => mark + inner + mark),
    linked,
  );
}

/** One row with the styles that its marks switch; `open` carries what is on into the next row. */
function styled(row: string, open: Style[], base: Style, look: Look): string {
  const parts: string[] = [];
  for (const part of row.split(/([\u0001\u0002])/)) {
    const style = marks.find(([, mark]) => mark === part)?.[2];
    if (style === undefined) parts.push(paint(look, open.at(-1) ?? base, part));
    else if (open.includes(style)) open.splice(open.lastIndexOf(style), 1);
    else open.push(style);
  }
  return parts.join('');
}
