import { describe, expect, test } from 'vitest';
import type { Runbook, Step } from '../../src/runbook/document.ts';
import { parseText } from './documents.ts';

function runbookOf(text: string, files: Readonly<Record<string, string>> = {}): Runbook {
  const { runbook, diagnostics } = parseText(text, files);
  expect(diagnostics).toStrictEqual([]);
  if (runbook === null) throw new Error('no runbook');
  return runbook;
}

const deploy = (steps: string, head = 'runbook: Case'): string => `${head}\nphases:\n  deploy:\n${steps}`;
const stepsOf = (runbook: Runbook): readonly Step[] => runbook.phases.flatMap(({ steps }) => steps);
const idsOf = (steps: readonly Step[]): readonly string[] =>
  steps.flatMap((step) => [step.id, ...step.blocks.flatMap((block) => idsOf(block.steps))]);

describe('values', () => {
  test('a plain scalar is its source text where text is expected', () => {
    const runbook = runbookOf(
      'runbook: 1.10\nvars: { version: 1.10, yes_no: true, none: "" }\nphases: { deploy: [{ check: true }, { check: 0x10 }] }',
    );
    expect(runbook.title).toBe('1.10');
    expect(runbook.vars['version']?.literal).toBe('1.10');
    expect(runbook.vars['yes_no']?.literal).toBe('true');
    expect(stepsOf(runbook).map(({ params }) => params)).toStrictEqual([{ script: 'true' }, { script: '0x10' }]);
  });

  test('durations are milliseconds and one value serves for a list', () => {
    const [step] = stepsOf(
      runbookOf(
        deploy('    - { check: a, timeout: 10m, retry: { times: 2, every: 250ms }, expect: exit == 3, roles: dba }\n'),
      ),
    );
    expect(step?.timeoutMs).toBe(600_000);
    expect(step?.retry).toStrictEqual({ times: 2, everyMs: 250, passes: 1 });
    expect(step?.expect).toStrictEqual(['exit == 3']);
    expect(step?.roles).toStrictEqual(['dba']);
  });

  test('a list variable is JSON text', () => {
    expect(
      runbookOf(deploy('    - run: make\n', 'runbook: Case\nvars: { hosts: [a, 2, true] }')).vars['hosts'],
    ).toStrictEqual({
      type: 'list',
      secret: false,
      literal: '["a",2,true]',
    });
  });
});

describe('ids', () => {
  test('are made from titles and commands, and never take one that another step gives itself', () => {
    const runbook = runbookOf(
      deploy(
        '    - { title: Build it, run: make }\n    - { title: Build it, run: make }\n    - { id: build_it_2, run: make }\n    - run: make test\n    - { title: "!!!", run: make }\n    - { title: Count, run: make }\n',
      ),
    );
    expect(idsOf(stepsOf(runbook))).toStrictEqual([
      'build_it',
      'build_it_3',
      'build_it_2',
      'make_test',
      'step',
      'step_count',
    ]);
  });

  test('titles are made from ids, else from commands', () => {
    const runbook = runbookOf(deploy('    - { id: rollback_point, run: make }\n    - run: make all\n'));
    expect(stepsOf(runbook).map(({ title }) => title)).toStrictEqual(['Rollback point', 'make all']);
  });
});

describe('undo and done_when', () => {
  test('inherit env and cwd of the step unless they give their own', () => {
    const [step] = stepsOf(
      runbookOf(
        deploy(
          '    - run: a\n      env: { A: "1" }\n      cwd: /srv\n      undo: [{ run: b }, { run: c, env: { B: "2" }, cwd: /tmp }]\n      done_when: { check: d }\n',
        ),
      ),
    );
    expect(step?.undo).toMatchObject({
      kind: 'bodies',
      bodies: [
        { env: { A: '1' }, cwd: '/srv' },
        { env: { B: '2' }, cwd: '/tmp' },
      ],
    });
    expect(step?.doneWhen).toMatchObject({ env: { A: '1' }, cwd: '/srv' });
  });
});

describe('each', () => {
  test('copies a step with its nested steps, binds the names, and fills titles', () => {
    const runbook = runbookOf(
      deploy(
        '    - id: ask_one\n      title: Host ${{ host }}\n      each: { host: [a, b] }\n      choose:\n        question: "Go on with ${{ host }}?"\n        options:\n          - { label: "Yes", steps: [{ id: inner, run: make }, { run: make, when: steps.inner.exit == 0 }] }\n',
      ),
    );
    const steps = stepsOf(runbook);
    expect(idsOf(steps)).toStrictEqual(['ask_one_1', 'inner_1', 'make_1', 'ask_one_2', 'inner_2', 'make_2']);
    expect(steps.map(({ bindings, title }) => [bindings, title])).toStrictEqual([
      [{ host: 'a' }, 'Host a'],
      [{ host: 'b' }, 'Host b'],
    ]);
    expect(steps[1]?.blocks[0]?.steps[1]?.when).toBe('steps.inner_2.exit == 0');
  });
});

describe('include', () => {
  const files = {
    'wave.yaml':
      'steps:\n  - { id: roll, run: \'roll "$host"\', undo: { run: unroll } }\n  - { id: look, check: look, when: \'steps.roll.status == "passed" && steps.start.exit == 0\', title: "Look at ${{ host }}" }\n  - { id: more, include: { steps: inner.yaml, vars: { name: "${{ host }}" } } }\n  - { id: turn, choose: { question: Q, options: [{ label: L, goto: roll }] } }\n',
    'inner.yaml': 'steps:\n  - { id: ping, check: \'ping "$name"\', undo: roll }\n',
  };

  test('splices steps, renames what they say of each other, and hands names through', () => {
    const runbook = runbookOf(
      deploy(
        '    - { id: start, run: make }\n    - id: wave\n      include: { steps: wave.yaml, vars: { host: "${{ app }}-1" } }\n      when: app != ""\n',
        'runbook: Case\nvars: { app: shop }',
      ),
      files,
    );
    const [, roll, look, ping, turn] = stepsOf(runbook);
    expect([roll, look, ping, turn].map((step) => step?.id)).toStrictEqual([
      'wave_roll',
      'wave_look',
      'wave_more_ping',
      'wave_turn',
    ]);
    expect(roll?.when).toBe('app != ""');
    expect(look?.when).toBe('(app != "") && (steps.wave_roll.status == "passed" && steps.start.exit == 0)');
    expect(look?.title).toBe('Look at ${{ app }}-1');
    expect(ping?.bindings).toStrictEqual({ host: '${{ app }}-1', name: '${{ app }}-1' });
    expect(ping?.undo).toStrictEqual({ kind: 'covered', by: 'wave_roll' });
    expect(turn?.blocks[0]?.goto).toBe('wave_roll');
    expect(runbook.documents.map(({ path }) => path)).toStrictEqual(['case.yaml', 'wave.yaml', 'inner.yaml']);
  });

  test('of the same document twice pins it once', () => {
    const runbook = runbookOf(
      deploy(
        '    - { id: start, run: make }\n    - { id: one, include: { steps: wave.yaml, vars: { host: a } } }\n    - { id: two, include: { steps: wave.yaml, vars: { host: b } }, each: { n: [x, y] } }\n',
      ),
      files,
    );
    expect(runbook.documents).toHaveLength(3);
    expect(idsOf(stepsOf(runbook))).toContain('two_2_more_ping');
  });

  test('that multiplies without end is refused', () => {
    const layers = Object.fromEntries(
      Array.from({ length: 8 }, (_, layer) => [
        `${layer}.yaml`,
        `steps:\n${`  - include: { steps: ${layer + 1}.yaml }\n`.repeat(8)}`,
      ]),
    );
    const { diagnostics, runbook } = parseText(deploy('    - include: 0.yaml\n'), {
      ...layers,
      '8.yaml': 'steps: [{ run: make }]',
    });
    expect(diagnostics.map(({ code }) => code)).toStrictEqual(['too-many-steps']);
    expect(runbook).toBeNull();
  });
});

describe('a step on more hosts than it may happen on', () => {
  const named = (count: number) => ({ 'names.txt': Array.from({ length: count }, (_, at) => `web${at}\n`).join('') });
  const text = deploy(
    '    - { on: [web, db], check: make }\n',
    'runbook: Case\nhosts: { web: { file: names.txt }, db: db1 }',
  );

  test('is refused before a run begins', () => {
    const { diagnostics, runbook } = parseText(text, named(1000));
    expect(diagnostics.map(({ code, message }) => [code, message])).toStrictEqual([
      ['too-many-hosts', '1001 hosts, and a step happens on at most 1000'],
    ]);
    expect(runbook).toBeNull();
    expect(parseText(text, named(999)).diagnostics).toStrictEqual([]);
  });
});

describe('checklists', () => {
  test('become blocks of items that are called after their step', () => {
    const runbook = runbookOf(deploy('    - { id: gate, checklist: list.yaml }\n'), {
      'list.yaml':
        'checklist: List\ncategories:\n  one: { weight: 2.5, items: [{ id: a, check: a, severity: blocker, ttl: 1d }, { manual: Is b done?, requires: a, weight: 3 }] }\n',
    });
    const [gate] = stepsOf(runbook);
    expect(gate?.checklist).toStrictEqual({
      title: 'List',
      path: 'list.yaml',
      scale: 10,
      categories: [{ id: 'one', title: 'One', weight: '2.5' }],
    });
    expect(gate?.blocks[0]?.steps.map(({ id, title, item }) => [id, title, item])).toStrictEqual([
      ['gate_a', 'A', { category: 'one', severity: 'blocker', ttlMs: 86_400_000, requires: [] }],
      ['gate_is_b_done', 'Is b done?', { category: 'one', severity: 'medium', weight: '3', requires: ['gate_a'] }],
    ]);
  });

  test('stand alone with their categories as phases', () => {
    const runbook = runbookOf(
      'checklist: List\nscale: 5\ncategories: { one: { title: First, items: [{ id: a, check: a }] } }\n',
    );
    expect(runbook.kind).toBe('checklist');
    expect(runbook.phases.map(({ id, title, steps }) => [id, title, idsOf(steps)])).toStrictEqual([
      ['one', 'First', ['a']],
    ]);
    expect(runbook.checklist?.scale).toBe(5);
  });
});

describe('fragments', () => {
  test('are checked alone as far as that goes, and refused where a runbook is needed', () => {
    const { runbook, diagnostics } = parseText('steps:\n  - { check: "true", expect: exti == 0 || count_of > 3 }\n');
    expect(diagnostics).toStrictEqual([]);
    expect(runbook?.phases[0]?.steps).toHaveLength(1);
  });
});
