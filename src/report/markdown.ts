/**
 * A report as Markdown (CommonMark with GitHub's tables).
 *
 * Invariants:
 * - Recorded text cannot forge structure: it never begins a line, every character that could open a construct is escaped or stands
 *   in a code span, and a fence is longer than any run of backticks in it.
 * - Recorded text cannot act: what a forge would turn into a link, a mention or a reference stands in a code span, where it
 *   stays text.
 * - Every text passes the sanitiser here, at the sink.
 */
import { cut } from '../diagnostics/cut.ts';
import { visible } from '../diagnostics/sanitise.ts';
import type { Block, Inline, Section, TableBlock, Text } from './blocks.ts';
import type { Drawing, ReportModel, Status, Tone } from './model.ts';
import { type Page, pageOf } from './page.ts';
import { byWeight, scaleOf, tookMs } from './scale.ts';
import { duration, utcClock } from './time.ts';

/** The whole report, ending in a newline. The same model gives the same text. */
export function renderMarkdown(model: ReportModel): string {
  const page = pageOf(model);
  const lines = [...headLines(page), ...page.sections.flatMap(sectionLines), '---', '', textOf(page.footer, 'line')];
  return `${lines.join('\n')}\n`;
}

/** Title, decision and highlights. */
export function headLines(page: Page): readonly string[] {
  return [
    `# ${inline(page.title, 'line')}`,
    '',
    `**${statusText(page.decision)}** – ${inline(page.outcome, 'line')}`,
    '',
    ...page.highlights.map(([label, value]) => `- ${label}: ${inline(value, 'line')}`),
    '',
  ];
}

function sectionLines({ title, blocks, parts }: Section): readonly string[] {
  return [
    `## ${inline(title, 'line')}`,
    '',
    ...blocks.flatMap(blockLines),
    ...parts.flatMap((part) => [`### ${inline(part.title, 'line')}`, '', ...part.blocks.flatMap(blockLines)]),
  ];
}

/** The lines of a block and the empty line after it. */
export function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'text':
      return [textOf(block.text, 'line'), ''];
    case 'facts':
      return [...block.facts.map(([label, value]) => `- ${inline(label, 'line')}: ${textOf(value, 'line')}`), ''];
    case 'list':
      return [...block.items.map((item) => `- ${textOf(item, 'line')}`), ''];
    case 'table':
      return [...tableLines(block), ''];
    case 'code':
      return [`${inline(block.label, 'line')}:`, '', ...fenced(block.language, block.text), ''];
    case 'drawing':
      return [inline(block.description, 'line'), '', ...fenced('text', drawn(block.drawing)), ''];
  }
}

function tableLines({ columns, rows }: TableBlock): readonly string[] {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(columns.map((column) => inline(column, 'cell'))),
    row(columns.map(() => '---')),
    ...rows.map((cells) => row(cells.map((cell) => textOf(cell, 'cell')))),
  ];
}

/** Where text stands: in a table cell a pipe must be escaped, also inside code. */
type Place = 'line' | 'cell';

function textOf(text: Text, place: Place): string {
  return text.map((piece, index) => inlineOf(piece, place, index === 0)).join('');
}

function inlineOf(piece: Inline, place: Place, first: boolean): string {
  if (typeof piece === 'string') return inline(piece, place, first);
  switch (piece.kind) {
    case 'code':
      return codeSpan(piece.text, place);
    case 'fixed':
      return inline(piece.text, place, first);
    case 'status':
      return inline(statusText(piece.status), place);
    case 'missing':
      return '*not recorded*';
  }
}

const symbols: Readonly<Record<Tone, string>> = { good: '✓', bad: '✗', warn: '!', quiet: '·', open: '○' };

function statusText({ tone, word }: Status): string {
  return `${symbols[tone]} ${word}`;
}

/**
 * What forges make active in plain text: addresses, mentions, references to issues, merge requests, snippets, labels and
 * commits, mathematics. The whole word becomes code. A word is tried once, from its start, so this is linear.
 */
const active =
  /[a-z][a-z0-9+.-]{1,31}:\/\/[^\s`|]*|(?:www\.|mailto:|xmpp:)[^\s`|]*|(?<![\w./-])[\w./-]*(?:[@#~$](?=[\w{])|[!%&](?=\d))[\w./-]*|\bGH-\d+|\b[0-9a-f]{7,64}\b/gi;

/** `text` as it reads, with nothing in it that Markdown could take for structure. A newline becomes a line break. */
export function inline(text: string, place: Place, first = true): string {
  const lines = visible(text)
    .replaceAll(/[ \t]+/g, ' ')
    .split('\n');
  return lines.map((line, index) => inlineLine(line, place, first && index === 0)).join('<br>');
}

function inlineLine(line: string, place: Place, first: boolean): string {
  let result = '';
  let at = 0;
  for (const match of line.matchAll(active)) {
    result += escaped(line.slice(at, match.index), first && result === '');
    result += codeSpan(match[0], place);
    at = match.index + match[0].length;
  }
  return result + escaped(line.slice(at), first && result === '');
}

/** `first`: it begins the inline text, where a marker could open a list, a heading, a quote or a rule. */
function escaped(text: string, first: boolean): string {
  const inner = text.replace(/[\\`*[\]<>|~^$]|&(?=[#\w])|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&');
  if (!first) return inner;
  return inner.replace(/^(\s*)(?=[#+=-])/, '$1\\').replace(/^(\s*\d+)(?=[.)](?:\s|$))/, '$1\\');
}

/**
 * `text` as a code span. In a table a pipe is escaped, which readers of tables undo; after a backslash they disagree, so such
 * text is escaped text instead.
 */
function codeSpan(text: string, place: Place): string {
  const line = visible(text).replaceAll('\n', '␊').replaceAll('\t', ' ');
  if (line.trim() === '') return line === '' ? '' : '` `';
  if (place === 'cell' && /\\+\|/.test(line)) return escaped(line, true);
  const fence = '`'.repeat(longestRun(line) + 1);
  const padded = /^[` ]|[` ]$/.test(line) ? ` ${line} ` : line;
  return `${fence}${place === 'cell' ? padded.replaceAll('|', '\\|') : padded}${fence}`;
}

/** A fenced block; its fence is longer than any run of backticks in `text`. */
function fenced(language: string, text: string): readonly string[] {
  const shown = visible(text);
  const fence = '`'.repeat(Math.max(3, longestRun(shown) + 1));
  return [`${fence}${language}`, ...shown.split('\n'), fence];
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

// --- the time line as text ---

const columnsOfTime = 48;
const labelMax = 24;
const marks = { step: '=', wait: '.', failure: 'x', undo: '<' } as const;

function drawn(drawing: Drawing): string {
  const scale = scaleOf(drawing, columnsOfTime, 2);
  const labels = drawing.lanes.map(({ label }) => shortened(visible(label)));
  const width = labels.reduce((longest, label) => Math.max(longest, label.length), 0);
  const first = utcClock(drawing.from);
  const last = utcClock(drawing.to);
  const axis = `${' '.repeat(width)}  ${first}${last.padStart(columnsOfTime - first.length)}`;
  const lanes = drawing.lanes.map((lane, index) => {
    const { bars, status } = lane;
    const cells = new Array<string>(columnsOfTime).fill(' ');
    for (const pause of drawing.pauses) paint(cells, scale(pause.from), scale(pause.to), ':');
    for (const bar of byWeight(bars)) paint(cells, scale(bar.from), scale(bar.to), marks[bar.kind]);
    return `${(labels[index] ?? '').padEnd(width)} |${cells.join('')}| ${symbols[status.tone]} ${status.word}, ${duration(tookMs(lane))}`;
  });
  const legend = '= step   . waiting for a person   x failed   < undo   : paused';
  return [axis, ...lanes, '', legend].join('\n');
}

/** At least one cell, so that nothing that happened is invisible. */
function paint(cells: string[], from: number, to: number, mark: string): void {
  const start = Math.min(columnsOfTime - 1, Math.floor(from));
  const end = Math.min(columnsOfTime, Math.max(start + 1, Math.floor(to)));
  for (let at = start; at < end; at += 1) cells[at] = mark;
}

function shortened(label: string): string {
  return cut(label, labelMax);
}
