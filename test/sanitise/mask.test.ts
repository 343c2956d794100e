/** Masking as a stream: no chunk boundary and no encoding lets a secret through, and nothing else is touched. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMask, holdsSecret, maskText } from '../../src/diagnostics/mask.ts';
import { instructionsText, parseInstructions } from '../../src/target/local/mask-instructions.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The masked text, given in pieces of the given lengths (repeated). */
function masked(secrets: readonly string[], text: string | Uint8Array, pieces: readonly number[] = [1 << 20]): string {
  const mask = createMask(secrets);
  const bytes = Buffer.from(text);
  const out: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = Math.max(1, pieces[turn % pieces.length] ?? 1);
    out.push(mask.push(bytes.subarray(at, at + length)));
    at += length;
  }
  out.push(mask.end());
  return Buffer.concat(out).toString();
}

describe('a mask', () => {
  const secret = 'hunter2/with+odd chars=é';

  it('removes the secret as it is, wherever it stands', () => {
    expect(masked([secret], `${secret}a${secret}${secret}\n${secret}`)).toBe('•••a••••••\n•••');
  });

  it('removes the secret in small letters, as a host name is written', () => {
    expect(masked(['SeCrEtToKeN77'], 'name not found: secrettoken77.invalid')).toBe('name not found: •••.invalid');
  });

  it('removes the secret across every boundary of chunks', () => {
    const text = `before ${secret} between ${base64(secret)} after ${encodeURIComponent(secret)}.`;
    for (let length = 1; length < 40; length += 1) {
      expect(masked([secret], text, [length])).toBe(masked([secret], text));
    }
    expect(masked([secret], text)).toMatch(/^before ••• between •••=* after •••\.$/);
  });

  it('removes base64 at all three alignments, in both alphabets, and broken over lines', () => {
    const long = 'correct horse battery staple?>~'.repeat(4);
    for (const before of ['', 'a', 'ab', 'abc', 'user:']) {
      for (const after of ['', 'x', 'xy', '\n']) {
        const plain = base64(`${before}${long}${after}`);
        const wrapped = plain.replace(/.{76}/g, '$&\n');
        const url = plain.replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
        for (const text of [plain, wrapped, wrapped.replaceAll('\n', '\r\n'), url]) {
          const left = masked([long], text, [7]);
          expect(left).toContain('•••');
          // Only what the secret shares with its neighbours stays: the rest of them and a few bits at the edges.
          expect(left.replace(/[^A-Za-z0-9+/_-]/g, '').length).toBeLessThanOrEqual(10);
        }
      }
    }
  });

  it('removes URL-encoded forms: either case, plus for a space, strict or lenient about marks', () => {
    const odd = "a b/c?d!e'f(g)*~é";
    const plain = encodeURIComponent(odd);
    const strict = plain.replace(/[!'()*~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
    const forms = [plain, strict].flatMap((form) => [form, form.replaceAll('%20', '+')]);
    for (const form of forms.flatMap((text) => [text, text.replace(/%../g, (code) => code.toLowerCase())])) {
      expect(masked([odd], `q=${form}&`, [3])).toBe('q=•••&');
    }
  });

  it('removes the longest of several, and of those that overlap both', () => {
    expect(masked(['abc', 'abcdef', 'b'], 'abcdef abc b', [1])).toBe('••• ••• •••');
    expect(masked(['abcd', 'cdef'], 'xabcdefx', [1])).toBe('x•••x');
    expect(masked(['aa'], 'aaaaa', [1])).toBe('•••');
  });

  it('removes a value whose trailing line break is not printed', () => {
    expect(masked(['topsecret\n'], 'is topsecret, and topsecret\n')).toBe('is •••, and •••');
  });

  it('holds nothing back that cannot begin a secret, and gives the rest at the end', () => {
    const mask = createMask(['secret']);
    expect(Buffer.from(mask.push(Buffer.from('all of this, but not sec'))).toString()).toBe('all of this, but not ');
    expect(Buffer.from(mask.push(Buffer.from('t'))).toString()).toBe('sect');
    expect(Buffer.from(mask.push(Buffer.from('s'))).length).toBe(0);
    expect(Buffer.from(mask.end()).toString()).toBe('s');
  });

  it('leaves bytes without a secret as they are, also what is no text', () => {
    const bytes = Buffer.from(Array.from({ length: 1024 }, (_, index) => (index * 7) % 256));
    const mask = createMask(['nothing of this', '']);
    expect(Buffer.concat([mask.push(bytes), mask.end()]).equals(bytes)).toBe(true);
  });

  it('for any secrets, text and chunks: gives no secret out, and the same as in one piece', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '/', ' '), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.array(fc.oneof(word, word.map(base64), word.map(encodeURIComponent)), { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
        (secrets, words, pieces) => {
          const text = [...words, ...secrets].join('');
          const left = masked(secrets, text, pieces);
          expect(left).toBe(masked(secrets, text));
          for (const part of left.split('•••')) {
            for (const secret of secrets) expect(part).not.toContain(secret);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('removes what shells, JSON, HTML and hex make of it, also nested', () => {
    const odd = `it's "a/b" <c>&\\ é😀 $x`;
    const json = JSON.stringify(odd);
    const ascii = json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const html = odd.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
    const spellings = [
      json.slice(1, -1),
      json.slice(1, -1).replaceAll('/', '\\/'),
      ascii.slice(1, -1),
      ascii.slice(1, -1).replaceAll('<', '\\u003c').replaceAll('>', '\\u003E').replaceAll('&', '\\u0026'),
      JSON.stringify(json).slice(3, -3),
      html,
      html.replaceAll("'", '&#39;'),
      html.replaceAll("'", '&#x27;'),
      odd.replaceAll("'", "'\\''"),
      odd.replaceAll('"', '""'),
      Buffer.from(odd).toString('hex'),
      Buffer.from(odd).toString('hex').toUpperCase(),
      Buffer.from(odd).toString('hex').replace(/.{30}/g, '$&\n'),
      encodeURIComponent(encodeURIComponent(odd)),
      encodeURIComponent(base64(odd)),
      base64(odd).replaceAll('/', '\\/'),
    ];
    for (const spelling of spellings) expect(masked([odd], `<${spelling}>`, [3])).toMatch(/^<•••(?:=|%3D)*>$/);
  });

  it('removes what bash itself writes of it: printf %q, set -x, declare -p', () => {
    for (const odd of [`it's "so" $HOME/a b`, 'tab\there and\nthere', 'naïve (p@ss;w|rd)', 'back\\slash`tick`']) {
      const script = 'printf "%q\\n" "$S"; (set -x; : "$S") 2>&1; declare -p S; LC_ALL=C; printf "%q\\n" "$S"';
      const text = execFileSync('bash', ['-c', script], {
        env: { PATH: '/usr/bin:/bin', S: odd },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const left = masked([odd], text, [5]);
      expect(left.split('•••').length, left).toBeGreaterThan(4);
      for (const word of odd.split(/[^a-z]+/i).filter((part) => part.length > 3)) expect(left).not.toContain(word);
    }
  });

  it('removes what ls, xxd, od and python write of it', () => {
    for (const odd of ['hunter\tSECRET', 'hunter\u001bSECRET', 'hunter\u0001\u007fSECRET', 'naïve\tpass']) {
      const script = [
        'printf %s "$S" | cat -v; echo; printf %s "$S" | cat -A; echo',
        'ls "$S" 2>&1; LC_ALL=C ls "$S" 2>&1; printf %q "$S"; echo; declare -p S',
        'has() { command -v "$1" >/dev/null; }',
        'for a in "" -i -u; do ! has xxd || printf %s "$S" | xxd -c 256 $a; done',
        'printf %s "$S" | od -An -tx1; ! has hexdump || printf %s "$S" | hexdump -v -e \'1/1 "%02x:"\'; echo',
        '! has python3 || python3 -c \'import json, os; s = os.environ["S"]; print(s.encode().hex(":"), ascii(s), json.dumps(json.dumps(json.dumps(s))))\'',
      ].join('\n');
      const text = execFileSync('bash', ['-c', script], {
        env: { PATH: process.env['PATH'] ?? '', S: odd, LC_ALL: 'C.UTF-8', PYTHONUTF8: '1' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const left = masked([odd], text, [5]);
      for (const word of ['hunter', 'SECRET', 'pass', '6875 6e74', '68 75 6e', '0x68, 0x75', '68:75', '70 61 73 73'])
        expect(left).not.toContain(word);
      expect(left.split('•••').length, left).toBeGreaterThan(5);
    }
  });

  it('removes what cat shows of a secret with control characters, line ends and other letters', () => {
    for (const odd of ['a\u0001b\u001b[c', 'x\ny\nz', 'x\r\ny', 'é\u0080ö\u007f', '\u0000ab\tc']) {
      for (const option of ['-v', '-A', '-vt']) {
        const text = execFileSync('cat', [option], { input: odd, encoding: 'utf8' });
        expect(masked([odd], `<${text}>`, [3]), JSON.stringify(text)).toBe('<•••>');
      }
    }
  });

  it('removes each line of a value of several lines, from four characters on', () => {
    const key = '-----BEGIN KEY-----\nabcdefgh\nxy\n  padded line\n-----END KEY-----\n';
    const text = 'first: abcdefgh, second: xy, third: padded line\n';
    expect(masked([key], text, [4])).toBe('first: •••, second: xy, third: •••\n');
    expect(masked([key], `whole: ${key.replaceAll('\n', '\r\n')}.`)).toBe('whole: •••.');
  });

  it('gives the shorter spelling at the end of the stream when a longer one is broken off', () => {
    expect(masked(['pass\\'], 'pass\\', [1])).toBe('•••');
    expect(maskText('say pass\\', ['pass\\'])).toBe('say •••');
  });

  it('leaves a text without a secret the very same text', () => {
    expect(maskText('\ufeffnothing here', ['secret'])).toBe('\ufeffnothing here');
    expect(holdsSecret('nothing', ['secret'])).toBe(false);
    expect(holdsSecret('a c2VjcmV0 b', ['secret'])).toBe(true);
  });
});

describe('the instructions of the filter', () => {
  it('come over as they were', () => {
    const instructions = { secrets: ['a"b\n', 'é\0'], marker: 'm', split: true };
    expect(parseInstructions(instructionsText(instructions))).toEqual(instructions);
  });

  it('are none when cut off anywhere', () => {
    const text = instructionsText({ secrets: ['one', 'two'], marker: 'm', split: false });
    for (let length = 0; length < text.length; length += 1) {
      expect(parseInstructions(text.slice(0, length))).toBeNull();
    }
  });
});
