/** Values that a step would have captured, given where it is not run; and parts of a document that are left out at the start. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Stage, statuses } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

const file = (text: string) => stage.write('runbook.yaml', `runbook: Test\n${text}`);
const play = (text: string, answers?: string, vars: Readonly<Record<string, string>> = {}) =>
  stage.headless(file(text), vars, answers === undefined ? undefined : stage.write('answers.yaml', answers));
const log = () => (stage.has('log') ? stage.read('log').trim().split('\n') : []);

const captures = `vars: { previous: { match: 'v\\d+' } }
phases:
  all:
    - { id: reads, check: exit 1, capture: previous }
    - { id: uses, run: echo "uses $previous" >> log, undo: { run: echo "back to $previous" >> log } }
`;

describe('a value', () => {
  test('is given with a skip, with a step marked done by hand, and with another try', async () => {
    expect((await play(captures, 'reads: { skip: The page says it, set: { previous: v7 } }')).code).toBe(0);
    expect((await play(captures, 'reads: { passed: I looked, set: { previous: v8 } }')).code).toBe(0);
    const retried = captures
      .replace('check: exit 1, ', 'check: test "$other" = right, ')
      .replace('vars: {', 'vars: { other: wrong,');
    const text = retried.replace(', capture: previous', '').replaceAll('$previous', '$other');
    expect((await play(text, 'reads: { retry: It was the wrong one, set: { other: right } }')).code).toBe(0);
    expect(log()).toEqual(['uses v7', 'uses v8', 'uses right']);
    expect((await stage.shown()).vars).toMatchObject({ other: 'right' });
  });

  test('fits its variable like any other, and belongs to what the step captures', async () => {
    for (const [entry, message] of [
      ['passed: I looked, set: { previous: latest }', 'previous: it must match v\\d+, but it is "latest"'],
      ['skip: No need, set: { version: v1 }', 'reads does not capture version; it captures previous'],
      ['retry: Once more, set: { versoin: v1 }', 'there is no variable versoin'],
    ]) {
      const refused = await play(captures, `reads: { ${entry} }`);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(message);
    }
    expect(stage.has('state')).toBe(false);
  });

  test('that was never given fails who needs it with the reason, or is asked for where the variable says so', async () => {
    const without = await play(captures, 'reads: { skip: No need of it }');
    expect(without.code).toBe(3);
    expect(without.stderr).toContain(
      'uses failed: variable previous is not set: reads, which captures it, was skipped (No need of it)',
    );
    const asking = captures.replace("match: 'v\\d+'", "match: 'v\\d+', or: ask");
    expect((await play(asking, 'reads: { skip: No need of it }')).stderr).toContain('waits for a value for previous');
    expect((await play(asking, 'reads: { skip: No need of it }\nprevious: v9')).code).toBe(0);
    expect(log()).toEqual(['uses v9']);
  });

  test.each([
    [
      'failed and was ignored',
      '- { id: reads, check: exit 7, capture: previous, on_fail: ignore }',
      'reads, which captures it, failed (exit 7)',
    ],
    [
      'stands in an option that nobody chose',
      '- { id: way, choose: { decide: when, options: [{ label: a, when: "false", steps: [{ id: reads, check: echo v1, capture: previous }] }, { label: b, when: "true" }] } }',
      'reads, which captures it, has not run',
    ],
    [
      'is of the same copy, not of another',
      '- { id: each_one, each: { host: "${{ hosts }}" }, steps: [{ id: reads, check: exit "$host", capture: previous, on_fail: ignore }, { id: needs, run: echo "$previous" >> log }] }',
      'reads_1, which captures it, failed (exit 5)',
    ],
  ])('whose step %s says so', async (_, step, reason) => {
    const text = `vars: { previous: {}, hosts: { type: list, default: '[5, 6]' } }
phases:
  all:
    ${step}
    - { id: uses, run: echo "$previous" >> log }
`;
    const ended = await play(text);
    expect(ended.stderr).toContain(`variable previous is not set: ${reason}`);
    expect((await stage.gonogo('verify', 'latest')).code).toBe(0);
  });

  test('comes with done_when, and of several that capture it the newest counts; an undo sees what its visit left', async () => {
    const text = `vars: { previous: {} }
phases:
  all:
    - id: first
      run: "false"
      capture: previous
      done_when: { check: echo v3, capture: previous }
    - { id: one, run: echo "one $previous" >> log, undo: { run: echo "undo one $previous" >> log } }
    - { id: second, check: echo v4, capture: previous }
    - { id: two, run: echo "two $previous" >> log, undo: { run: echo "undo two $previous" >> log } }
    - { id: fails, run: exit 1, on_fail: rollback }
`;
    expect((await play(text)).code).toBe(1);
    expect(log()).toEqual(['one v3', 'two v4', 'undo two v4', 'undo one v3']);
    expect(statuses(await stage.shown())).toMatchObject({ first: 'skipped' });
  });

  test('is read by a command before the first step, else asked for', async () => {
    const text = `vars: { branch: { from: [cat, branch], or: ask, match: '[a-z]+' } }
phases: { all: [{ id: uses, run: echo "$branch" >> log }] }
`;
    stage.write('branch', 'main\n');
    expect((await play(text)).code).toBe(0);
    stage.write('branch', 'NOT FIT\n');
    const asks = await play(text);
    expect(asks.code).toBe(3);
    expect(asks.stderr).toContain('waits for a value for branch');
    expect((await play(text, 'branch: other')).code).toBe(0);
    expect(log()).toEqual(['main', 'other']);
  });
});

describe('run', () => {
  const text = `vars: { image: {} }
phases:
  build:
    - { id: build, run: echo build >> log, capture: image }
    - { id: test, check: echo test >> log }
  deploy:
    - { id: deploy, run: echo "deploy $image" >> log }
    - { id: tell, run: echo tell >> log }
  after:
    - { id: gate, approve: { from: [bob] } }
`;
  const start = (...flags: readonly string[]) => stage.gonogo('run', file(text), '--headless', ...flags);

  test('--from begins later, with the values of what is left out, and a resume leaves out the same', async () => {
    const begun = await start(
      '--from',
      'deploy',
      '--reason',
      'built already',
      '--var',
      'image=sha1',
      '--skip',
      'tell=nobody is there',
    );
    expect(begun.code).toBe(3);
    expect(log()).toEqual(['deploy sha1']);
    await stage.gonogo('approve', 'latest', 'gate', '--operator', 'bob');
    expect((await stage.gonogo('resume', 'latest', '--headless')).code).toBe(0);
    const shown = await stage.shown();
    expect(statuses(shown)).toMatchObject({ build: 'skipped', test: 'skipped', deploy: 'passed', tell: 'skipped' });
    expect(shown.steps.find(({ id }) => id === 'tell')?.reason).toBe('nobody is there');
    await stage.gonogo('report', 'latest', '--out', 'report');
    expect(stage.read('report/report.md')).toContain('left out: build, test, tell');
    expect((await stage.gonogo('verify', 'report')).code).toBe(0);
  });

  test('is refused for a gate, for what the document does not have, and without a reason', async () => {
    for (const [flags, message] of [
      [['--only', 'deploy', '--reason', 'x'], 'gate is a gate, and no gate is left out; nothing was started'],
      [['--skip', 'gate=no time'], 'gate is a gate, and no gate is left out'],
      [['--from', 'deploy'], '--from: say why the rest is left out'],
      [['--from', 'deploi', '--reason', 'x'], 'there is no step deploi'],
      [['--from', 'after', '--reason', 'x'], 'after is a phase, and its first step is gate'],
      [['--only', 'prod', '--reason', 'x'], 'there is no phase prod; phases: build, deploy, after'],
      [['--skip', 'tell'], '--skip tell: write STEP=REASON'],
      [['--var', 'image=sha1'], 'image: a step of the document captures it'],
    ] as const) {
      const refused = await start(...flags);
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
      expect(await stage.gonogo('plan', file(text), ...flags)).toMatchObject({ code: 2, stderr: refused.stderr });
    }
    expect((await stage.gonogo('list')).stdout).toBe('');
  });

  test('is refused for copies of a gate, which are called as the plan calls them', async () => {
    const copies = `vars: { hosts: { type: list, default: '["a"]' } }
phases:
  all:
    - { id: ask, each: { host: "\${{ hosts }}" }, steps: [{ id: gate, approve: {} }] }
    - { id: use, run: echo used >> log }
`;
    const refused = await stage.gonogo('run', file(copies), '--headless', '--skip', 'ask=no time');
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ask holds the gate gate_N, and no gate'),
    });
  });
});

describe('plan', () => {
  const text = `vars: { image: {}, tag: {}, size: { or: ask } }
phases:
  build:
    - id: both
      steps:
        - { id: build, run: make image, capture: image }
        - { id: measure, check: du image, capture: size }
    - { id: name, check: cat tag, capture: tag }
  deploy:
    - { id: deploy, run: echo "deploy $image" >> log }
    - { id: tell, run: echo "tell $tag" }
`;
  const flags = ['--from', 'deploy', '--reason', 'built already', '--skip', 'tell=nobody is there'];
  const plan = (...more: readonly string[]) => stage.gonogo('plan', file(text), ...flags, ...more);

  test('says what is left out and why, and what its values will be', async () => {
    const { code, stdout } = await plan('--var', 'image=sha1');
    expect(code).toBe(0);
    expect(stdout).toContain('  image  sha1  (given)\n');
    expect(stdout).toContain('  tag    not set: name, which captures it, is left out; --var tag=VALUE gives it\n');
    expect(stdout).toContain('  size   asked\n');
    expect(stdout).toContain('1 step, of which 1 change something and 0 ask a person\n');
    expect(stdout).toContain('  left out: both, name, tell\n');
    expect(stdout).toContain(
      '  both  Both\n      left out: built already\n  name  Name\n      left out: built already\n',
    );
    expect(stdout).toContain('  tell  Tell\n      left out: nobody is there\n');
    expect(stdout).toContain('with image = sha1\n');
    expect(stdout).not.toContain('make image');
  });

  test('says the same to a program and in the diagram', async () => {
    const said = JSON.parse((await plan('--var', 'image=sha1', '--json')).stdout);
    expect(said.overview).toMatchObject({ steps: ['deploy'], leftOut: ['both', 'name', 'tell'] });
    expect(said.variables).toMatchObject([
      { name: 'image', kind: 'known', text: 'sha1' },
      { name: 'tag', kind: 'left-out', by: ['name'] },
      { name: 'size', kind: 'asked' },
    ]);
    const [build, deploy] = said.phases;
    expect(build.steps[0]).toMatchObject({ leftOut: 'built already' });
    expect(build.steps[0].blocks[0].steps[0]).toMatchObject({ leftOut: 'built already' });
    expect(deploy.steps).toMatchObject([{ leftOut: null }, { leftOut: 'nobody is there' }]);
    const graph = (await plan('--graph')).stdout;
    expect(graph).toContain('step_tell["Tell (left out)"]');
    expect(graph).toContain('class step_both,step_build,step_measure,step_name,step_tell leftOut');
    expect((await stage.gonogo('plan', file(text), '--graph')).stdout).not.toContain('leftOut');
  });

  test('runs as it says', async () => {
    const ran = await stage.gonogo('run', file(text), '--headless', ...flags, '--var', 'image=sha1');
    expect(ran.code).toBe(0);
    expect(log()).toEqual(['deploy sha1']);
  });
});
