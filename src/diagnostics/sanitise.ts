/**
 * The one sanitiser: whatever is shown, in a terminal, a report or an error message, passes it first.
 *
 * Invariants:
 * - Nothing is removed silently: a hostile character becomes text that can be read (`␛`, `␍`, `<U+202E>`). Replacing, not
 *   stripping, is what makes it immune to sequences that only come to life once a naive stripper has run.
 * - Every function is idempotent, total (any string, any bytes) and linear in the length of its input.
 * - Which characters are hostile is an explicit list: it must not change with the Unicode version of the runtime, because
 *   `verify` compares re-rendered reports byte by byte.
 *
 * It may not read anything but its arguments.
 */
import { plainStyle, styleAfter } from './sgr.ts';

/** What is hostile, as pieces of a character class. */
const hostileClass = [
  '\\0-\\x08\\x0B-\\x1F', // C0 save tab and newline
  '\\x7F-\\x9F', // DEL and C1
  '\\u200E\\u200F\\u061C\\u202A-\\u202E\\u2066-\\u2069', // bidi controls
  '\\xAD\\u034F\\u200B-\\u200D\\u2060-\\u2065\\u206A-\\u206F\\uFEFF', // zero-width, byte order mark
  '\\u115F\\u1160\\u3164\\uFFA0\\u17B4\\u17B5\\u180E', // fillers and inherent vowels, drawn as nothing
  '\\u2028\\u2029', // line and paragraph separators
  '\\uFE00-\\uFE0F\\u180B-\\u180D\\u180F', // variation selectors
  '\\uFFF0-\\uFFFC', // interlinear annotation, object replacement
  '\\u{13430}-\\u{1345F}\\u{1BCA0}-\\u{1BCA3}\\u{1D173}-\\u{1D17A}', // format controls of single scripts
  '\\u{E0000}-\\u{E0FFF}', // tags and the variation selectors supplement
  '\\uD800-\\uDFFF\\p{Noncharacter_Code_Point}', // what no well-formed text holds
];
const hostile = new RegExp(`[${hostileClass.join('')}]`, 'gu');

/** Parameters are bounded so that an endless one is text, not a sequence, and each ESC costs constant time. */
const sgr = /\x1b\[([0-9;]{0,64})m/y;

const esc = '\x1b';
const reset = '\x1b[0m';

/**
 * `text` with every hostile character replaced by visible text. Newline and tab survive; CR LF is a newline, a lone CR is
 * `␍`. No escape sequence of any kind survives. For reports, diagnostics and plain output of many lines.
 */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(hostile, shown);
}

/** Like `visible`, and the result is one line without tabs: a newline becomes `␊`, a tab a space. For titles, names, cells. */
export function visibleLine(text: string): string {
  return visible(text).replaceAll('\n', '␊').replaceAll('\t', ' ');
}

/**
 * JSON of `value`, indented, in which every hostile character of a text is written as `\\uXXXX`: a reader gets the very same
 * value, and a terminal or an editor that shows the document shows what is there. `value` is plain data.
 */
export function jsonText(value: unknown): string {
  const written: string | undefined = JSON.stringify(value, null, 2);
  return (written ?? 'null').replace(hostile, (character) =>
    // The newlines of the indentation are no hostile characters; everything else here stands inside a string.
    Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(''),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

/**
 * One line of output for the terminal app: like `visible`, but well-formed SGR (`ESC [ digits ; m`) survives, and colour
 * that is still on at the end is reset there. SGR that hides text, by concealing it or by giving it the colour of its ground, is
 * shown as text. One CR at the end (of a CR LF) is
 * dropped, a newline becomes `␊`, tabs survive.
 *
 * It knows one line only: a sequence that is split over two lines is text in both.
 */
export function visibleKeepingColour(line: string): string {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  const parts: string[] = [];
  let style = plainStyle;
  let coloured = false;
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf(esc, at);
    const end = next === -1 ? text.length : next;
    parts.push(visible(text.slice(at, end)).replaceAll('\n', '␊'));
    at = end;
    if (next === -1) break;
    const parameters = sgrAt(text, next);
    const styled = parameters === null ? null : styleAfter(style, parameters);
    if (parameters === null || styled === null) {
      parts.push('␛');
      at += 1;
      continue;
    }
    style = styled;
    parts.push(`${esc}[${parameters === '' ? '0' : parameters}m`);
    coloured = !endsInReset(parameters);
    at += `${esc}[${parameters}m`.length;
  }
  if (coloured) parts.push(reset);
  return parts.join('');
}

/**
 * The text of `bytes` as UTF-8. A byte that is not part of a well-formed sequence (Unicode 16, table 3-7) becomes `<XX>` in upper-case
 * hex. A byte order mark stays in the text, so that `visible` shows it. The result still needs `visible`.
 */
export function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return decodeBroken(bytes);
  }
}

function shown(character: string, offset: number, whole: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '␡';
  if ((code === 0xfe0e || code === 0xfe0f) && followsPictograph(whole, offset)) return character;
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** Symbols with a text and an emoji form. After one of them a selector only picks the form; elsewhere it is invisible. */
const pictographs: readonly (readonly [number, number])[] = [
  [0xa9, 0xa9],
  [0xae, 0xae],
  [0x203c, 0x203c],
  [0x2049, 0x2049],
  [0x2194, 0x21aa],
  [0x231a, 0x23ff],
  [0x25aa, 0x27bf],
  [0x2934, 0x2935],
  [0x2b05, 0x2b55],
  [0x1f004, 0x1f004],
  [0x1f170, 0x1f171],
  [0x1f17e, 0x1f17f],
  [0x1f300, 0x1f3fa],
  [0x1f400, 0x1f53d],
  [0x1f546, 0x1f64f],
  [0x1f680, 0x1f6ff],
];

function followsPictograph(text: string, offset: number): boolean {
  const unit = text.charCodeAt(offset - 1);
  const pair = text.codePointAt(offset - 2) ?? 0;
  const code = pair > 0xffff ? pair : unit;
  return pictographs.some(([low, high]) => code >= low && code <= high);
}

/** Parameters of the SGR that starts at `at`; null when none starts there. */
function sgrAt(text: string, at: number): string | null {
  sgr.lastIndex = at;
  return sgr.exec(text)?.[1] ?? null;
}

/** An omitted parameter is 0. Where an extended colour is among them the last 0 may be its operand, so that is colour. */
function endsInReset(parameters: string): boolean {
  const codes = parameters.split(';').map(Number);
  return codes.at(-1) === 0 && !codes.some((code) => code === 38 || code === 48 || code === 58);
}

function decodeBroken(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const parts: string[] = [];
  let good = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length > 0) {
      at += length;
      continue;
    }
    if (at > good) parts.push(decoder.decode(bytes.subarray(good, at)));
    parts.push(`<${(bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')}>`);
    at += 1;
    good = at;
  }
  if (at > good) parts.push(decoder.decode(bytes.subarray(good, at)));
  return parts.join('');
}

/** Length of the well-formed sequence at `at`, 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const second = bytes[at + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i += 1) {
    const byte = bytes[at + i] ?? 0;
    if (byte < 0x80 || byte > 0xbf) return 0;
  }
  return length;
}
