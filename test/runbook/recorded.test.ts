/** What earlier releases ran and this one refuses: no error in a document that is on record as run, and it says what it said. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import type { Recorded } from '../../src/runbook/older.ts';
import { type Parsed, type ParseOptions, parseDocument } from '../../src/runbook/parse.ts';
import { sourceOf, texts } from './documents.ts';

const files = { 'parts.yaml': 'steps:\n  - { id: make, run: echo making }\n' };
const read = (text: string, options: ParseOptions = {}): Parsed =>
  parseDocument(sourceOf(text), texts(files), actions, options);
const steps = (...lines: readonly string[]): string =>
  `runbook: Old\nvars: { name: x }\nphases:\n  all:\n${lines.map((line) => `    - ${line}\n`).join('')}`;
const errors = ({ diagnostics }: Parsed): readonly string[] =>
  diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);

const newer: readonly (readonly [string, string, string])[] = [
  ['gate-passed', 'a gate that is passed', steps('{ approve: { from: [bob] }, on_fail: continue }')],
  [
    'unknown-step',
    'a goto to an include',
    steps(
      '{ id: parts, include: parts.yaml }',
      '{ choose: { question: More?, at_most: 2, options: [{ label: more, goto: parts }, { label: no }] } }',
    ),
  ],
  [
    'unknown-step',
    'a criterion of an include',
    `${steps('{ id: parts, include: parts.yaml }')}report: { success: { Made: [parts] } }\n`,
  ],
  ['each-uneven', 'maps and texts', steps(`{ each: { host: [{ name: a }, b] }, run: 'true' }`)],
  [
    'each-uneven',
    'maps of different keys',
    steps(`{ each: { host: [{ name: a, zone: x }, { name: b }] }, run: 'true' }`),
  ],
  [
    'set-twice',
    'a gather into what is captured',
    steps('{ each: { host: [a, b] }, gather: { three: three }, check: echo 1, capture: three }'),
  ],
  ['wrong-value', 'a pause longer than the retry', steps('{ check: a, retry: { for: 30s, every: 1m } }')],
  ['wrong-type', 'a value that is no list', steps(`{ each: { n: "\${{ name }}" }, run: 'true' }`)],
  [
    'expression',
    'a part that no map has',
    steps(`{ each: { host: [{ name: a }] }, manual: 'Go to \${{ host.nme }}' }`),
  ],
  ['nul-character', 'a NUL in a title', steps(`{ title: "a\\0b", run: 'true' }`)],
  [
    'unknown-fact',
    'what looks like a fact',
    `checklist: Old\nfacts: { one: { check: 'true' } }\ncategories: { all: { items: [{ id: a, check: a, severity: low, expect: 'json.facts.two == 1' }] } }\n`,
  ],
];

describe.each(newer)('%s: %s', (code, _what, text) => {
  test('is an error in a document that is to be run', () => {
    const parsed = read(text);
    expect(new Set(errors(parsed))).toEqual(new Set([code]));
    expect(parsed.runbook).toBeNull();
  });

  test.each<Recorded>(['as-now', 'gates-inherit'])('is a warning in one on record, read %s', (recorded) => {
    const parsed = read(text, { recorded });
    expect(errors(parsed)).toEqual([]);
    expect(parsed.diagnostics).toContainEqual(expect.objectContaining({ code, severity: 'warning' }));
    expect(parsed.runbook).not.toBeNull();
  });
});

test.each([
  ['each-uneven', steps(`{ each: { a: [x, y], b: [x] }, run: 'true' }`)],
  ['unknown-step', `${steps('{ run: make }')}report: { success: { Made: [parts] } }\n`],
  ['yaml-tag', steps('{ title: !x "a\\0b", run: make }')],
])('%s of every release is an error in a document on record too', (code, text) => {
  const parsed = read(text, { recorded: 'as-now' });
  expect(errors(parsed)).toEqual([code]);
  expect(parsed.runbook).toBeNull();
});

test('a criterion of an include keeps its name, as it was recorded', () => {
  const text = `${steps('{ id: parts, include: parts.yaml }')}report: { success: { Made: [parts] } }\n`;
  expect(read(text, { recorded: 'as-now' }).runbook?.report.success).toEqual([{ criterion: 'Made', steps: ['parts'] }]);
});
