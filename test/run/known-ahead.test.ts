/** What is told of a run before it begins: what is known, and nothing else. */
import { describe, expect, test } from 'vitest';
import { fillKnown, foreknown, holdsKnown, knownValues, seenBy } from '../../src/run/known-ahead.ts';
import { overviewOf } from '../../src/run/plan-overview.ts';
import { parseText } from '../runbook/documents.ts';

const text = `runbook: Release
target: { name: shop, identity: { check: hostname } }
vars:
  app: shop
  nodes: { type: int, default: '3' }
  version: { ask: Which version, default: v1 }
  previous: {}
  region: { env: REGION }
  token: { env: TOKEN, secret: true }
  pin: { from: [pass, show, pin], secret: true }
phases:
  deploy:
    - { id: look, check: cat current, capture: previous }
    - { id: big, run: x, when: nodes > 5 }
    - { id: small, run: x, when: nodes < 5, undo: { run: y } }
    - { id: later, run: x, when: previous == "v0" }
    - { id: tell, manual: 'Tell them' }
    - { id: drop, run: drop it, danger: true }
    - id: web
      each: { host: [a, b] }
      http: http://\${{ host }}/\${{ app }}/\${{ version }}
`;

const { runbook } = parseText(text);
if (runbook === null) throw new Error('the document is not right');
const variables = foreknown(runbook, {
  vars: { app: 'shop', nodes: '3', token: null },
  sources: { app: 'literal', nodes: 'default', token: 'env' },
});
const values = knownValues(runbook, variables);
const fill = (template: string): string => fillKnown(template, values).text;

test('each variable has its value, or where that comes from', () => {
  expect(variables.map(({ name, secret, origin }) => [name, secret, origin])).toEqual([
    ['app', false, { kind: 'known', text: 'shop', source: 'literal' }],
    ['nodes', false, { kind: 'known', text: '3', source: 'default' }],
    ['version', false, { kind: 'asked', question: 'Which version', preset: 'v1' }],
    ['previous', false, { kind: 'captured', by: ['look'] }],
    ['region', false, { kind: 'environment', name: 'REGION', isSet: false }],
    ['token', true, { kind: 'environment', name: 'TOKEN', isSet: true }],
    ['pin', true, { kind: 'command', words: ['pass', 'show', 'pin'] }],
  ]);
});

describe('texts', () => {
  test('are filled in part by part, and stay where something is asked, captured, secret or a result', () => {
    expect(fill('${{ app }} ${{ version }} of ${{ nodes + 1 }}')).toBe('shop ${{ version }} of 4');
    for (const unknown of ['previous', 'token', 'now', 'steps.look.status', 'app == "shop" || previous == "x"'])
      expect(fill(`${'${{'} ${unknown} }}`)).toBe(`${'${{'} ${unknown} }}`);
  });

  test('what a value holds is not looked at again', () => {
    expect(fillKnown('${{ app }}', { app: '${{ nodes }}' }).text).toBe('${{ nodes }}');
  });

  test('a step sees what is bound for it', () => {
    const copy = runbook.phases[0]?.steps.find(({ id }) => id === 'web_2');
    if (copy === undefined) throw new Error('there is no copy');
    expect(fillKnown(copy.summary, seenBy(copy, values)).text).toContain('http://b/shop/${{ version }}');
    const bound = { ...copy, bindings: { app: '${{ previous }}' } };
    expect(fillKnown('${{ app }}', seenBy(bound, values)).isWhole).toBe(false);
  });
});

test('a condition holds, does not, or is not known', () => {
  expect(holdsKnown('nodes < 5', values)).toBe(true);
  expect(holdsKnown('nodes > 5', values)).toBe(false);
  expect(holdsKnown('nodes < 5 || previous == "x"', values)).toBe(null);
});

test('the overview counts what is not known to be left out, and sums what earlier runs took', () => {
  const took = new Map([
    ['look', [10, 30, 20]],
    ['small', [1000]],
    ['big', [9_000_000]],
  ]);
  expect(overviewOf(runbook, { values, durations: took, leftOut: new Map() })).toEqual({
    leftOut: [],
    steps: ['look', 'small', 'later', 'tell', 'drop', 'web_1', 'web_2'],
    changes: ['small', 'later', 'drop'],
    asks: ['tell', 'drop'],
    final: ['later', 'drop'],
    notTaken: ['big'],
    expected: { lowMs: 1020, highMs: 1030, unknown: ['later', 'tell', 'drop', 'web_1', 'web_2'] },
  });
  expect(overviewOf(runbook, { values, durations: new Map(), leftOut: new Map() }).expected).toBe(null);
});
