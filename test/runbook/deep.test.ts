/** Texts that are nested deeper than a parser's stack: every reader says so, in words of its own and in time. */

import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { parseVarsFile } from '../../src/app/variables.ts';
import { readAnswers } from '../../src/engine/answers.ts';
import { parseJson } from '../../src/runbook/expression.ts';
import { parseDocument } from '../../src/runbook/parse.ts';

const notRead = () => ({ kind: 'problem', message: '', hint: '' }) as const;
const read = (text: string) => parseDocument({ path: 'a.yaml', sha256: '', text }, notRead, actions);
const { runbook } = read('runbook: A\nphases: { all: [{ id: go, manual: Go. }] }\n');

const levels = 5000;
const shapes = [
  ['lists in brackets', `${'['.repeat(levels)}x${']'.repeat(levels)}`],
  ['maps in braces', `${'{ a: '.repeat(levels)}x${' }'.repeat(levels)}`],
  ['lists of dashes', `\n  ${'- '.repeat(levels)}x`],
] as const;

describe.each(shapes)('%s', (_, deep) => {
  test('in a document', () => {
    const { diagnostics } = read(`runbook: A\nvars: ${deep}\n`);
    expect(diagnostics.map(({ message }) => message)).toEqual(['the document is nested too deep']);
  });

  test('in an answers file', () => {
    if (runbook === null) throw new Error('the document is none');
    expect(() => readAnswers('answers.yaml', `go: ${deep}\n`, '', runbook)).toThrow(
      'answers.yaml: it is nested too deep',
    );
  });

  test('in a file of variables', () => {
    expect(() => parseVarsFile('vars.yaml', `v: ${deep}\n`)).toThrow('vars.yaml: it is nested too deep');
  });
});

test('in JSON', () => {
  expect(() => parseJson('['.repeat(1_000_000))).toThrow(/nested more than/);
  expect(() => parseJson(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).toThrow(/nested more than/);
});
