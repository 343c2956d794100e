/**
 * Text that was UTF-8 and was decoded with a one-byte character set: `âœ…` for `✅` (Windows-1252), `‚úÖ` (Mac Roman).
 *
 * Invariants:
 * - A run of characters is changed only where its bytes are well-formed UTF-8 of a character outside ASCII.
 * - Line breaks are never touched, so lines keep their numbers.
 */

export interface Repaired {
  readonly text: string;
  /** The character set that the text had been decoded with; null: nothing was repaired. */
  readonly charset: string | null;
  /** Lines (from 1) in which something was repaired. */
  readonly lines: readonly number[];
  /** Lines that still look wrongly decoded: part of a character is lost. */
  readonly broken: readonly number[];
}

/** Characters of the bytes 0x80 to 0xFF. What Windows-1252 leaves undefined is the control character of that number. */
const windows1252 = `€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ${latin1From(0xa0)}`;
const macRoman =
  'ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø' +
  '¿¡¬√ƒ≈∆«»…\u00a0ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\uf8ffÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ';

const charsets = [
  // A byte that Windows-1252 turns into a sign is a control character to Latin-1.
  { name: 'Windows-1252', bytes: new Map([...bytesOf(latin1From(0x80)), ...bytesOf(windows1252)]) },
  { name: 'Mac Roman', bytes: bytesOf(macRoman) },
] as const;

/** Bytes of Windows-1252 as text; every byte is a character. */
export function decodeWindows1252(bytes: Uint8Array): string {
  const upper = [...windows1252];
  let text = '';
  for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : (upper[byte - 0x80] ?? '');
  return text;
}

/** The text with what was decoded wrongly put right, by the character set that explains most of it. */
export function repairEncoding(text: string): Repaired {
  const attempts = charsets.map(({ name, bytes }) => ({ name, ...repairLines(text, bytes) }));
  const best = attempts.toSorted((a, b) => b.repairs - a.repairs)[0];
  if (best === undefined || best.repairs === 0) return { text, charset: null, lines: [], broken: [] };
  return { text: best.text, charset: best.name, lines: best.lines, broken: best.broken };
}

interface Attempt {
  readonly text: string;
  readonly repairs: number;
  readonly lines: readonly number[];
  readonly broken: readonly number[];
}

function repairLines(text: string, bytes: ReadonlyMap<string, number>): Attempt {
  let repairs = 0;
  const lines: number[] = [];
  const broken: number[] = [];
  const repaired = text.split('\n').map((line, index) => {
    const result = repairLine(line, bytes);
    repairs += result.repairs;
    if (result.repairs > 0) lines.push(index + 1);
    if (result.leads > 0) broken.push(index + 1);
    return result.text;
  });
  return { text: repaired.join('\n'), repairs, lines, broken };
}

/** `leads`: first bytes of a character of three or four whose rest is not there; lone accented letters are ordinary text. */
function repairLine(
  line: string,
  bytes: ReadonlyMap<string, number>,
): { readonly text: string; readonly repairs: number; readonly leads: number } {
  const characters = [...line];
  let text = '';
  let repairs = 0;
  let leads = 0;
  for (let at = 0; at < characters.length; ) {
    const character = characters[at] ?? '';
    const decoded = decodeAt(characters, at, bytes);
    if (decoded !== null) {
      text += decoded.character;
      repairs += 1;
      at += decoded.length;
      continue;
    }
    const next = bytes.get(characters[at + 1] ?? '');
    if ((bytes.get(character) ?? 0) >= 0xe2 && next !== undefined && next < 0xc0) leads += 1;
    text += character;
    at += 1;
  }
  return { text, repairs, leads };
}

/** The character whose UTF-8 bytes begin at `at`, and how many characters of the text it takes. */
function decodeAt(
  characters: readonly string[],
  at: number,
  bytes: ReadonlyMap<string, number>,
): { readonly character: string; readonly length: number } | null {
  const first = bytes.get(characters[at] ?? '');
  if (first === undefined || first < 0xc2 || first > 0xf4) return null;
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  let code = first & (0xff >> (length + 1));
  for (let offset = 1; offset < length; offset += 1) {
    const byte = bytes.get(characters[at + offset] ?? '');
    if (byte === undefined || byte >= 0xc0) return null;
    code = (code << 6) | (byte & 0x3f);
  }
  const shortest = length === 2 ? 0x80 : length === 3 ? 0x800 : 0x10000;
  if (code < shortest || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return null;
  return { character: String.fromCodePoint(code), length };
}

function bytesOf(upperHalf: string): ReadonlyMap<string, number> {
  return new Map([...upperHalf].map((character, index) => [character, 0x80 + index]));
}

function latin1From(first: number): string {
  return Array.from({ length: 0x100 - first }, (_, index) => String.fromCharCode(first + index)).join('');
}
