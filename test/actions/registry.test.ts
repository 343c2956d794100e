import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import type { Json } from '../../src/runbook/document.ts';
import { compileScope } from '../../src/runbook/expression.ts';
import { Plain } from '../../src/runbook/scalar.ts';

/** One value in a document for each action, and what its effect is. */
const examples: Readonly<Record<string, readonly [unknown, string]>> = {
  run: ['make', 'once'],
  check: ['make -q', 'read'],
  http: ['http://127.0.0.1/', 'read'],
  tcp: ['127.0.0.1:80', 'read'],
  tls: ['127.0.0.1:443', 'read'],
  file: ['VERSION', 'read'],
  grep: [{ pattern: 'x', in: 'a' }, 'read'],
  data: ['package.json', 'read'],
  ci: [{ runs: 'x' }, 'read'],
  scan: [{ run: ['trivy', 'fs', '.'], format: 'json' }, 'read'],
  manual: ['Tell the channel.', 'person'],
  ask: ['Which version?', 'person'],
  choose: [
    {
      question: 'Well?',
      options: [
        { label: 'yes', steps: [{ run: 'x' }] },
        { label: 'no', goto: 'a' },
      ],
    },
    'person',
  ],
  approve: ['release-manager', 'gate'],
  checklist: ['container.yaml', 'gate'],
  include: ['more.yaml', 'read'],
  steps: [[{ run: 'a' }, { run: 'b' }], 'read'],
  parallel: [[{ run: 'a' }, { run: 'b' }], 'read'],
  notify: [{ webhook: 'http://127.0.0.1/', text: 'x' }, 'once'],
};

test('every action of the design is there, and none other', () => {
  expect([...actions.keys()].sort()).toEqual(Object.keys(examples).sort());
});

test.each([...actions.values()].map((action) => [action.name, action] as const))(
  '%s keeps its promises',
  (name, action) => {
    const [value, effect] = examples[name] ?? [];
    const params = action.params.parse(value);
    const again: Json = JSON.parse(JSON.stringify(params));
    expect(action.params.parse(again)).toEqual(params);
    expect(action.effect(params)).toBe(effect);
    expect(action.summary(params)).toMatch(/^\S.{0,199}$/);
    expect(action.perform !== undefined).toBe(effect !== 'person' && effect !== 'gate' && action.flow === 'leaf');
    const scope = compileScope({ variables: {}, extra: action.fields, steps: {} });
    if (action.defaultExpect !== null)
      expect(scope.check(action.defaultExpect)).toMatchObject({ ok: true, type: 'bool' });
    if (action.captureField !== null && action.flow === 'leaf') expect(scope.check(action.captureField).ok).toBe(true);
  },
);

test('unquoted scalars are text where text is expected', () => {
  const manual = actions.get('manual');
  expect(manual?.params.parse(new Plain('1.10', 1.1))).toEqual({ instructions: '1.10' });
});

test.each([
  ['approve', { from: ['a'], count: 0 }],
  ['approve', { from: ['a'], cuont: 1 }],
  ['ask', { question: 'x', match: '(a' }],
  ['choose', { question: 'x', options: [] }],
  ['choose', { question: 'x', options: [{ label: 'a', goto: 'b', steps: [] }] }],
  ['choose', { question: 'x', options: [{ label: 'a' }, { label: 'a' }] }],
  ['http', { url: 'u', method: 'FETCH' }],
  ['notify', { webhook: 'u', text: 'x', format: 'irc' }],
  ['parallel', []],
  ['manual', ' '],
])('%s refuses %j', (name, value) => {
  expect(actions.get(name)?.params.safeParse(value).success).toBe(false);
});
