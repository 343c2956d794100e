/** The sanitiser against the known attacks on terminals and reports, and its invariants on arbitrary input. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, jsonText, visible, visibleKeepingColour, visibleLine } from '../../src/diagnostics/sanitise.ts';

/** Independent of the list in the source: Unicode's own properties, which differ from version to version. A selector right after a pictograph is exempt. */
const invisible =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Noncharacter_Code_Point}]|(?!\u{110BD}|\u{110CD}|[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2])\p{Cf}|(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}|(?<!\p{Extended_Pictographic}|[\u2194-\u2bff\u{1f000}-\u{1faff}])\p{Variation_Selector}/u;

const attacks: readonly (readonly [name: string, raw: string, expected: string])[] = [
  ['OSC 52 writes the clipboard', '\x1b]52;c;cm0gLXJm\x07', '␛]52;c;cm0gLXJm␇'],
  ['OSC 52 ended by ST', '\x1b]52;c;eA==\x1b\\', '␛]52;c;eA==␛\\'],
  ['OSC 52 in C1 form', '\x9d52;c;eA==\x9c', '<U+009D>52;c;eA==<U+009C>'],
  ['title report types into the shell', '\x1b]0;rm -rf ~\x07\x1b[21t', '␛]0;rm -rf ~␇␛[21t'],
  ['DECRQSS echoes its argument', '\x1bP$q"\nid\n\x1b\\', '␛P$q"\nid\n␛\\'],
  ['DCS passthrough of a multiplexer', '\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\', '␛Ptmux;␛␛]52;c;eA==␇␛\\'],
  ['device status report', '\x1b[6n\x1b[c', '␛[6n␛[c'],
  ['APC and PM', '\x1b_x\x1b\\\x1b^y\x1b\\', '␛_x␛\\␛^y␛\\'],
  ['a lone CR overwrites the line', 'rm -rf /\rls       ', 'rm -rf /␍ls       '],
  ['backspaces overwrite', 'evil\b\b\b\bgood', 'evil␈␈␈␈good'],
  ['cursor up rewrites history', 'FAILED\x1b[1A\x1b[2KPASSED', 'FAILED␛[1A␛[2KPASSED'],
  ['OSC 8 disguises a link', '\x1b]8;;http://evil\x1b\\bank\x1b]8;;\x1b\\', '␛]8;;http://evil␛\\bank␛]8;;␛\\'],
  ['bidi override', 'user\u202e cod.exe\u2066x\u2069', 'user<U+202E> cod.exe<U+2066>x<U+2069>'],
  ['zero-width', 'pay\u200bpal\u2060\ufeff', 'pay<U+200B>pal<U+2060><U+FEFF>'],
  ['tag characters', 'ok\u{e0041}\u{e007f}', 'ok<U+E0041><U+E007F>'],
  ['variation selectors carry data', 'a\ufe01b\u{e0100}', 'a<U+FE01>b<U+E0100>'],
  ['separators', 'a\u2028b\u2029c\u0085d', 'a<U+2028>b<U+2029>c<U+0085>d'],
  ['a lone surrogate', 'a\ud800b\udfff', 'a<U+D800>b<U+DFFF>'],
  ['NUL, DEL and form feed', '\0\x7f\f', '␀␡␌'],
];

describe('visible', () => {
  test.each(attacks)('%s', (_name, raw, expected) => {
    expect(visible(raw)).toBe(expected);
  });

  test('ESC ESC[m does not come to life when the inner sequence is taken out', () => {
    expect(visible('\x1b\x1b[m]52;c;eA==\x07')).toBe('␛␛[m]52;c;eA==␇');
  });

  test('leaves ordinary text of any script, emoji presentation and tabs alone', () => {
    const text = 'naïve Ω 日本語 עברית \u26a0\ufe0f \u{1f600}\n\tindented';
    expect(visible(text)).toBe(text);
  });

  test('CR LF is a newline, a lone CR is not', () => {
    expect(visible('a\r\nb\rc')).toBe('a\nb␍c');
  });

  test('property: no control, bidi or invisible character is left', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        expect(visible(text).replaceAll('\n', '').replaceAll('\t', '')).not.toMatch(invisible);
      }),
      { numRuns: 1000 },
    );
  });

  test('property: every code point that Unicode calls invisible is shown', () => {
    const left: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const character = String.fromCodePoint(code);
      if (code !== 9 && code !== 10 && invisible.test(character) && invisible.test(visible(`a${character}`))) {
        left.push(code.toString(16));
      }
    }
    expect(left).toEqual([]);
  });

  test('a selector survives only after a pictograph', () => {
    const wrong: string[] = [];
    for (let code = 0x20; code <= 0x1ffff; code += 1) {
      const pair = `${String.fromCodePoint(code)}\ufe0f`;
      const kept = visible(pair).endsWith('\ufe0f');
      if (kept && invisible.test(pair)) wrong.push(code.toString(16));
    }
    expect(wrong).toEqual([]);
    expect(visible('\u26a0\ufe0f\ufe0f')).toBe('\u26a0\ufe0f<U+FE0F>');
  });

  test('property: idempotent', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const once = visible(text);
        expect(visible(once)).toBe(once);
        expect(visibleLine(visibleLine(text))).toBe(visibleLine(text));
      }),
    );
  });
});

describe('visibleLine', () => {
  test('is one line without tabs', () => {
    expect(visibleLine('a\nb\r\nc\td')).toBe('a␊b␊c d');
  });
});

describe('visibleKeepingColour', () => {
  test.each(attacks)('%s', (_name, raw, expected) => {
    expect(visibleKeepingColour(raw)).toBe(expected.replaceAll('\n', '␊'));
  });

  test('keeps colour and resets it at the end of the line', () => {
    expect(visibleKeepingColour('\x1b[1;31mred')).toBe('\x1b[1;31mred\x1b[0m');
    expect(visibleKeepingColour('\x1b[38;5;0mblack')).toBe('\x1b[38;5;0mblack\x1b[0m');
    expect(visibleKeepingColour('\x1b[32mok\x1b[0m done')).toBe('\x1b[32mok\x1b[0m done');
    expect(visibleKeepingColour('\x1b[32mok\x1b[m done')).toBe('\x1b[32mok\x1b[0m done');
    expect(visibleKeepingColour('\x1b[0;1mbold')).toBe('\x1b[0;1mbold\x1b[0m');
  });

  test('ESC ESC[m ]52 stays text: what survives between is colour only', () => {
    expect(visibleKeepingColour('\x1b\x1b[m]52;c;eA==\x07')).toBe('␛\x1b[0m]52;c;eA==␇');
    expect(visibleKeepingColour('\x1b[\x1b[mm\x1b]\x1b[0m')).toBe('␛[\x1b[0mm␛]\x1b[0m');
  });

  test('a sequence that is split over two lines is text in both', () => {
    expect(visibleKeepingColour('\x1b[3')).toBe('␛[3');
    expect(visibleKeepingColour('1m')).toBe('1m');
  });

  test('other parameter forms, endless parameters and conceal are text', () => {
    expect(visibleKeepingColour('\x1b[?25l')).toBe('␛[?25l');
    expect(visibleKeepingColour('\x1b[>4;2m')).toBe('␛[>4;2m');
    expect(visibleKeepingColour('\x1b[1 m')).toBe('␛[1 m');
    expect(visibleKeepingColour(`\x1b[${'1;'.repeat(40)}m`)).toBe(`␛[${'1;'.repeat(40)}m`);
    expect(visibleKeepingColour('\x1b[8msecret')).toBe('␛[8msecret');
    expect(visibleKeepingColour('\x1b[38;5;8mgrey')).toBe('\x1b[38;5;8mgrey\x1b[0m');
    expect(visibleKeepingColour('\x1b[48;2;8;8;8mgrey')).toBe('\x1b[48;2;8;8;8mgrey\x1b[0m');
  });

  test.each([
    ['the same of the first sixteen', '31;41'],
    ['given in two sequences', '44m\x1b[34'],
    ['bright, and as an index of the palette', '38;5;9;101'],
    ['as true colour', '38;2;1;2;3;48;2;4;3;2'],
    ['a grey of the palette on one that is nearly it', '48;5;234m\x1b[38;5;235'],
    ['a palette entry below sixteen on a named one', '38;5;1m\x1b[41'],
  ])('a colour that hides text is text: %s', (_, sequence) => {
    const shown = visibleKeepingColour(`\x1b[${sequence}mrm -rf /`);
    expect(shown).toContain('␛');
    expect(shown).toContain('mrm -rf /');
  });

  test('a colour that can be seen on its ground stays, also after a reset and after defaults', () => {
    for (const line of [
      '\x1b[31;42mx\x1b[0m',
      '\x1b[41m\x1b[0m\x1b[31mx\x1b[0m',
      '\x1b[31;41;39mx\x1b[0m',
      '\x1b[38;5;231;40mx\x1b[0m',
    ])
      expect(visibleKeepingColour(line)).toBe(line);
  });

  test('drops the CR of a CR LF, shows any other', () => {
    expect(visibleKeepingColour('50 %\r100 %\r')).toBe('50 %␍100 %');
  });

  test('property: only SGR is left, colour is off at the end, idempotent', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const line = visibleKeepingColour(text);
        expect(line.replace(/\x1b\[[0-9;]+m/g, '').replaceAll('\t', '')).not.toMatch(invisible);
        expect(visibleKeepingColour(line)).toBe(line);
        const last = line.match(/\x1b\[[0-9;]+m/g)?.at(-1);
        if (last !== undefined) expect(last).toMatch(/[[;]0*;*m$/);
      }),
      { numRuns: 1000 },
    );
  });

  test('linear: megabytes of ESC, of digits and of colour take a moment', () => {
    for (const piece of ['\x1b', '\x1b[1', '\x1b[1m', '\x1b[11111', '\ufe0f']) {
      const text = piece.repeat(400_000);
      expect(visibleKeepingColour(text).length).toBeGreaterThan(text.length - 1);
    }
  }, 10_000);
});

describe('decode', () => {
  test('bytes that are not UTF-8 become hex', () => {
    expect(decode(Uint8Array.of(0x61, 0xff, 0x62, 0xc3, 0x28, 0xe2, 0x82))).toBe('a<FF>b<C3>(<E2><82>');
  });

  test('overlong forms, surrogates and values past U+10FFFF are not UTF-8', () => {
    expect(decode(Uint8Array.of(0xc0, 0xaf))).toBe('<C0><AF>');
    expect(decode(Uint8Array.of(0xe0, 0x80, 0xaf))).toBe('<E0><80><AF>');
    expect(decode(Uint8Array.of(0xed, 0xa0, 0x80))).toBe('<ED><A0><80>');
    expect(decode(Uint8Array.of(0xf4, 0x90, 0x80, 0x80))).toBe('<F4><90><80><80>');
  });

  test('a byte order mark is shown in the end', () => {
    expect(visible(decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)))).toBe('<U+FEFF>a');
  });

  test('property: well-formed text comes back, also between broken bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const bytes = new TextEncoder().encode(text);
        expect(decode(bytes)).toBe(text);
        expect(decode(Uint8Array.of(0xfe, ...bytes, 0xfe))).toBe(`<FE>${text}<FE>`);
      }),
    );
  });
});

/** Arbitrary code points and lone surrogates, with the pieces of escape sequences made likely. */
function hostileText(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    fc.constantFrom(
      '\x1b',
      '[',
      ']',
      'm',
      ';',
      '0',
      '8',
      '38',
      '5',
      '\r',
      '\n',
      '\x07',
      '\x9b',
      '\x9c',
      '\u202e',
      '\ufe0f',
      '\u26a0',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
    fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
    fc.constantFrom('\x1b[1m', '\x1b[m', '\x1b[0;31m', '\u{e0041}', '\u200d'),
  );
  return fc.array(piece, { maxLength: 24 }).map((pieces) => pieces.join(''));
}

describe('jsonText', () => {
  test('escapes what a terminal would obey or hide, and reads as the same value', () => {
    const value = { 'k\u202e': 'a\x9bm\x7f\u200b\ufeff\u{e0041}é😀\u2028', list: [1, null, true] };
    const text = jsonText(value);
    expect(text).not.toMatch(/[\x7f-\x9f\u200b\u202e\ufeff\u2028]|\u{e0041}/u);
    expect(text).toContain('é😀');
    expect(JSON.parse(text)).toEqual(value);
  });

  test('property: every value comes back, and visible text is all there is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const text = jsonText(value);
        expect(visible(text)).toBe(text);
        expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(value));
      }),
    );
  });
});
