import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocument as parseYaml } from 'yaml';
import { runbookSchema } from '../../src/runbook/document.ts';
import { longRunbook, parseText } from './documents.ts';

const cases = new URL('../cases/', import.meta.url).pathname;
const corpus = ['ok', 'err'].flatMap((folder) =>
  readdirSync(`${cases}${folder}`)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(`${cases}${folder}/${name}`, 'utf8')),
);

/** What holds for every text: no throw, a runbook exactly when there is no error, places inside the text. */
function expectSound(text: string): void {
  const { diagnostics, runbook } = parseText(text);
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  expect(runbook === null).toBe(failed);
  if (runbook !== null) expect(runbookSchema.safeParse(JSON.parse(JSON.stringify(runbook))).success).toBe(true);
  const lines = text.split(/\r\n|\n|\r/).length;
  for (const { file, line, width } of diagnostics) {
    if (file === 'case.yaml') expect(line).toBeLessThanOrEqual(lines);
    expect(width).toBeGreaterThanOrEqual(1);
  }
}

describe('any text', () => {
  test('gives a runbook or says why not', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), expectSound), { numRuns: 300 });
  });

  test('of YAML punctuation gives a runbook or says why not', () => {
    const piece = fc.constantFrom(
      'runbook',
      'steps',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '|',
      '>',
      '&a',
      '*a',
      '!t',
      '#',
      '${{',
      '}}',
      '?',
      'run',
      ',',
      '\t',
    );
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => `steps:\n  - ${pieces.join('')}`);
    fc.assert(fc.property(text, expectSound), { numRuns: 500 });
  });

  test('that was a document before a few characters changed gives a runbook or says why not', () => {
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.integer({ min: 0, max: 12 }),
      put: fc.oneof(
        fc.constantFrom('', ' ', '\n', ': ', '- ', '"', '}', '[', '!', '*x', '${{', ' # x', '1', 'null', '{}'),
        fc.string({ maxLength: 3 }),
      ),
    });
    const mutated = fc
      .tuple(fc.constantFrom(...corpus), fc.array(change, { minLength: 1, maxLength: 3 }))
      .map(([text, changes]) =>
        changes.reduce((current, { at, cut, put }) => {
          const start = Math.floor(at * current.length);
          return current.slice(0, start) + put + current.slice(start + cut);
        }, text),
      );
    fc.assert(fc.property(mutated, expectSound), { numRuns: 400 });
  });

  test('with any value under any key gives a runbook or says why not', () => {
    const value = fc.json({ maxDepth: 3 });
    const key = fc.constantFrom(
      'run',
      'check',
      'http',
      'tcp',
      'tls',
      'file',
      'grep',
      'data',
      'manual',
      'ask',
      'choose',
      'approve',
      'checklist',
      'include',
      'parallel',
      'notify',
      'expect',
      'capture',
      'timeout',
      'retry',
      'env',
      'cwd',
      'effect',
      'id',
      'title',
      'when',
      'done_when',
      'undo',
      'on_fail',
      'danger',
      'tty',
      'owes',
      'settles',
      'roles',
      'each',
      'shell',
    );
    const step = fc.dictionary(key, value, { maxKeys: 4 }).map((keys) =>
      Object.entries(keys)
        .map(([name, json]) => `      ${JSON.stringify(name)}: ${json}`)
        .join('\n'),
    );
    const text = fc
      .array(step, { minLength: 1, maxLength: 3 })
      .map((steps) => `runbook: Case\nphases:\n  deploy:\n${steps.map((keys) => `    -\n${keys}`).join('\n')}\n`);
    fc.assert(fc.property(text, expectSound), { numRuns: 400 });
  });
});

function millisecondsOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

describe('size', () => {
  test('10,000 steps take at most five times as long as reading the same text as YAML', () => {
    const text = longRunbook(10_000);
    const plainMs = Math.min(...[1, 2].map(() => millisecondsOf(() => parseYaml(text))));
    const ourMs = Math.min(
      ...[1, 2].map(() => millisecondsOf(() => expect(parseText(text).diagnostics).toStrictEqual([]))),
    );
    expect(ourMs / plainMs).toBeLessThan(5);
  });

  test('10,000 wrong steps are all told, in time that grows with their number', () => {
    const wrong = (steps: number) =>
      longRunbook(steps)
        .replaceAll('timeout: 5m', 'timeot: 5m')
        .replaceAll('exit ==', 'exti ==')
        .replaceAll('steps.step_', 'steps.stpe_');
    const few = millisecondsOf(() => parseText(wrong(1000)));
    const { diagnostics } = parseText(wrong(1000));
    expect(diagnostics).toHaveLength(2999);
    const many = millisecondsOf(() => parseText(wrong(10_000)));
    expect(many / few).toBeLessThan(40);
  });

  test.each([['a'], ['a.'], ['a..'], ['version'], ['version '], ['"1.'], ['1']])(
    'an expression of 200,000 characters, %j again and again, is refused in the time of reading it',
    (piece) => {
      const text = `runbook: R\nphases: { a: [{ check: x, expect: '"1.1${piece.repeat(200_000 / piece.length)}' }] }\n`;
      expect(millisecondsOf(() => expect(parseText(text).runbook).toBe(null))).toBeLessThan(5000);
    },
  );

  test('more than 4 MiB is refused before it is read', () => {
    const { diagnostics } = parseText(`runbook: Big\nvars: {}\n${'# comment\n'.repeat(500_000)}`);
    expect(diagnostics.map(({ code }) => code)).toStrictEqual(['too-large']);
  });

  test('an alias bomb is refused at once', () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `  l${level + 1}: &l${level + 1} [${`*l${level}, `.repeat(20)}x]`,
    );
    const text = `runbook: Bomb\nvars:\n  l0: &l0 [x]\n${levels.join('\n')}\n`;
    const ms = millisecondsOf(() => expect(parseText(text).diagnostics[0]?.code).toBe('too-many-aliases'));
    expect(ms).toBeLessThan(2000);
  });

  test.each([['['], ['{a: '], ['- '], ['? '], ['"']])('a hundred thousand times %s is refused', (piece) => {
    const { runbook } = parseText(`runbook: Deep\nvars:\n  a: ${piece.repeat(100_000)}\n`);
    expect(runbook).toBeNull();
  });
});
