// biome-ignore-all lint/suspicious/noTemplateCurlyInString: templates of documents look like this.
import { describe, expect, test } from 'vitest';
import { evaluator } from '../../src/runbook/expression.ts';
import { interpolateParams, interpolateText, templateParts } from '../../src/runbook/interpolate.ts';

const values = { app: 'shop', n: 3n, empty: '', braces: '${{ app }}' };

describe('templateParts', () => {
  test.each([
    ['plain', ['plain']],
    ['', []],
    ['${{ app }}-${{n}}', ['{app}', '-', '{n}']],
    ['${{ "}}" + app }}!', ['{"}}" + app}', '!']],
    [`\${{ '}} \\' }}' }}`, [`{'}} \\' }}'}`]],
    ['${{ """a"}}""" }}', ['{"""a"}}"""}']],
    ['${{ {"a": {"b": 1}}.size() }}.', ['{{"a": {"b": 1}}.size()}', '.']],
    ['${{ {"a": 1}}} ', ['{{"a": 1}}', ' ']],
    ['$ {{ app }} ${ app }', ['$ {{ app }} ${ app }']],
  ])('%s', (text, parts) => {
    const split = templateParts(text);
    const shown = split.ok && split.parts.map((part) => (part.kind === 'text' ? part.text : `{${part.source}}`));
    expect(shown).toEqual(parts);
    for (const part of split.ok ? split.parts : []) {
      expect(text.slice(part.start, part.end)).toBe(part.kind === 'text' ? part.text : part.source);
    }
  });

  test.each(['a ${{ app', 'a ${{ "}}', 'a ${{ {"b": 1 }}'])('%s is not closed', (text) => {
    expect(templateParts(text)).toMatchObject({ ok: false, problem: { start: 2, end: text.length } });
  });
});

describe('interpolateText', () => {
  test('prints values, and does not look at what it printed again', () => {
    expect(interpolateText('${{ app }} ${{ n + 1 }} [${{ empty }}] ${{ braces }}', evaluator, values)).toEqual({
      ok: true,
      text: 'shop 4 [] ${{ app }}',
    });
  });

  test('an unset variable is a message that names the expression', () => {
    expect(interpolateText('to ${{ version }}', evaluator, values)).toEqual({
      ok: false,
      message: '${{ version }}: variable version is not set',
    });
  });
});

test('interpolateParams fills every string but scripts, and keeps shape and keys', () => {
  const params = { script: 'echo "${{ app }}"', list: ['${{ app }}', 1, null], headers: { '${{ app }}': '${{ n }}' } };
  expect(interpolateParams(params, (path) => path[0] === 'script', evaluator, values)).toEqual({
    ok: true,
    params: { script: 'echo "${{ app }}"', list: ['shop', 1, null], headers: { '${{ app }}': '3' } },
  });
});
