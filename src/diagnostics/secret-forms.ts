/**
 * Every way in which shells, formats and protocols write a text, so that a secret is found however it is spelled.
 *
 * A form is a row of units, one a character. A unit holds the spellings that the character may have: itself, JSON
 * (`\"`, `\/`, `\u00e9`), C and shell escapes (`\n`, `\x0a`, `\012`, `\ `, `'\''`), URL (`%2F`, `+`), HTML (`&quot;`, `&#34;`,
 * `&#x22;`), a doubled quote, and an escape inside another. A text may mix them: formats are nested in each other all the time.
 *
 * Invariants: pure and total (any string); the number of spellings of a unit is bounded, whatever the character.
 */

/** One character: the byte sequences that it may be written as. */
export type Unit = readonly Uint8Array[];

/** A row of units. `between`: what may stand between any two of them; null: nothing. */
export interface Form {
  readonly units: readonly Unit[];
  readonly between: Unit | null;
}

/** Below this many characters a line of a secret is found everywhere. A whole secret that is shorter is refused. */
export const secretCharactersMin = 4;

/** Below this many characters a piece of base64 is found everywhere. */
const base64CharactersMin = 3;

/** The forms of `secret`: its whole text, and each of its lines from `secretCharactersMin` characters on. Empty: none. */
export function formsOf(secret: string): readonly Form[] {
  const values = secretValues(secret);
  const spelled = [...new Set([...values, ...values.map(lowered)])].map((value) => ({
    units: unitsOf(value),
    between: null,
  }));
  const encoded = new Set(values.flatMap(encodedTexts));
  return [
    ...spelled,
    ...[...encoded].map((text) => ({ units: unitsOf(text), between: lineBreak })),
    ...values.map((value) => ({ units: bytesOf(value), between: betweenBytes })),
  ];
}

/** A value read from a file often ends in a line break that does not show where it is used. */
export function secretValues(secret: string): readonly string[] {
  const lines = secret.split(/\r\n|[\r\n]/);
  const parts = lines.flatMap((line) => [line, line.trim()]).filter((line) => line.length >= secretCharactersMin);
  return [...new Set([secret, secret.trimEnd(), ...parts])].filter((value) => value !== '');
}

/** Host names are written in small letters by whatever reads a URL. */
function lowered(value: string): string {
  return value.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function unitsOf(value: string): readonly Unit[] {
  // Half of a surrogate pair leaves this process as U+FFFD.
  return [...decoder.decode(encoder.encode(value))].map(unitOf);
}

const encoder = new TextEncoder();
/** A line break, as it is or as `\\n` in a text inside another. */
const lineBreak: Unit = ['\n', '\r\n', '\\n', '\\r\\n', '\\\\n'].map((text) => encoder.encode(text));
/** What `xxd`, `od`, `hexdump -C` and `xxd -i` write between the bytes of a row, certificates and network tools too. */
const betweenBytes: Unit = [
  ...lineBreak,
  ...[' ', '  ', ':', '-', '\n ', ',', ', ', '\\x', '0x', ' 0x', ',0x', ', 0x', ',\n  0x'].map((text) =>
    encoder.encode(text),
  ),
];
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const units = new Map<string, Unit>();
const unitsKept = 4096;

function unitOf(character: string): Unit {
  const known = units.get(character);
  if (known !== undefined) return known;
  const unit = [...new Set(spellingsOf(character))].map((spelling) => encoder.encode(spelling));
  if (units.size < unitsKept) units.set(character, unit);
  return unit;
}

const isPlain = /^[A-Za-z0-9]$/;

function spellingsOf(character: string): readonly string[] {
  const coded = [...escapeCodes(character), ...urlCodes(character), ...htmlCodes(character)];
  if (isPlain.test(character)) return [character, ...coded];
  const quoted = [...backslashed(character), ...quotedOnce(character), ...unprinted(character)];
  return [character, ...quoted, ...coded, ...nested(character)];
}

const letters: Readonly<Record<string, string>> = {
  '\0': '0',
  '\x07': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
};

/** `\"`, `\ `, `\n`: what JSON, C, `printf %q` and `$'…'` put behind a backslash, also escaped once and twice more. */
function backslashed(character: string): readonly string[] {
  if (character === '\\') return [2, 4, 8].map((count) => '\\'.repeat(count));
  const named = character === '\x1b' ? ['e', 'E'] : [letters[character] ?? character];
  return named.flatMap((letter) => [1, 2, 3, 4, 7].map((count) => `${'\\'.repeat(count)}${letter}`));
}

/** `'$'\t''`: how file names in messages change from one kind of quotes to the other and back. */
function unprinted(character: string): readonly string[] {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 32 && code < 127) return [];
  const bytes = [...encoder.encode(character)];
  const octal = bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  const letter = letters[character];
  // Beside a dump, and in a listing that shows no such character.
  const shown = [bytes.map(() => '.').join(''), bytes.map(() => '?').join(''), '?', bytes.map(careted).join('')];
  const quoted = [octal, ...(letter === undefined ? [] : [`\\${letter}`])].flatMap((escaped) => [
    `'$'${escaped}''`,
    `'$'${escaped}`,
    `${escaped}''`,
  ]);
  return [...shown, ...quoted];
}

/** `^A`, `^?`, `M-C`, `M-^@`: a byte as `cat -v` and `less` write it. */
function careted(byte: number): string {
  if (byte >= 128) return `M-${careted(byte - 128)}`;
  if (byte >= 32 && byte !== 127) return String.fromCharCode(byte);
  return `^${byte === 127 ? '?' : String.fromCharCode(byte + 64)}`;
}

/** How a quote is written inside quotes of its kind, and a line break at a carriage return or where line ends are shown. */
function quotedOnce(character: string): readonly string[] {
  if (character === "'") return ["'\\''", `'"'"'`, "''"];
  if (character === '"') return ['""'];
  // The last is of `cat -A`, which shows where a line ends.
  return character === '\n' ? ['\r\n', '\\r\\n', '$\n', '^M$\n'] : [];
}

/** `\u00e9` (a pair for what lies beyond 16 bits), `\U0001f600`, `\xc3\xa9`, `\303\251`. */
function escapeCodes(character: string): readonly string[] {
  const wide = Array.from({ length: character.length }, (_, index) => hex(character.charCodeAt(index), 4));
  const code = character.codePointAt(0) ?? 0;
  const bytes = [...encoder.encode(character)];
  const lower = [
    wide.map((digits) => `\\u${digits}`).join(''),
    wide.map((digits) => `\\\\u${digits}`).join(''),
    wide.map((digits) => `\\\\\\\\u${digits}`).join(''),
    `\\u{${code.toString(16)}}`,
    bytes.map((byte) => `\\x${hex(byte, 2)}`).join(''),
    ...(isOneByte(code) ? [`\\x${hex(code, 2)}`] : []),
  ];
  const octal = bytes.map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  return [...bothCases(lower), `\\U${hex(code, 8)}`, `\\U${hex(code, 8).toUpperCase()}`, octal];
}

/** Written as one byte by what knows Latin-1 only, and as two by all else. */
function isOneByte(code: number): boolean {
  return code >= 128 && code < 256;
}

function urlCodes(character: string): readonly string[] {
  const bytes = [...encoder.encode(character)].map((byte) => hex(byte, 2));
  const once = bytes.map((digits) => `%${digits}`).join('');
  const twice = bytes.map((digits) => `%25${digits}`).join('');
  const code = character.codePointAt(0) ?? 0;
  return [
    ...bothCases([once, twice, ...(isOneByte(code) ? [`%${hex(code, 2)}`] : [])]),
    ...(character === ' ' ? ['+'] : []),
  ];
}

const entities: Readonly<Record<string, readonly string[]>> = {
  '&': ['&amp;'],
  '<': ['&lt;'],
  '>': ['&gt;'],
  '"': ['&quot;'],
  "'": ['&apos;'],
  '\u00a0': ['&nbsp;'],
};

function htmlCodes(character: string): readonly string[] {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  return [
    ...(entities[character] ?? []),
    `&#${code};`,
    `&#0${code};`,
    ...['x', 'X'].flatMap((mark) => [`&#${mark}${digits};`, `&#${mark}${digits.toUpperCase()};`]),
  ];
}

/** JSON inside HTML, and HTML inside HTML. */
function nested(character: string): readonly string[] {
  const inner = htmlCodes(character);
  const escapedAmpersand = character === '"' || character === '\\' ? inner.map((code) => `\\${code}`) : [];
  return [...escapedAmpersand, ...inner.slice(0, 2).map((code) => code.replace('&', '&amp;'))];
}

function bothCases(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => [text, text.replace(/(?<=[ux%{]|%25)[0-9a-f]+/g, (digits) => digits.toUpperCase())]);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/**
 * The base64 of `value` after 0, 1 or 2 other bytes, in both alphabets: once without the characters that it shares with its
 * neighbours, and once with the last one as it is at the end of the data.
 */
function base64Forms(value: string): readonly string[] {
  const bytes = encoder.encode(value);
  const forms = [0, 1, 2].flatMap((offset) => {
    const encoded = base64([...new Uint8Array(offset), ...bytes]).replace(/=+$/, '');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    return [encoded.slice(from, to), encoded.slice(from)];
  });
  return forms
    .filter((form) => form.length >= base64CharactersMin)
    .flatMap((form) => [form, form.replace(/\+/g, '-').replace(/\//g, '_')]);
}

function base64(bytes: readonly number[]): string {
  return btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''));
}

/** The bytes of `value`, each as two hexadecimal digits. */
function bytesOf(value: string): readonly Unit[] {
  return [...encoder.encode(value)].map((byte) =>
    [hex(byte, 2), hex(byte, 2).toUpperCase()].map((text) => encoder.encode(text)),
  );
}

/** `value` in base64 and in hexadecimal digits, as whole texts. */
export function encodedTexts(value: string): readonly string[] {
  return [...base64Forms(value), ...hexForms(value)];
}

/** The same broken anywhere, as what folds lines does. */
function hexForms(value: string): readonly string[] {
  const digits = [...encoder.encode(value)].map((byte) => hex(byte, 2)).join('');
  return [digits, digits.toUpperCase()];
}
