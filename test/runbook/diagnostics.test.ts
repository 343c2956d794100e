import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diagnosticAt, lineIndex } from '../../src/diagnostics/position.ts';
import { renderDiagnostic } from '../../src/diagnostics/render.ts';
import { sortDiagnostics } from '../../src/diagnostics/sort.ts';
import { variablesRead } from '../../src/runbook/rules/script-variables.ts';
import { durationMs } from '../../src/runbook/scalar.ts';
import { choice, suggestion } from '../../src/runbook/suggest.ts';
import { readYaml } from '../../src/runbook/yaml.ts';

const finding = { severity: 'error', code: 'x', message: 'm', hint: '' } as const;

/** The caret line under `word` in the first line of `line`. */
function caretUnder(line: string, word: string): readonly string[] {
  const start = line.indexOf(word);
  const diagnostic = diagnosticAt('f', lineIndex(line), { start, end: start + word.length }, finding);
  return renderDiagnostic(diagnostic, line).split('\n').slice(1, 3);
}

describe('positions', () => {
  test('lines end at LF, CR LF and CR; columns are characters', () => {
    const index = lineIndex('a\nb\r\nc\rd😀e');
    expect([0, 1, 2, 5, 7, 10].map((offset) => index.position(offset))).toStrictEqual([
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 2, column: 1 },
      { line: 3, column: 1 },
      { line: 4, column: 1 },
      { line: 4, column: 3 },
    ]);
    expect(index.lineText(2)).toBe('b');
  });

  test('any offset of any text has a place inside it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: -5, max: 200 }), (text, offset) => {
        const index = lineIndex(text);
        const { line, column } = index.position(offset);
        expect(column).toBeLessThanOrEqual([...index.lineText(line)].length + 3);
      }),
    );
  });
});

describe('rendering', () => {
  test('the caret stands under the place after tabs and wide characters', () => {
    expect(caretUnder('\tab: 日本 wrong', 'wrong')).toStrictEqual([
      '  1 |     ab: 日本 wrong',
      '    |              ^^^^^',
    ]);
  });

  test('a long line is cut around the place', () => {
    const [line, caret] = caretUnder(`${'a'.repeat(500)}wrong${'b'.repeat(500)}`, 'wrong');
    expect(line?.length).toBeLessThan(150);
    expect(line?.slice(caret?.indexOf('^'), (caret?.lastIndexOf('^') ?? 0) + 1)).toBe('wrong');
  });

  test('what the file says cannot reach the terminal as it is', () => {
    const text = 'a: \u001b[2J\u202e wrong';
    expect(caretUnder(text, 'wrong').join('\n')).not.toMatch(/[\u001b\u202e]/);
    const hostile = { ...finding, file: 'a\nb', line: 1, column: 1, width: 1, message: 'x\u001b[31m', hint: 'y\nz' };
    expect(renderDiagnostic(hostile, null).split('\n')).toHaveLength(3);
  });

  test('reading order follows the files, then the places, without repetitions', () => {
    const at = (file: string, line: number) => ({ ...finding, file, line, column: 1, width: 1 });
    const sorted = sortDiagnostics([at('z', 2), at('a', 1), at('z', 10), at('z', 2)], ['z', 'a']);
    expect(sorted.map(({ file, line }) => `${file}${line}`)).toStrictEqual(['z2', 'z10', 'a1']);
  });
});

describe('places inside scalars', () => {
  const styles: Readonly<Record<string, string>> = {
    plain: 'key: some text here\n',
    'plain on two lines': 'key: some\n  text here\n',
    'single quotes': "key: 'some ''text'' here'\n",
    'double quotes with escapes': 'key: "so\\x6de \\"text\\" \\u0068ere"\n',
    'double quotes on two lines': 'key: "some \\\n  text\n  here"\n',
    'a literal block': 'key: |\n    some\n\n    text here\n',
    'a folded block': 'key: >-\n  some\n  text\n\n  here\n',
    'a block with an indent': 'key: |2+\n    some text\n  here\n\n',
  };
  test.each(Object.entries(styles))('%s: each word is where it stands', (_, text) => {
    const tree = readYaml(text, () => undefined);
    const value = tree?.scalars(['key'])[0]?.text ?? '';
    for (const word of ['text', 'ere']) {
      const start = value.indexOf(word);
      const span = tree?.textSpan(['key'], start, start + word.length);
      expect(text.slice(span?.start, span?.end)).toBe(word);
    }
  });
});

describe('suggestions', () => {
  test('name the nearest word, else the allowed ones', () => {
    expect(suggestion('timout', ['times', 'timeout'], 'allowed')).toBe('did you mean timeout?');
    expect(suggestion('xyz', ['times', 'timeout'], 'allowed')).toBe('allowed: times, timeout');
    expect(choice('rnu', ['run', 'check'], 'allowed')).toBe('did you mean run? allowed: run, check');
    expect(suggestion('x', [], 'allowed')).toBe('');
  });
});

describe('durations', () => {
  test('need a whole number and a unit', () => {
    expect(['250ms', '3s', '10m', '2h', '1d', '0s'].map(durationMs)).toStrictEqual([
      250, 3000, 600_000, 7_200_000, 86_400_000, 0,
    ]);
    expect(['', '3', '1.5s', '-1s', '1 s', '1w', '99999999999d'].map(durationMs)).toStrictEqual(Array(7).fill(null));
  });
});

describe('variables of a script', () => {
  const names = (script: string) => variablesRead(script).map(({ name }) => name);
  test('are those that it reads and does not set', () => {
    expect(names('echo "$a" ${b} "${c%.gz}" ${#d}')).toStrictEqual(['a', 'b', 'c', 'd']);
    expect(names(`echo '$a' \\$b "\${c:-x}" $1 $A # $d`)).toStrictEqual([]);
    expect(names('a=1; echo $a; read -r b; echo $b; for c in 1 2; do echo $c; done')).toStrictEqual([]);
    expect(names(`echo "it's $a"`)).toStrictEqual(['a']);
  });
});
