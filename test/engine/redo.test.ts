/** Steps that are done again and values that are corrected, on real commands and by the commands that ask for it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Stage, statuses } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function play(text: string, vars: Readonly<Record<string, string>> = {}) {
  return stage.headless(stage.write('runbook.yaml', `runbook: Test\n${text}`), vars);
}

const redo = (step: string, reason = 'it was the wrong one') =>
  stage.gonogo('redo', 'latest', step, '--reason', reason);
const set = (assignment: string) => stage.gonogo('set', 'latest', assignment, '--reason', 'a slip');
const resume = (answers?: string) =>
  stage.gonogo(
    ...['resume', 'latest', '--headless', '--operator', 'Ada'],
    ...(answers === undefined ? [] : ['--answers', stage.write('answers.yaml', answers)]),
  );
const log = () => (stage.has('log') ? stage.read('log').trim().split('\n') : []);

const waits = `phases:
  all:
    - { id: one, run: echo one >> log, undo: { run: echo undo one >> log } }
    - { id: two, run: echo two >> log, undo: { run: echo undo two >> log } }
    - { id: hand, manual: Look at it. }
    - { id: three, run: echo three >> log }
`;

describe('redo', () => {
  test('does that step alone once more, then the run goes on where it was, and a rollback undoes every visit', async () => {
    expect((await play(waits)).code).toBe(3);
    const asked = await redo('one');
    expect(asked).toMatchObject({ code: 0 });
    expect(asked.stdout).toBe('one is done again, as visit 2; then the run goes on where it was\n');
    // It is recorded, and nothing is done before somebody resumes.
    expect(log()).toEqual(['one', 'two']);
    expect((await resume()).code).toBe(3);
    expect(log()).toEqual(['one', 'two', 'one']);
    expect((await resume('hand: done')).code).toBe(0);
    expect(log()).toEqual(['one', 'two', 'one', 'three']);
    const shown = await stage.shown();
    expect(shown.steps.find(({ id }) => id === 'one')).toMatchObject({ status: 'passed', visits: 2 });
    expect((await stage.gonogo('rollback', 'latest', '--headless', '--reason', 'enough')).code).toBe(1);
    expect(log().slice(4)).toEqual(['undo one', 'undo two', 'undo one']);
  });

  test('goes before what waits for a decision, which waits on afterwards', async () => {
    const text = `phases:
  all:
    - { id: one, run: echo one >> log }
    - { id: bad, run: "test -e fixed", effect: idempotent }
`;
    expect((await play(text)).code).toBe(3);
    expect((await redo('one')).code).toBe(0);
    const ended = await resume();
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('waits for a decision: bad failed');
    expect(log()).toEqual(['one', 'one']);
  });

  test('a block and the copies of a step are done again whole; a skipped step may be done after all', async () => {
    const text = `phases:
  all:
    - id: block
      steps:
        - { id: a, run: echo a >> log }
        - { id: b, run: echo b >> log }
    - { id: late, when: "1 == 2", run: echo late >> log }
    - { id: copies, each: { host: "\${{ ['x', 'y'] }}" }, run: echo "$host" >> log }
    - { id: hand, manual: Look at it. }
`;
    expect((await play(text)).code).toBe(3);
    for (const step of ['block', 'copies', 'late']) expect((await redo(step)).code).toBe(0);
    expect((await resume('hand: done')).code).toBe(0);
    expect(log()).toEqual(['a', 'b', 'x', 'y', 'a', 'b', 'x', 'y']);
    expect(statuses(await stage.shown())).toMatchObject({ block: 'passed', late: 'not-taken', copies_2: 'passed' });
  });

  test('a rollback that is asked for first leaves it, and says so', async () => {
    await play(waits);
    await redo('two');
    expect((await stage.gonogo('rollback', 'latest', '--headless', '--reason', 'enough')).code).toBe(1);
    expect(log()).toEqual(['one', 'two', 'undo two', 'undo one']);
    expect(statuses(await stage.shown())).toMatchObject({ two: 'not-taken' });
  });

  test('is refused for what cannot be done again, and nothing is recorded', async () => {
    await play(waits);
    const before = (await stage.gonogo('head', 'latest')).stdout;
    for (const [step, message] of [
      ['tow', /the run has no step tow\nhint: did you mean two\?/],
      ['three', /the run has not come to three yet/],
      ['hand', /hand is under way/],
    ] as const) {
      const refused = await redo(step);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(message);
    }
    expect((await stage.gonogo('head', 'latest')).stdout).toBe(before);
  });

  test('is refused for a gate, for a choice that led elsewhere, without a reason, and once the run has ended', async () => {
    const text = `phases:
  all:
    - { id: ready, checklist: { categories: { all: { items: [{ id: up, title: Is it up?, severity: high, check: "true" }] } } } }
    - { id: way, choose: { decide: when, options: [{ label: on, goto: hand }] } }
    - { id: hand, manual: Look at it. }
`;
    await play(text);
    expect((await redo('ready')).stderr).toContain('ready is a gate');
    expect((await redo('ready_up')).stderr).toContain('ready_up is an item of a checklist');
    expect((await redo('way')).stderr).toContain('way decided where the run went on');
    expect((await redo('hand', ' ')).stderr).toContain('--reason: the reason is empty');
    await resume('hand: done');
    expect(await redo('hand')).toMatchObject({ code: 2, stderr: expect.stringContaining('has ended (completed)') });
  });
});

describe('set', () => {
  const gated = `vars:
  version: { ask: Which version?, match: 'v\\d+' }
  token: { env: SOME_TOKEN, secret: true }
  other: { default: x }
phases:
  all:
    - { id: stage, run: echo "stage $version" >> log, undo: { run: echo "unstage $version" >> log } }
    - { id: look, check: [echo, "\${{ version }}"] }
    - { id: aside, check: echo "$other" }
    - { id: go, approve: { from: [bob], count: 1 } }
    - { id: hand, manual: "Look at \${{ version }}." }
    - { id: ship, run: echo "ship $version" >> log }
`;

  test('gives another value, names what had used the one before, and voids what was approved on it', async () => {
    stage.env['SOME_TOKEN'] = 'not-for-anybody';
    expect((await play(gated, { version: 'v1' })).code).toBe(3);
    expect((await stage.gonogo('approve', 'latest', 'go', '--operator', 'bob')).code).toBe(0);
    expect((await resume()).stderr).toContain('waits for hand to be done by hand');
    const corrected = await set('version=v2');
    expect(corrected.code).toBe(0);
    expect(corrected.stdout).toBe(
      [
        'version is "v2" now, not "v1"; what used the value before it: stage, look, hand',
        'approvals that do not count any more: go (bob)',
        '',
      ].join('\n'),
    );
    // The gate is passed anew before anything is changed.
    const asks = await resume('hand: done');
    expect(asks.code).toBe(3);
    expect(asks.stderr).toContain('approval of go');
    expect(log()).toEqual(['stage v1']);
    await redo('stage');
    expect((await stage.gonogo('approve', 'latest', 'go', '--operator', 'bob')).code).toBe(0);
    expect((await resume()).code).toBe(0);
    expect(log()).toEqual(['stage v1', 'stage v2', 'ship v2']);
    // Each undo sees the value that its own visit saw.
    await stage.gonogo('rollback', 'latest', '--headless', '--reason', 'enough');
    expect(log().slice(3)).toEqual(['unstage v2', 'unstage v1']);
    await stage.gonogo('report', 'latest', '--out', 'report');
    const page = stage.read('report/report.md');
    expect(page).toContain('## Corrected variables');
    expect(page).toContain('void: version was corrected');
    expect((await stage.gonogo('verify', 'report')).code).toBe(0);
  });

  test('an open request is made anew, and what was said to the one before does not count', async () => {
    stage.env['SOME_TOKEN'] = 'not-for-anybody';
    const text = gated.replace('count: 1', 'count: 2').replace('[bob]', '[bob, carol]');
    await play(text, { version: 'v1' });
    await stage.gonogo('approve', 'latest', 'go', '--operator', 'bob');
    expect((await set('version=v2')).stdout).toContain('go (bob)');
    // Nobody asks for it before the run goes on.
    expect((await stage.gonogo('approve', 'latest', 'go', '--operator', 'carol')).code).toBe(2);
    expect((await resume()).stderr).toContain('approval of go (0 of 2)');
    for (const name of ['bob', 'carol']) await stage.gonogo('approve', 'latest', 'go', '--operator', name);
    expect((await resume('hand: done')).code).toBe(0);
  });

  test('is refused for what cannot be a value, and nothing is recorded', async () => {
    stage.env['SOME_TOKEN'] = 'not-for-anybody';
    await play(gated, { version: 'v1' });
    const before = (await stage.gonogo('head', 'latest')).stdout;
    for (const [assignment, message] of [
      ['verison=v2', /the run has no variable verison\nhint: did you mean version\?/],
      ['version=2', /version: it must match v\\d\+, but it is "2"/],
      ['token=abcdefgh', /token is a secret/],
      ['version=v1', /version has that value already/],
      ['version', /"version" is no assignment; write NAME=VALUE/],
    ] as const) {
      const refused = await set(assignment);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(message);
    }
    expect((await stage.gonogo('head', 'latest')).stdout).toBe(before);
  });

  test('a variable of which each copy has its own is corrected by doing the copy again', async () => {
    const text = `vars: { digest: {} }
phases:
  all:
    - { id: pull, each: { host: "\${{ ['a', 'b'] }}" }, check: echo "$host", capture: digest }
    - { id: hand, manual: Look at it. }
`;
    await play(text);
    expect((await set('digest=c')).stderr).toContain('each copy has a digest of its own, as pull_1 does');
    expect((await redo('pull_2')).code).toBe(0);
    expect((await resume('hand: done')).code).toBe(0);
  });
});
