/** A drill file is held against its runbook: what it names is there, and what could have no effect is told at its place. */
import { expect, test } from 'vitest';
import { drillShape } from '../../src/runbook/drill-shape.ts';
import { drillJsonSchema } from '../../src/runbook/json-schema.ts';
import { blocks, keysIn, page } from '../readme/snippets.ts';
import { coverageOf, drillFileOf, isCovered, runbookOf } from './drilling.ts';

const runbook = runbookOf(`runbook: Release
vars:
  version: { ask: Version, match: 'v\\d' }
  token: { env: TOKEN, secret: true }
  fixed: one
  previous: {}
phases:
  deploy:
    - { id: point, check: ./serving, capture: previous }
    - { id: web, http: http://127.0.0.1:1 }
    - { id: switch, run: ./switch, undo: { run: ./back } }
    - { id: go, approve: boss }
    - { id: pick, choose: { question: Which?, options: [{ label: A }, { label: B }] } }
    - { id: who, ask: Who?, capture: previous_name }
    - { id: both, each: { host: [a, b] }, run: ./do "$host" }`);

const found = (text: string) => drillFileOf(text, runbook).found;

test('a whole file', () => {
  const text = `drill: All of it
vars: { version: v2 }
facts: { serving: v1 }
steps:
  point: { output: '\${{ serving }}', delay: 2s }
  web: { status: 503, output: '{}', sees: { headers: { x: 1.10 } } }
  switch: { exit: 0, facts: { serving: '\${{ version }}' }, undo: [{ delay: 1m }] }
  pick: { answer: B }
  who: { answer: ann }
  both_1: { delay: 1s }`;
  expect(found(text)).toEqual([]);
  const { file } = drillFileOf(text, runbook);
  expect(file?.steps.get('switch')).toEqual({
    exit: 0,
    facts: { serving: '${{ version }}' },
    undo: [{ delay: 60_000 }],
  });
  expect(file?.steps.get('web')).toMatchObject({ sees: { headers: { x: 1.1 } } });
});

test.each([
  ['another kind of document', 'runbook: R', '1:1 wrong-kind'],
  ['no map', '[a]', '1:1 wrong-kind'],
  ['YAML that is none', 'drill: [', '1:9 yaml-syntax'],
  ['a key', 'drill: D\nstep: {}', '2:1 unknown-key'],
  ['a step', 'drill: D\nsteps: { swich: { exit: 1 } }', '2:10 unknown-step'],
  ['a variable', 'drill: D\nvars: { versoin: v1 }', '2:9 unknown-variable'],
  ['a value', 'drill: D\nvars: { version: 1.0 }', '2:18 drill-value'],
  ['a variable that is set', 'drill: D\nvars: { fixed: two }', '2:9 drill-value'],
  ['a secret', 'drill: D\nvars: { token: hush-hush }', '2:9 drill-secret'],
  ['a fact like a variable', 'drill: D\nfacts: { version: v1 }', '2:10 drill-fact'],
  ['a fact like a result', 'drill: D\nfacts: { exit: v1 }', '2:10 wrong-name'],
  ['an exit of a request', 'drill: D\nsteps: { web: { exit: 1 } }', '2:17 drill-key'],
  ['a status of a command', 'drill: D\nsteps: { point: { status: 200 } }', '2:19 drill-key'],
  ['what is not seen', 'drill: D\nsteps: { point: { sees: { count: 1 } } }', '2:27 drill-key'],
  ['an undo that is not there', 'drill: D\nsteps: { point: { undo: { exit: 1 } } }', '2:19 drill-key'],
  ['more undos than there are', 'drill: D\nsteps: { switch: { undo: [{ exit: 1 }, { exit: 1 }] } }', '2:20 drill-key'],
  ['a done_when that is not there', 'drill: D\nsteps: { point: { done_when: { exit: 1 } } }', '2:19 drill-key'],
  ['an answer of nobody', 'drill: D\nsteps: { switch: { answer: yes } }', '2:20 drill-key'],
  ['an output of a gate', 'drill: D\nsteps: { go: { output: yes } }', '2:16 drill-key'],
  ['the identity of nothing', 'drill: D\nidentity: { output: x }', '2:1 drill-step'],
  ['a name in a text', 'drill: D\nsteps: { point: { output: "${{ servign }}" } }', '2:27 unknown-variable'],
  ['a wrong delay', 'drill: D\nsteps: { point: { delay: 2 } }', '2:26 wrong-value'],
])('what is wrong is told at its place: %s', (_what, text, expected) => {
  expect(found(text)).toEqual([expected]);
});

test('the drill file of the pages is one of their first runbook, shows every key, and rehearses it', async () => {
  const text = page('runbooks/README.md');
  const [first = ''] = blocks(text, 'yaml');
  const [drill = ''] = blocks(text, 'yaml drill');
  const shown = runbookOf(first);
  expect(drillFileOf(drill, shown).found).toEqual([]);
  expect(isCovered(await coverageOf(first, drill))).toBe(true);
  const used = keysIn([drill]);
  expect(Object.keys(Object(drillJsonSchema()['properties']))).toEqual(Object.keys(drillShape));
  const named = [...Object.keys(drillShape), 'output', 'exit', 'status', 'delay', 'sees', 'facts', 'undo', 'done_when'];
  expect(named.filter((key) => !used.has(`.${key}`))).toEqual([]);
  expect(text).toContain('`answer`');
});
