/** The cells of a terminal as an SVG: what a person would see, with the colours of a dark or a light terminal. */
import xterm from '@xterm/headless';

export type Ground = 'dark' | 'light';

const grounds = {
  dark: { paper: '#16181d', ink: '#d7dae0' },
  light: { paper: '#ffffff', ink: '#1f2328' },
} as const;

const cellWidth = 8;
const cellHeight = 17;
const baseline = 13;
const margin = 8;

/** The 16 colours of the terminal; themes of ours use the others. */
const sixteen = [
  '#000000', '#c0392b', '#2e7d32', '#8a6d00', '#2962a3', '#8e44ad', '#00788a', '#c8ccd4',
  '#6b7280', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#ffffff',
]; // biome-ignore format: a palette reads as a table

interface Run {
  readonly text: string;
  readonly from: number;
  readonly cells: number;
  readonly style: string;
  readonly paper: string | null;
}

/** `rows` with their colours (SGR) on a terminal of that size, drawn. `title`: for whoever does not see it. */
export async function svgOf(rows: readonly string[], columns: number, ground: Ground, title: string): Promise<string> {
  const terminal = new xterm.Terminal({ cols: columns, rows: rows.length, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(rows.join('\r\n'), resolve));
  const { paper, ink } = grounds[ground];
  const width = columns * cellWidth + 2 * margin;
  const height = rows.length * cellHeight + 2 * margin;
  const lines = rows.flatMap((_, row) => runsOf(terminal, row, ground).map((run) => drawn(run, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" rx="6" fill="${paper}"/>`,
    `<g font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13" fill="${ink}">`,
    ...lines,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawn({ text, from, cells, style, paper }: Run, row: number): string {
  const x = margin + from * cellWidth;
  const y = margin + row * cellHeight;
  const width = cells * cellWidth;
  const back =
    paper === null ? '' : `<rect x="${x}" y="${y}" width="${width}" height="${cellHeight}" fill="${paper}"/>`;
  if (text.trim() === '') return back;
  return `${back}<text x="${x}" y="${y + baseline}" textLength="${width}"${style}>${escaped(text)}</text>`;
}

/** Cells of a row that look alike, together. Blanks at the end of the row are none. */
function runsOf(terminal: xterm.Terminal, row: number, ground: Ground): readonly Run[] {
  const line = terminal.buffer.active.getLine(row);
  const found: Run[] = [];
  for (let at = 0; at < terminal.cols; at += 1) {
    const cell = line?.getCell(at);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const { style, paper } = looksOf(cell, ground);
    const text = cell.getChars() === '' ? ' ' : cell.getChars();
    const last = found.at(-1);
    if (last !== undefined && last.style === style && last.paper === paper)
      found[found.length - 1] = { ...last, text: last.text + text, cells: last.cells + cell.getWidth() };
    else found.push({ text, from: at, cells: cell.getWidth(), style, paper });
  }
  return found.map(withoutEnd).filter(({ text, paper }) => text !== '' || paper !== null);
}

function withoutEnd(run: Run): Run {
  if (run.paper !== null) return run;
  const text = run.text.trimEnd();
  return { ...run, text, cells: run.cells - (run.text.length - text.length) };
}

function looksOf(cell: xterm.IBufferCell, ground: Ground): Pick<Run, 'style' | 'paper'> {
  const { paper, ink } = grounds[ground];
  const own = cell.isFgDefault() ? null : colourOf(cell.getFgColor());
  const back = cell.isBgDefault() ? null : colourOf(cell.getBgColor());
  const inverse = cell.isInverse() !== 0;
  const fill = inverse ? (back ?? paper) : own;
  const style = [
    fill === null ? '' : ` fill="${fill}"`,
    cell.isBold() === 0 ? '' : ' font-weight="bold"',
    cell.isDim() === 0 ? '' : ' opacity="0.6"',
  ].join('');
  return { style, paper: inverse ? (own ?? ink) : back };
}

/** A colour of the palette of 256. */
function colourOf(index: number): string {
  if (index < 16) return sixteen[index] ?? '#000000';
  if (index >= 232) return hex(Array.from({ length: 3 }, () => 8 + (index - 232) * 10));
  const levels = [0, 95, 135, 175, 215, 255];
  const at = index - 16;
  return hex([Math.floor(at / 36), Math.floor(at / 6) % 6, at % 6].map((level) => levels[level] ?? 0));
}

function hex(parts: readonly number[]): string {
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/** Blanks that no viewer takes together. */
function escaped(text: string): string {
  return text.replaceAll(' ', '\u00a0').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
