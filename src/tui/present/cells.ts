/**
 * Text measured in terminal cells: width, fitting to a width, wrapping, cutting.
 *
 * Invariants:
 * - `fit` and `cut` return text of exactly the asked width, whatever goes in; a wide character is never halved.
 * - The only escape sequence understood is SGR (`ESC [ digits ; m`): it has no width, and what a cut leaves on is reset.
 * - Text must have passed the sanitiser: any other control character would be counted as nothing.
 *
 * It may not read anything but its arguments.
 */

/** Pairs of first and last code point that take two cells (Unicode East Asian Width W and F). */
const wide: readonly number[] = [
  0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0, 0x23f3, 0x23f3, 0x25fd, 0x25fe,
  0x2614, 0x2615, 0x2630, 0x2637, 0x2648, 0x2653, 0x267f, 0x267f, 0x268a, 0x268f, 0x2693, 0x2693, 0x26a1, 0x26a1,
  0x26aa, 0x26ab, 0x26bd, 0x26be, 0x26c4, 0x26c5, 0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea, 0x26ea, 0x26f2, 0x26f3,
  0x26f5, 0x26f5, 0x26fa, 0x26fa, 0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b, 0x2728, 0x2728, 0x274c, 0x274c,
  0x274e, 0x274e, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797, 0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2b1b, 0x2b1c,
  0x2b50, 0x2b50, 0x2b55, 0x2b55, 0x2e80, 0x303e, 0x3041, 0x3247, 0x3250, 0xa4cf, 0xa960, 0xa97c, 0xac00, 0xd7a3,
  0xf900, 0xfaff, 0xfe10, 0xfe19, 0xfe30, 0xfe6b, 0xff01, 0xff60, 0xffe0, 0xffe6, 0x16fe0, 0x18dff, 0x1aff0, 0x1b2fb,
  0x1d300, 0x1d376, 0x1f004, 0x1f004, 0x1f0cf, 0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191, 0x1f19a, 0x1f200, 0x1f320, 0x1f32d,
  0x1f335, 0x1f337, 0x1f37c, 0x1f37e, 0x1f393, 0x1f3a0, 0x1f3ca, 0x1f3cf, 0x1f3d3, 0x1f3e0, 0x1f3f0, 0x1f3f4, 0x1f3f4,
  0x1f3f8, 0x1f43e, 0x1f440, 0x1f440, 0x1f442, 0x1f4fc, 0x1f4ff, 0x1f53d, 0x1f54b, 0x1f54e, 0x1f550, 0x1f567, 0x1f57a,
  0x1f57a, 0x1f595, 0x1f596, 0x1f5a4, 0x1f5a4, 0x1f5fb, 0x1f64f, 0x1f680, 0x1f6c5, 0x1f6cc, 0x1f6cc, 0x1f6d0, 0x1f6d2,
  0x1f6d5, 0x1f6d8, 0x1f6dc, 0x1f6df, 0x1f6eb, 0x1f6ec, 0x1f6f4, 0x1f6fc, 0x1f7e0, 0x1f7eb, 0x1f7f0, 0x1f7f0, 0x1f90c,
  0x1f93a, 0x1f93c, 0x1f945, 0x1f947, 0x1f9ff, 0x1fa70, 0x1faff, 0x20000, 0x3fffd,
];

const plainAscii = /^[\x20-\x7e]*$/;
const nothing = /^[\p{Mn}\p{Me}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]$/u;
const sgr = /\x1b\[[0-9;]*m/y;
const reset = '\x1b[0m';
/** Turns the glyph before it into its wide form. */
const emojiSelector = 0xfe0f;

/** Cells that `text` takes. */
export function cellWidth(text: string): number {
  if (plainAscii.test(text)) return text.length;
  let width = 0;
  for (const piece of pieces(text)) width += piece.width;
  return width;
}

/**
 * `text` in exactly `width` cells: padded with spaces, or cut with `ellipsis` as its last cell. A negative width counts
 * as 0.
 */
export function fit(text: string, width: number, ellipsis = '…'): string {
  if (width <= 0) return '';
  const own = cellWidth(text);
  if (own <= width) return text + ' '.repeat(width - own);
  return `${cut(text, 0, width - 1)}${ellipsis}`;
}

/** Like `fit`, with the padding in front. */
export function fitRight(text: string, width: number, ellipsis = '…'): string {
  const own = cellWidth(text);
  return own <= width ? ' '.repeat(width - own) + text : fit(text, width, ellipsis);
}

/** `left` and `right` at the two ends of exactly `width` cells; `left` gives way first. `filler` is one cell wide. */
export function ends(left: string, right: string, width: number, filler = ' ', ellipsis = '…'): string {
  const rightWidth = Math.min(cellWidth(right), width);
  const room = width - rightWidth;
  const own = cellWidth(left);
  if (own > room) return fit(left, room, ellipsis) + fit(right, rightWidth, ellipsis);
  return left + filler.repeat(room - own) + fit(right, rightWidth, ellipsis);
}

/** The cells `start` … `start + width` of `text`, padded. A wide character that only half fits becomes spaces. */
export function cut(text: string, start: number, width: number): string {
  const kept: string[] = [];
  let at = 0;
  let filled = 0;
  let coloured = false;
  for (const piece of pieces(text)) {
    if (piece.sgr) {
      kept.push(piece.text);
      coloured = piece.text !== reset;
      continue;
    }
    const from = at;
    at += piece.width;
    if (at <= start && piece.width > 0) continue;
    if (piece.width === 0 && (from <= start || filled >= width)) continue;
    if (from < start) {
      const half = Math.min(at - start, width);
      kept.push(' '.repeat(half));
      filled += half;
      continue;
    }
    if (filled + piece.width > width) break;
    kept.push(piece.text);
    filled += piece.width;
  }
  return kept.join('') + (coloured ? reset : '') + ' '.repeat(Math.max(0, width - filled));
}

/**
 * `text` broken into lines of at most `width` cells: at newlines, else at spaces, else in mid-word. Indentation of a line
 * is kept on its first row. At least one line comes back. The text holds no SGR.
 */
export function wrap(text: string, width: number): readonly string[] {
  const room = Math.max(1, width);
  return text.split('\n').flatMap((line) => wrapLine(line, room));
}

/** Tabs as spaces up to the next multiple of eight. */
export function expandTabs(text: string): string {
  if (!text.includes('\t')) return text;
  let at = 0;
  return text
    .split('\t')
    .map((part, index, all) => {
      at += cellWidth(part);
      if (index === all.length - 1) return part;
      const spaces = 8 - (at % 8);
      at += spaces;
      return part + ' '.repeat(spaces);
    })
    .join('');
}

/** `text` without SGR. */
export function withoutColour(text: string): string {
  return text.includes('\x1b') ? text.replaceAll(/\x1b\[[0-9;]*m/g, '') : text;
}

interface Piece {
  readonly text: string;
  readonly width: number;
  readonly sgr: boolean;
}

function* pieces(text: string): Generator<Piece> {
  let at = 0;
  let before = 0;
  while (at < text.length) {
    if (text.charCodeAt(at) === 0x1b) {
      sgr.lastIndex = at;
      const found = sgr.exec(text)?.[0];
      if (found !== undefined) {
        yield { text: found, width: 0, sgr: true };
        at += found.length;
        continue;
      }
    }
    const code = text.codePointAt(at) ?? 0;
    const character = String.fromCodePoint(code);
    const width = code === emojiSelector ? (before === 1 ? 1 : 0) : widthOf(code, character);
    yield { text: character, width, sgr: false };
    before = width;
    at += character.length;
  }
}

function widthOf(code: number, character: string): number {
  if (code >= 0x20 && code < 0x7f) return 1;
  if (code < 0x300) return code < 0xa0 || code === 0xad ? 0 : 1;
  if (isWide(code)) return 2;
  return nothing.test(character) ? 0 : 1;
}

function isWide(code: number): boolean {
  let low = 0;
  let high = wide.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (code < (wide[middle * 2] ?? 0)) high = middle - 1;
    else if (code > (wide[middle * 2 + 1] ?? 0)) low = middle + 1;
    else return true;
  }
  return false;
}

function wrapLine(line: string, width: number): string[] {
  if (cellWidth(line) <= width) return [line];
  const rows: string[] = [];
  let row = '';
  for (const word of line.split(/(?<= )/)) {
    if (cellWidth(row) + cellWidth(word.trimEnd()) <= width) {
      row += word;
      continue;
    }
    if (row.trim() !== '') rows.push(row.trimEnd());
    row = word;
    while (cellWidth(row.trimEnd()) > width) {
      const head = headOf(row, width);
      rows.push(head);
      row = row.slice(head.length);
    }
  }
  if (row.trim() !== '' || rows.length === 0) rows.push(row.trimEnd());
  return rows;
}

/** The longest start of `text` that fits, at least one character. */
function headOf(text: string, width: number): string {
  let head = '';
  let used = 0;
  for (const piece of pieces(text)) {
    if (head !== '' && used + piece.width > width) break;
    head += piece.text;
    used += piece.width;
  }
  return head;
}
