/** What counts as a comment, by language; the rest stays in its place. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutComments } from '../../src/search/comments.ts';

/** What is left of each line that is not blank. */
function code(path: string, text: string): readonly string[] {
  return withoutComments(path, text)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

describe('comments', () => {
  test.each([
    ['a.py', 'x = 1  # sentry\n# sentry\ny = "# no"\nz = "it\'s # no"', ['x = 1', 'y = "# no"', 'z = "it\'s # no"']],
    [
      'a.py',
      '"""Uses sentry."""\ndef f():\n    """\n    sentry\n    """\n    return """kept # too"""',
      ['def f():', '    return """kept # too"""'],
    ],
    ['a.yml', "a: 1 # c\nb: don't # c\nc: 'x # y'\nd: a#b", ['a: 1', "b: don't", "c: 'x # y'", 'd: a#b']],
    ['deploy.sh', '#!/bin/sh\necho "# no" # c\necho ${x#y}', ['echo "# no"', 'echo ${x#y}']],
    ['docker/Dockerfile.prod', 'FROM a\n# USER app\nUSER app', ['FROM a', 'USER app']],
    ['.env.example', '# SECRET=\nA=b#c', ['A=b#c']],
    [
      'a.ts',
      'f("//no"); // c\n/* c\n c */ g(`//no\n//no`);\nfetch(http://x)',
      ['f("//no");', '      g(`//no', '//no`);', 'fetch(http://x)'],
    ],
    ['a.go', 'x := 1 // c\n/* c */y()', ['x := 1', '       y()']],
    ['main.tf', 'a = 1 # c\nb = 2 // c\n/* c */', ['a = 1', 'b = 2']],
    ['a.sql', 'select 1 -- c\n/* c */', ['select 1']],
    ['README.md', 'a <!-- c\nc --> b', ['a', '      b']],
    ['a.unknown', '# // /* -- */', ['# // /* -- */']],
  ])('%s: %j', (path, text, left) => {
    expect(code(path, text)).toEqual(left);
  });

  test('whatever the text: as long as it was, with the same lines', () => {
    const piece = fc.constantFrom(
      '"',
      "'",
      '`',
      '#',
      '/',
      '*',
      '//',
      '/*',
      '*/',
      '"""',
      '<!--',
      '-->',
      '--',
      '\\',
      '\n',
      ' ',
      'a',
      ':',
    );
    const path = fc.constantFrom('a.py', 'a.ts', 'a.tf', 'a.sql', 'a.md', 'a.vue', 'a.sh', 'a.ps1');
    fc.assert(
      fc.property(path, fc.array(piece, { maxLength: 60 }), (name, pieces) => {
        const text = pieces.join('');
        const left = withoutComments(name, text);
        expect(left).toHaveLength(text.length);
        expect(left.split('\n').map(({ length }) => length)).toEqual(text.split('\n').map(({ length }) => length));
        expect([...left].every((character, index) => character === ' ' || character === text[index])).toBe(true);
      }),
    );
  });

  test.each([
    ['quotes on one line', 'a.ts', `"a"'b'`.repeat(200_000)],
    ['open quotes', 'a.py', `'"\\"`.repeat(200_000)],
    ['triple quotes on one line', 'a.py', `x"""a"""`.repeat(100_000)],
    ['an open comment', 'a.ts', '/*'.repeat(500_000)],
    ['many comments', 'a.sh', ' #a\n'.repeat(200_000)],
  ])('takes linear time over %s', (_, path, text) => {
    const took = (part: string): number => {
      const began = performance.now();
      withoutComments(path, part);
      return performance.now() - began;
    };
    const few = Math.min(...Array.from({ length: 5 }, () => took(text.slice(0, text.length / 20))));
    // A square would be four hundred times as much.
    expect(Math.min(took(text), took(text)) / few).toBeLessThan(100);
  });
});
