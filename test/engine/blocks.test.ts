/** Steps that hold others: sequences, branches side by side, and what their keys say of all that is inside. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Stage, statuses } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** Runs `text`, a runbook whose commands leave lines in `log`. */
async function play(text: string, answers?: string) {
  const file = stage.write('runbook.yaml', `runbook: Test\n${text}`);
  const path = answers === undefined ? undefined : stage.write('answers.yaml', answers);
  const ended = await stage.headless(file, {}, path);
  return { ended, shown: await stage.shown() };
}

const log = () => (stage.has('log') ? stage.read('log').trim().split('\n') : []);

describe('steps', () => {
  test('on_fail of a sequence holds for what fails inside it and says nothing itself, at any depth', async () => {
    const { ended, shown } = await play(`phases:
  all:
    - id: outer
      on_fail: continue
      steps:
        - { id: first, run: exit 3 }
        - id: inner
          steps:
            - { id: second, run: echo second >> log; exit 4 }
            - { id: third, run: echo third >> log, undo: { run: echo undo third >> log } }
        - { id: strict, run: exit 5, on_fail: rollback }
`);
    expect(ended.code).toBe(1);
    expect(log()).toEqual(['second', 'third', 'undo third']);
    expect(statuses(shown)).toMatchObject({ first: 'failed', second: 'failed', third: 'passed', strict: 'failed' });
  });

  test('a sequence whose condition is false is not taken, as a whole and once', async () => {
    const { ended, shown } = await play(`vars: { mode: { type: string, default: blue } }
phases:
  all:
    - id: green
      when: mode == "green"
      steps:
        - { id: one, run: echo one >> log }
        - { id: two, run: echo two >> log }
    - { id: after, run: echo after >> log }
`);
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['after']);
    expect(statuses(shown)).toMatchObject({ green: 'not-taken', after: 'passed' });
  });

  test('goto goes back within the sequence that it stands in', async () => {
    const text = `phases:
  all:
    - id: round
      steps:
        - { id: try, run: echo try >> log }
        - id: again
          choose: { question: Again?, options: [{ label: again, goto: try }, { label: on }] }
        - { id: end, run: echo end >> log }
`;
    const { ended, shown } = await play(text, 'again: [{ choose: again }, { choose: on }]');
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['try', 'try', 'end']);
    expect(shown.steps.find(({ id }) => id === 'try')?.visits).toBe(2);
  });
});

describe('branches', () => {
  test('an include beside others keeps the order of its steps: no host is rebooted while it is patched', async () => {
    stage.write(
      'host.yaml',
      `steps:
  - { id: patch, run: 'touch "patching-$host"; sleep 0.2; rm "patching-$host"' }
  - { id: reboot, run: 'test ! -e "patching-$host"; echo "$host" >> log' }
`,
    );
    const { ended, shown } = await play(`phases:
  all:
    - id: hosts
      parallel:
        - { id: a, include: { steps: host.yaml, vars: { host: web1 } } }
        - { id: b, include: { steps: host.yaml, vars: { host: web2 } } }
`);
    expect(ended.code).toBe(0);
    expect(log().sort()).toEqual(['web1', 'web2']);
    expect(statuses(shown)).toMatchObject({ a: 'passed', a_patch: 'passed', b_reboot: 'passed', hosts: 'passed' });
  });

  test('a branch that fails keeps its later steps from running; the others go on', async () => {
    const { ended, shown } = await play(`phases:
  all:
    - id: both
      parallel:
        - id: left
          steps: [{ id: l1, run: exit 1 }, { id: l2, run: echo l2 >> log }]
        - id: right
          steps: [{ id: r1, run: sleep 0.1 }, { id: r2, run: echo r2 >> log }]
`);
    expect(ended.code).toBe(3);
    expect(log()).toEqual(['r2']);
    expect(statuses(shown)).toMatchObject({ l1: 'failed', l2: 'pending', r2: 'passed' });
  });

  test('at_most bounds how many branches run at once', async () => {
    const one = (id: string) => `        - { id: ${id}, run: mkdir busy; sleep 0.05; rmdir busy; echo ${id} >> log }\n`;
    const { ended } = await play(`phases:
  all:
    - id: few
      at_most: 1
      parallel:\n${['a', 'b', 'c'].map(one).join('')}`);
    expect(ended.stderr + ended.stdout).not.toContain('failed');
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['a', 'b', 'c']);
  });
});

describe('choose', () => {
  const loop = (more: string) => `phases:
  all:
    - { id: build, run: "echo build >> log" }
    - { id: count, check: wc -l < log, capture: { built: stdout } }
    - id: next
      choose:
        decide: when
        options:
          - { label: again, when: int(built) < 3, goto: build }
          - { label: on }${more}
    - { id: end, run: echo "$way" >> log }
`;

  test('decide: when takes the first option that holds, and with goto it is a loop that needs nobody', async () => {
    const { ended, shown } = await play(loop('\n      capture: way'));
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['build', 'build', 'build', 'on']);
    expect(shown.vars['way']).toBe('on');
    expect(shown.steps.find(({ id }) => id === 'next')?.visits).toBe(3);
  });

  test('at_most bounds the visits: then the step fails, and a person may let it go on', async () => {
    const { ended, shown } = await play(loop('\n        at_most: 2\n      capture: way'));
    expect(ended.code).toBe(3);
    expect(shown.steps.find(({ id }) => id === 'next')?.reason).toBe(
      'it was come to 2 times, and at_most allows no more',
    );
    const more = stage.write('more.yaml', 'next: { retry: One more is fine }');
    expect((await stage.gonogo('resume', 'latest', '--headless', '--answers', more)).code).toBe(0);
  });

  test('a file that orders a further turn does so once, also for a resume: no loop goes on for ever', async () => {
    const endless = loop('\n        at_most: 2\n      capture: way').replace('int(built) < 3', 'int(built) > 0');
    const { ended, shown } = await play(endless, 'next: { retry: Once more }');
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('the answer to "next" was given before and serves once');
    expect(shown.steps.find(({ id }) => id === 'next')?.visits).toBe(4);
    expect((await stage.gonogo('resume', 'latest', '--headless')).code).toBe(3);
    expect(log()).toEqual(['build', 'build', 'build', 'build']);
  });

  test('where no option holds the step fails', async () => {
    const { ended, shown } = await play(`vars: { n: { type: int, default: 3 } }
phases:
  all:
    - id: pick
      on_fail: continue
      choose: { decide: when, options: [{ label: small, when: n < 2 }, { label: big, when: n > 5 }] }
`);
    expect(ended.code).toBe(1);
    expect(shown.steps.find(({ id }) => id === 'pick')?.reason).toBe('no option holds');
  });

  test('a menu has the values of a list, and capture keeps the one that was chosen', async () => {
    const text = `vars: { tags: { type: list } }
phases:
  all:
    - { id: list, check: 'echo "[\\"v1\\", \\"v2\\"]"', capture: tags }
    - id: pick
      choose: { question: Which?, options: { from: "\${{ tags }}" } }
      capture: tag
    - { id: use, run: echo "$tag" >> log }
`;
    stage.write('menu.yaml', `runbook: Menu\n${text}`);
    expect((await stage.gonogo('plan', 'menu.yaml')).stdout).toContain('options: ${{ tags }}');
    const wrong = await play(text, 'pick: { choose: v3 }');
    expect(wrong.ended.code).toBe(3);
    expect(wrong.ended.stderr).toContain('"v3" is not an option; the options are "v1", "v2"');
    const right = await play(text, 'pick: { choose: v2 }');
    expect(right.ended.code).toBe(0);
    expect(log()).toEqual(['v2']);
    expect(right.shown.vars['tag']).toBe('v2');
  });
});
