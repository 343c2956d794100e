/** Prose in the width of a terminal. */
import { describe, expect, test } from 'vitest';
import { wrapped } from '../../src/commands/wrap.ts';

describe('wrapped', () => {
  test.each([
    ['one two three', null, ['one two three']],
    ['one two three', 13, ['one two three']],
    ['one two three', 12, ['one two', '    three']],
    ['  a: b c d e', 8, ['  a: b c', '      d', '      e']],
    ['  unbrokenword and', 6, ['  unbrokenword', '      and']],
    ['日本 日本 日本', 9, ['日本 日本', '    日本']],
    ['to ${{ a.b }} now', 7, ['to', '    ${{ a.b }}', '    now']],
    ['', 5, ['']],
  ])('%j in %j', (line, width, lines) => {
    expect(wrapped(line, width)).toEqual(lines);
  });
});
