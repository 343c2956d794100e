/** What is offered and told at a place of a document that may be half written. `|` is the cursor. */
import { expect, test } from 'vitest';
import { createEditor } from '../../src/app/editor.ts';

const head = `runbook: Mend
roles: { keeper: [Ada] }
vars:
  region: { ask: Which region, choices: [eu, us] }
  token: { env: TOKEN, secret: true }
`;

function asked(text: string): { offered: readonly string[]; hover: string | null } {
  const editor = createEditor();
  const offset = text.indexOf('|');
  const path = '/nowhere/mend.yaml';
  editor.open(path, text.slice(0, offset) + text.slice(offset + 1));
  return {
    offered: editor.complete(path, offset).map(({ name }) => name),
    hover: editor.hover(path, offset)?.markdown ?? null,
  };
}

const step = (text: string): string =>
  `${head}phases:\n  mend:\n    - id: fence\n      check: ./probe\n      capture: seen\n    - ${text}`;

test.each([
  ['an empty file', '|', ['runbook', 'checklist', 'steps'], ['run']],
  ['a key of a runbook', `${head}ph|`, ['phases', 'rollback'], ['runbook', 'vars', 'run']],
  ['the first key of a step', step('|'), ['run', 'manual', 'id', 'when'], ['phases']],
  ['a key beside an action', step('run: ./x\n      |'), ['undo', 'timeout', 'shell'], ['http', 'run']],
  ['a key in a flow map', step('http: { url: "http://a", | }'), ['method', 'headers'], ['url', 'run']],
  ['a word that is a value', step('run: ./x\n      on_fail: |'), ['ask', 'rollback', 'continue'], ['run']],
  ['true or false', step('run: ./x\n      danger: |'), ['true', 'false'], []],
  ['a key of a variable', 'runbook: X\nvars:\n  a: { | }', ['ask', 'env', 'secret'], ['phases']],
  ['a step', step('run: ./x\n      undo: |'), ['fence'], ['region']],
  ['a variable', step('check: ./x\n      capture: |'), ['region', 'seen'], ['fence']],
  ['a role', step('approve: { from: [|] }'), ['keeper'], ['region']],
  [
    'result fields, variables, functions',
    step('check: ./x\n      expect: |'),
    ['stdout', 'exit', 'region', 'size'],
    ['ms_left'],
  ],
  ['what another action gives', step('http: http://a\n      expect: stat|'), ['status', 'json'], ['exit']],
  ['no fields in a condition before it', step('check: ./x\n      when: |'), ['region', 'steps'], ['stdout']],
  ['what a capture sees', step('check: ./x\n      capture: { one: | }'), ['stdout', 'json'], []],
  ['methods after a dot', step('check: ./x\n      expect: stdout.|'), ['contains', 'matches'], ['stdout', 'int']],
  ['steps in an expression', step('check: ./x\n      when: steps.|'), ['fence'], ['region']],
  ['fields of a step', step('check: ./x\n      when: steps.fence.|'), ['exit', 'visits'], ['fence']],
  ['a template', step('manual: "Tell ${{ | }}"'), ['region'], []],
  ['a variable in a script', step('run: echo "$|"'), ['region', 'seen'], ['fence']],
  ['nothing in the words of a script', step('run: echo |'), [], ['region']],
  ['nothing in text of an expression', step('check: ./x\n      expect: stdout == "a|"'), [], ['region']],
  ['nothing in a comment', `${head}# a |`, [], ['phases']],
  ['after a text that is not closed', `${head}environment: "oops\nphases:\n  mend:\n    - |`, [], []],
  ['the name of a copy', step('each: { host: [a, b] }\n      check: ./x\n      when: |'), ['host'], []],
  [
    'a checklist',
    'checklist: X\ncategories:\n  a:\n    items:\n      - manual: Is it?\n        sev|',
    ['severity', 'fix'],
    ['run'],
  ],
  ['a fragment', 'steps:\n  - id: a\n    check: ./x\n    on|', ['on_fail'], ['check']],
])('%s', (_, text, wanted, unwanted) => {
  const { offered } = asked(text);
  expect(wanted.filter((name) => !offered.includes(name))).toEqual([]);
  expect(unwanted.filter((name) => offered.includes(name))).toEqual([]);
});

test.each([
  ['a key', step('run: ./x\n      on_f|ail: ask'), 'where nobody is asked'],
  ['an action', step('ht|tp: http://a'), 'HTTP request'],
  ['a key of an action', step('http: { met|hod: GET, url: http://a }'), 'method'],
  ['a step', step('run: ./x\n      undo: fen|ce'), './probe'],
  ['a variable', step('run: echo "$reg|ion"'), 'Which region'],
  ['a secret without its value', step('run: ./x\n      env: { T: "${{ tok|en }}" }'), 'secret'],
  ['a result field', step('check: ./x\n      expect: std|out == "a"'), 'string'],
  ['a function', step('check: ./x\n      expect: si|ze(stdout) > 1'), 'how many'],
])('the hover of %s tells of it', (_, text, wanted) => {
  expect(asked(text).hover).toContain(wanted);
});
