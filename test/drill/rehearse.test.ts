/** What a rehearsal finds of a plan: each way in which a way back may lack, and none where there is one. */
import { expect, test } from 'vitest';
import { NoWay } from '../../src/drill/rehearse.ts';
import { coverageOf, isCovered, open, standing } from './drilling.ts';

const head = 'runbook: Release\ntarget: { name: shop, identity: { check: hostname } }\nphases:\n  deploy:\n';

test('a change with an undo has a way back from each of its points, and a look has no point', async () => {
  const coverage = await coverageOf(`${head}    - { id: look, check: ./look }
    - { id: switch, run: ./switch, undo: { run: ./back } }`);
  expect(isCovered(coverage)).toBe(true);
  expect(standing(coverage, 'covered')).toEqual({
    switch: [
      'fails-before',
      'in-doubt',
      'fails-after',
      'crash-before',
      'crash-after',
      'network-lost',
      'target-drifts',
      'rollback',
      'undo-fails',
    ],
  });
});

test('a change without undo leaves every point open from its begin on, also those of later steps', async () => {
  const coverage = await coverageOf(`${head}    - { id: install, run: npm ci, effect: idempotent }
    - { id: switch, run: ./switch, undo: { run: ./back } }`);
  expect(standing(coverage, 'covered')).toEqual({ install: ['fails-before', 'crash-before', 'target-drifts'] });
  expect(coverage.outcomes.filter(({ standing: as }) => as === 'open').map(({ left }) => left)).toEqual(
    Array.from({ length: 14 }, () => [{ step: 'install', why: 'missing' }]),
  );
});

test('what the document says of it is marked: undo none with why, and danger without undo', async () => {
  const coverage = await coverageOf(`${head}    - { id: install, run: npm ci, why: Only packages., undo: none }
    - { id: drop, run: ./drop, danger: true }`);
  expect(open(coverage)).toEqual([]);
  const last = coverage.outcomes.findLast(({ point }) => point.step === 'drop' && point.kind === 'rollback');
  expect(last).toMatchObject({
    standing: 'marked',
    left: [
      { step: 'install', why: 'none' },
      { step: 'drop', why: 'danger' },
    ],
  });
});

test('an undo that needs what its own step captures does not get there when the step fails', async () => {
  const coverage = await coverageOf(
    `${head}    - { id: create, run: ./create, capture: made, undo: { run: './remove "$made"' } }`,
  );
  expect(open(coverage)).toEqual(['create in-doubt', 'create fails-after', 'create network-lost']);
  expect(coverage.outcomes.find(({ standing: as }) => as === 'open')?.end).toEqual({
    kind: 'stuck',
    step: 'undo_create',
    reason: 'variable made is not set',
  });
});

test('what is covered by the undo of a later step has its way back before that step too', async () => {
  const coverage = await coverageOf(`${head}    - { id: copy, run: ./copy, undo: switch }
    - { id: switch, run: ./switch, undo: [{ run: ./back }, { run: ./clean }] }`);
  expect(isCovered(coverage)).toBe(true);
});

test('a rollback step that cannot get there leaves its rollback unfinished', async () => {
  const coverage = await coverageOf(`runbook: Release
vars: { made: {} }
phases:
  deploy:
    - { id: first, run: ./first, undo: { run: ./unfirst } }
    - { id: create, run: ./create, capture: made, undo: { run: ./remove } }
rollback: { steps: [{ id: told, check: './told "$made"' }] }`);
  expect(standing(coverage, 'covered')['create']).toEqual(['crash-after', 'rollback', 'undo-fails']);
  expect(standing(coverage, 'open')['first']).toContain('rollback');
});

test('gates, secrets, loops, copies, branches, hooks and people do not keep a rehearsal from its end', async () => {
  const coverage = await coverageOf(
    `runbook: Everything
roles: { boss: [ann] }
vars:
  token: { env: TOKEN, secret: true }
  key: { from: [no-such-program], secret: true }
  region: { ask: Region, choices: [eu, us] }
  hosts: { type: list }
  number_of: { type: int }
hooks: { failed: [{ run: touch hooked }], completed: [{ run: touch hooked }] }
phases:
  pre:
    - id: ready
      checklist:
        categories:
          ops: { items: [{ id: asked, manual: Is it?, severity: blocker }, { id: found, file: README.md, expect: exists }] }
    - { id: go, approve: { from: [boss], count: 1, signed: true } }
    - { id: list, check: ./hosts, expect: size(stdout) > 3, capture: hosts }
    - { id: counted, http: http://127.0.0.1:1/x, expect: json.count > 3, capture: { number_of: json.count } }
  deploy:
    - id: on_each
      each: { host: '\${{ hosts }}' }
      run: ./install "$host"
      undo: { run: ./uninstall "$host" }
    - id: both
      parallel:
        - { id: a, run: ./a, undo: { run: ./ua } }
        - id: c
          steps: [{ id: c1, run: ./c1, undo: { run: ./uc1 } }, { id: c2, run: ./c2, undo: c1 }]
    - { id: part, include: { steps: part.yaml } }
    - id: loops
      choose: { decide: when, options: [{ label: More, when: steps.loops.visits < 2, goto: both }, { label: On }] }
    - id: pick
      choose:
        question: Which?
        options:
          - { label: Left, steps: [{ id: l, run: ./l, undo: { run: ./ul } }] }
          - { label: Right, steps: [{ id: r, run: ./r, undo: { run: ./ur } }] }
          - { label: Again, goto: both }
    - { id: far, run: ./far, when: region == "us", undo: { run: ./unfar } }
    - { id: hand, manual: Do it, undo: { manual: Undo it } }
    - { id: ignored, run: ./i, on_fail: ignore, undo: { run: ./ui } }
    - { id: tried, run: ./t, effect: idempotent, retry: { times: 3, every: 1h }, env: { T: '\${{ token }}', K: '\${{ key }}' }, undo: { run: ./ut } }
    - { id: owes, run: ./o, owes: a debt, undo: { run: ./uo } }`,
    null,
    { 'part.yaml': 'steps: [{ id: inner, run: ./inner, undo: { run: ./uninner } }]' },
  );
  expect(open(coverage)).toEqual([]);
  expect(isCovered(coverage)).toBe(true);
  expect(coverage.ways).toEqual([
    [],
    [{ step: 'pick', label: 'Right' }],
    [{ step: 'far', label: null }],
    [{ step: 'pick', label: 'Again' }],
  ]);
  const steps = new Set(coverage.outcomes.map(({ point }) => point.step));
  for (const step of ['go', 'on_each_1', 'a', 'c2', 'part_inner', 'l', 'r', 'far', 'hand', 'ignored', 'tried', 'owes'])
    expect(steps).toContain(step);
  expect(coverage.outcomes.some(({ point }) => point.step === 'c1' && point.visit === 2)).toBe(true);
});

test('stand-ins are judged as a run would: what they tell, the facts that steps change, and what undoes them', async () => {
  const text = `runbook: Release
vars: { version: { ask: Version, match: 'v\\d' }, previous: {} }
phases:
  deploy:
    - { id: point, check: ./serving, expect: stdout != version, capture: previous }
    - id: switch
      run: ./switch "$version"
      done_when: { check: ./serving, expect: stdout == version }
      undo: { run: ./switch "$previous" }
    - { id: served, check: ./serving, expect: stdout == version }
rollback:
  steps: [{ id: back, check: ./serving, expect: stdout == previous }]`;
  const drill = (facts: string): string => `drill: The switch
vars: { version: v2 }
facts: { serving: v1 }
steps:
  point: { output: '\${{ serving }}' }
  switch: { ${facts} done_when: { output: '\${{ serving }}' } }
  served: { output: '\${{ serving }}' }
  back: { output: '\${{ serving }}' }`;
  expect(isCovered(await coverageOf(text, drill("facts: { serving: '${{ version }}' },")))).toBe(true);
  // Without the change the run itself does not get through.
  const stuck = coverageOf(text, drill(''));
  await expect(stuck).rejects.toThrow(NoWay);
  await expect(stuck).rejects.toMatchObject({ step: 'served' });
});

test('a stand-in that takes longer than its step may, or that ends otherwise than expected, fails the step', async () => {
  const text = 'runbook: R\nphases: { deploy: [{ id: slow, run: ./slow, timeout: 1m, undo: { run: ./back } }] }';
  expect(isCovered(await coverageOf(text, 'drill: D\nsteps: { slow: { delay: 59s } }'))).toBe(true);
  await expect(coverageOf(text, 'drill: D\nsteps: { slow: { delay: 61s } }')).rejects.toThrow('1m');
  await expect(coverageOf(text, 'drill: D\nsteps: { slow: { exit: 3, output: no room } }')).rejects.toThrow('exit 3');
});

test('an undo whose stand-in fails never gets there', async () => {
  const text = 'runbook: R\nphases: { deploy: [{ id: a, run: ./a, undo: { run: ./back } }] }';
  const coverage = await coverageOf(text, 'drill: D\nsteps: { a: { undo: { exit: 1 } } }');
  expect(standing(coverage, 'open')['a']).toContain('rollback');
  expect(standing(coverage, 'covered')['a']).toEqual(['fails-before', 'crash-before']);
});

test('a loop that never ends is told, and so are steps to which nothing leads', async () => {
  const loop = `runbook: R
phases:
  deploy:
    - { id: a, run: ./a, undo: { run: ./back } }
    - id: again
      choose: { decide: when, at_most: 1000000, options: [{ label: More, when: 1 < 2, goto: a }, { label: On }] }`;
  await expect(coverageOf(loop)).rejects.toThrow('never comes to rest');
  const none = `runbook: R
vars: { hosts: { type: list } }
phases:
  deploy:
    - { id: list, check: ./list, capture: hosts }
    - { id: on_each, each: { host: '\${{ hosts }}' }, run: ./do "$host", undo: { run: ./back } }`;
  const coverage = await coverageOf(none, "drill: D\nsteps: { list: { output: '[]' } }");
  expect(coverage.unreached).toEqual(['on_each_N']);
});

test('a later way that stands still is told with its reason, and the ways after it are taken', async () => {
  const text = `runbook: R
phases:
  deploy:
    - id: how
      choose:
        question: How?
        options:
          - { label: First, steps: [{ id: a, run: ./a, undo: { run: ./ua } }] }
          - { label: Second, steps: [{ id: ready, check: ./ready }, { id: b, run: ./b, undo: { run: ./ub } }] }
          - { label: Third, steps: [{ id: c, run: ./c, undo: { run: ./uc } }] }`;
  const coverage = await coverageOf(text, 'drill: D\nsteps: { ready: { exit: 4 } }');
  expect(coverage.ways.map((decided) => decided.map(({ label }) => label))).toEqual([[], ['Second'], ['Third']]);
  expect(coverage.stood).toEqual([{ way: 1, step: 'ready', reason: 'exit 4' }]);
  expect(coverage.unreached).toEqual(['b']);
});

test('the same document gives the same coverage', async () => {
  const text = `${head}    - id: both
      parallel: [{ id: a, run: ./a, undo: { run: ./ua } }, { id: b, run: ./b }, { id: c, http: { url: 'http://127.0.0.1:1', method: POST } }]
    - { id: d, run: ./d, undo: a }`;
  expect(await coverageOf(text)).toEqual(await coverageOf(text));
});
