/** Copies of a step over lists that only the run knows: made on arrival, kept apart, undone, gathered. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Stage, statuses } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function play(text: string, answers?: string, vars: Readonly<Record<string, string>> = {}) {
  const file = stage.write('runbook.yaml', `runbook: Test\n${text}`);
  const path = answers === undefined ? undefined : stage.write('answers.yaml', answers);
  const ended = await stage.headless(file, vars, path);
  return { ended, shown: await stage.shown() };
}

const log = () => (stage.has('log') ? stage.read('log').trim().split('\n') : []);

const hosts = `vars: { hosts: { type: list } }
phases:
  all:
    - { id: list, check: cat hosts.json, capture: hosts }
`;

describe('each over a list of the run', () => {
  test('copies are made on arrival, in order, and undone each with its own value', async () => {
    stage.write('hosts.json', '["web1", "web2", "$(touch pwned) ${{ hosts }}"]');
    const { ended, shown } = await play(`${hosts}    - id: drain
      title: Drain \${{ host }}
      each: { host: "\${{ hosts }}" }
      run: echo "drain $host" >> log
      undo: { run: echo "undo $host" >> log }
    - { id: fails, run: exit 1, on_fail: rollback }
`);
    expect(ended.code).toBe(1);
    const last = '$(touch pwned) ${{ hosts }}';
    expect(log()).toEqual([
      ...['web1', 'web2', last].map((host) => `drain ${host}`),
      ...[last, 'web2', 'web1'].map((host) => `undo ${host}`),
    ]);
    expect(stage.has('pwned')).toBe(false);
    expect(statuses(shown)).toMatchObject({ drain: 'passed', drain_1: 'passed', drain_3: 'passed' });
    expect(shown.steps.find(({ id }) => id === 'drain_2')?.title).toBe('Drain web2');
    expect(shown.rollback.done).toEqual(['undo_drain_3', 'undo_drain_2', 'undo_drain_1']);
  });

  test('a name that is bound anew inside takes the parts of the map outside with it', async () => {
    const { ended } = await play(`phases:
  all:
    - id: out
      each: { host: [{ name: a }] }
      steps:
        - { id: text, each: { host: [x, y] }, check: echo "$host", capture: seen }
        - id: map
          each: { host: [{ zone: z }] }
          run: echo "$host_zone \${host_name:-none}" >> log
        - { id: after, run: echo "$host_name" >> log }
`);
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['z none', 'a']);
  });

  test('values may be maps, in expressions and in scripts, also in a list that is given', async () => {
    const { ended } = await play(
      `vars: { hosts: { type: list, ask: Which hosts? } }
phases:
  all:
    - id: ping
      each: { host: "\${{ hosts }}" }
      when: host.port != "0"
      run: [sh, -c, 'echo "$1" >> log', x, "\${{ host.name }}:\${{ host.port }}"]
    - { id: name, each: { host: "\${{ hosts }}" }, run: echo "$host_name" >> log }
    - { id: written, each: { box: [{ name: a, size: 1 }, { name: b, size: 2 }] }, run: echo "$box_name $box_size" >> log }
`,
      undefined,
      { hosts: '[{"name": "web1", "port": 80}, {"name": "web2", "port": 0}]' },
    );
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['web1:80', 'web1', 'web2', 'a 1', 'b 2']);
  });

  test('what a copy captures is its own, is seen by its name, and is gathered into a list', async () => {
    stage.write('hosts.json', '["web1", "web2"]');
    const { ended, shown } = await play(`${hosts}    - id: image
      each: { host: "\${{ hosts }}" }
      gather: { digests: image_digest }
      steps:
        - { id: read, check: echo "sha-$host", capture: image_digest }
        - { id: use, run: echo "$host has $image_digest" >> log }
    - { id: second, run: [sh, -c, 'echo "$1" >> log', x, "\${{ steps.read_2.captured.image_digest }}"] }
    - { id: all, each: { digest: "\${{ digests }}" }, run: echo "$digest" >> log }
`);
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['web1 has sha-web1', 'web2 has sha-web2', 'sha-web2', 'sha-web1', 'sha-web2']);
    expect(shown.vars['digests']).toBe('["sha-web1","sha-web2"]');
    expect(statuses(shown)).toMatchObject({ image_1: 'passed', read_1: 'passed', use_2: 'passed', all_2: 'passed' });
  });

  test('a run that is left in the middle of its copies goes on with the rest, over the same values', async () => {
    stage.write('hosts.json', '["a", "b", "c"]');
    const text = `${hosts}    - id: go
      each: { host: "\${{ hosts }}" }
      run: test "$host" != b || test -e fixed; echo "$host" >> log
`;
    const { ended } = await play(text);
    expect(ended.code).toBe(3);
    expect(log()).toEqual(['a']);
    stage.write('hosts.json', '["x"]');
    stage.write('fixed', '');
    const more = stage.write('more.yaml', 'go_2: { retry: Fixed }');
    expect((await stage.gonogo('resume', 'latest', '--headless', '--answers', more)).code).toBe(0);
    expect(log()).toEqual(['a', 'b', 'c']);
  });

  test('in parallel each copy is a branch, and at_most bounds them', async () => {
    stage.write('hosts.json', '["a", "b", "c"]');
    const { ended, shown } = await play(`${hosts}    - id: rolling
      at_most: 1
      parallel:
        - id: one
          each: { host: "\${{ hosts }}" }
          steps:
            - { id: enter, run: mkdir busy }
            - { id: leave, run: rmdir busy; echo "$host" >> log }
`);
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['a', 'b', 'c']);
    expect(statuses(shown)).toMatchObject({ rolling: 'passed', one: 'passed', one_3: 'passed' });
  });

  test('a second visit makes its copies anew, and an undo sees the values of its own visit', async () => {
    const { ended } = await play(`vars: { hosts: { type: list } }
phases:
  all:
    - { id: list, check: 'if test -e log; then echo "[\\"z\\"]"; else echo "[\\"a\\", \\"b\\"]"; fi', capture: hosts }
    - { id: go, each: { host: "\${{ hosts }}" }, run: echo "$host" >> log, undo: { run: echo "undo $host" >> log } }
    - { id: again, choose: { decide: when, options: [{ label: again, when: steps.go.visits < 2, goto: list }, { label: on }] } }
    - { id: fails, run: exit 1, on_fail: rollback }
`);
    expect(ended.code).toBe(1);
    expect(log()).toEqual(['a', 'b', 'z', 'undo z', 'undo b', 'undo a']);
  });

  test.each([
    ['text', '"web1"', 'is no list: declare the variable with type: list'],
    ['too many', JSON.stringify(Array.from({ length: 1001 }, (_, n) => n)), 'each has 1001 values, and at most 1000'],
  ])('%s is no list to make copies of: the step fails before any', async (_, value, message) => {
    stage.write('value', value);
    const { ended, shown } = await play(`phases:
  all:
    - { id: list, check: cat value, capture: found }
    - { id: go, each: { host: "\${{ found }}" }, run: echo "$host" >> log, on_fail: continue }
`);
    expect(ended.code).toBe(1);
    expect(shown.steps.find(({ id }) => id === 'go')?.reason).toContain(message);
    expect(log()).toEqual([]);
  });

  test('an answers file speaks of copies before there are any', async () => {
    stage.write('hosts.json', '["a", "b"]');
    const text = `${hosts}    - { id: look, each: { host: "\${{ hosts }}" }, manual: "Look at \${{ host }}" }\n`;
    const { ended } = await play(text, 'look_1: done\nlook_2: { note: seen }');
    expect(ended.code).toBe(0);
    const wrong = await stage.headless(stage.path('runbook.yaml'), {}, stage.write('wrong.yaml', 'loko_1: done'));
    expect(wrong.code).toBe(2);
  });

  test('an empty list makes no copy, and the run goes on', async () => {
    stage.write('hosts.json', '[]');
    const { ended, shown } = await play(`${hosts}    - { id: go, each: { host: "\${{ hosts }}" }, run: exit 1 }\n`);
    expect(ended.code).toBe(0);
    expect(statuses(shown)).toEqual({ list: 'passed', go: 'passed' });
  });
});

describe('matrix', () => {
  test('takes each with each, also with a list of the run', async () => {
    stage.write('hosts.json', '["x", "y"]');
    const { ended } = await play(`${hosts}    - { id: now, matrix: { a: [1, 2], b: [p, q] }, run: echo "$a$b" >> log }
    - { id: later, matrix: { a: [1, 2], host: "\${{ hosts }}" }, run: echo "$a$host" >> log }
`);
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['1p', '1q', '2p', '2q', '1x', '1y', '2x', '2y']);
  });

  test('lists of one each are taken together and must be of one length; check says that they are', async () => {
    stage.write('hosts.json', '["x", "y", "z"]');
    const { ended, shown } = await play(
      `${hosts}    - { id: go, each: { n: [1, 2], host: "\${{ hosts }}" }, run: echo "$n$host" >> log, on_fail: continue }\n`,
    );
    expect(ended.code).toBe(1);
    expect(shown.steps.find(({ id }) => id === 'go')?.reason).toContain('n has 2 values, host has 3');
    const checked = await stage.gonogo('check', 'runbook.yaml');
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain('note[each-zipped]: n and host are taken together');
  });
});

test('plan says what copies are made over, and makes up none', async () => {
  stage.write('hosts.json', '["a"]');
  stage.write(
    'runbook.yaml',
    `runbook: Test\n${hosts}    - { id: go, each: { host: "\${{ hosts }}" }, run: echo "$host", undo: { run: echo undo } }\n`,
  );
  const { stdout } = await stage.gonogo('plan', 'runbook.yaml');
  expect(stdout).toContain('for each host of ${{ hosts }}');
  expect(stdout).toContain('go_1, go_2, …');
  expect(stdout).toContain('run: echo "$host"');
  expect(stdout).toContain('undo: run: echo undo');
  expect(stdout).not.toContain('_N1');
});
