/** Keys of the language that change how a run goes, on real commands. */
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

async function resume(answers?: string) {
  const more = answers === undefined ? [] : ['--answers', stage.write('more.yaml', answers)];
  const ended = await stage.gonogo('resume', 'latest', '--headless', ...more);
  return { ended, shown: await stage.shown() };
}

const log = () => (stage.has('log') ? stage.read('log').trim().split('\n') : []);

describe('target', () => {
  const drifts = `target: { name: db, identity: { check: cat identity } }
phases:
  all:
    - { id: one, run: echo one >> log, undo: { run: echo undo one >> log } }
    - { id: two, run: "echo standby > identity; exit 1", effect: idempotent, on_fail: rollback }
`;

  test('drift in a rollback asks before anything is undone on the wrong one', async () => {
    stage.write('identity', 'primary');
    const { ended, shown } = await play(drifts);
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain('the target of undo_one is not the one of the start');
    expect(log()).toEqual(['one']);
    expect(shown.rollback.done).toEqual([]);
    const accepted = await resume('undo_one: { accept: The standby took over for good }');
    expect(accepted.ended.code).toBe(1);
    expect(log()).toEqual(['one', 'undo one']);
  });

  test('read again as at the start, the rollback goes on', async () => {
    stage.write('identity', 'primary');
    await play(drifts);
    stage.write('identity', 'primary');
    const { ended, shown } = await resume('undo_one: { retry: The tunnel is right again }');
    expect(ended.code).toBe(1);
    expect(shown.status).toBe('rolled-back');
  });

  test('drift before a step asks; without an answer nothing is run', async () => {
    stage.write('identity', 'primary');
    const text = `target: { name: db, identity: { check: cat identity } }
phases:
  all:
    - { id: look, check: echo standby > identity }
    - { id: one, run: echo one >> log }
`;
    const { ended } = await play(text);
    expect(ended.code).toBe(3);
    expect(log()).toEqual([]);
  });
});

describe('parallel', () => {
  test('a failure rolls back only after the steps beside it have ended, and undoes those too', async () => {
    const { ended, shown } = await play(`phases:
  all:
    - id: both
      parallel:
        - { id: slow, run: "sleep 0.5; echo slow >> log", undo: { run: echo undo slow >> log } }
        - { id: bad, run: exit 1, on_fail: rollback }
`);
    expect(ended.code).toBe(1);
    expect(log()).toEqual(['slow', 'undo slow']);
    expect(statuses(shown)).toMatchObject({ slow: 'passed', bad: 'failed', both: 'not-taken' });
  });

  test('on_fail of the whole holds for its parts', async () => {
    const { ended, shown } = await play(`phases:
  all:
    - id: before
      run: echo before >> log
      undo: { run: echo undo before >> log }
    - id: both
      on_fail: rollback
      parallel: [{ id: good, check: exit 0 }, { id: bad, check: exit 1 }]
`);
    expect(ended.code).toBe(1);
    expect(shown.status).toBe('rolled-back');
    expect(log()).toEqual(['before', 'undo before']);
  });

  test('several failures are answered one after the other', async () => {
    const text = `phases:
  all:
    - id: both
      parallel:
        - { id: a, run: "test -e fixed || exit 1" }
        - { id: b, run: "sleep 0.2; exit 1" }
        - { id: c, check: echo c >> log }
`;
    const { ended } = await play(text, 'b: { skip: Not needed today }');
    expect(ended.code).toBe(3);
    expect(log()).toEqual(['c']);
    stage.write('fixed', '');
    const done = await resume('a: { retry: Fixed }\nb: { skip: Not needed today }');
    expect(done.ended.code).toBe(0);
    expect(statuses(done.shown)).toMatchObject({ a: 'passed', b: 'skipped', c: 'passed', both: 'passed' });
  });
});

describe('rollback', () => {
  test('a failed step of it with on_fail: continue is gone over; the run ends failed, exit 5', async () => {
    const { ended, shown } = await play(`phases:
  all:
    - { id: one, run: exit 1, on_fail: rollback }
rollback:
  steps:
    - { id: clean, run: exit 4, on_fail: continue }
    - { id: last, run: echo last >> log }
`);
    expect(ended.code).toBe(5);
    expect(shown.status).toBe('failed');
    expect(statuses(shown)).toMatchObject({ clean: 'failed', last: 'passed' });
    expect(log()).toEqual(['last']);
  });

  test('a list undoes in its order; a later step covered by it is undone with it, first', async () => {
    const { ended, shown } = await play(`phases:
  all:
    - id: traffic
      run: echo traffic >> log
      undo: [{ run: echo undo traffic 1 >> log }, { run: echo undo traffic 2 >> log }]
    - { id: between, run: echo between >> log, undo: { run: echo undo between >> log } }
    - { id: more, run: echo more >> log, undo: traffic }
    - { id: bad, run: exit 1, on_fail: rollback }
`);
    expect(ended.code).toBe(1);
    expect(shown.rollback.plan).toEqual(['undo_traffic_1', 'undo_traffic_2', 'undo_between']);
    expect(log()).toEqual(['traffic', 'between', 'more', 'undo traffic 1', 'undo traffic 2', 'undo between']);
  });

  test('an undo left out on arrival leaves its debt open', async () => {
    const text = `phases:
  all:
    - id: lift
      run: echo lift >> log
      owes: Restore it
      undo: [{ run: echo restore >> log }, { run: echo check >> log }]
    - { id: bad, run: exit 1, on_fail: rollback }
`;
    const { ended, shown } = await play(text, 'undo_lift_2: { skip: Nothing to check }');
    expect(ended.code).toBe(5);
    expect(ended.stderr).toContain('waits for open obligations: lift');
    expect(log()).toEqual(['lift', 'restore']);
    expect(shown.obligations).toMatchObject([{ status: 'open' }]);
    const done = await resume('lift: { handover: Olga }');
    expect(done.ended.code).toBe(1);
    expect(done.shown).toMatchObject({ status: 'rolled-back', obligations: [{ status: 'handed-over', by: 'Olga' }] });
  });

  test('an undo sees a variable as its own visit left it', async () => {
    const { ended } = await play(
      `phases:
  all:
    - id: take
      run: echo x >> count; wc -l < count
      capture: { number: stdout }
      undo: { run: echo "undo $number" >> log }
    - id: again
      choose:
        question: Again?
        options: [{ label: "Yes", goto: take }, { label: "No" }]
    - { id: bad, run: exit 1, on_fail: rollback }
`,
      'again: [{ choose: "Yes" }, { choose: "No" }]',
    );
    expect(ended.code).toBe(1);
    expect(log()).toEqual(['undo 2', 'undo 1']);
  });
});

describe('owes and settles', () => {
  const lift = '{ id: lift, run: echo lift >> log, owes: Restore it }';

  test('a person who does the settling step settles', async () => {
    const { ended, shown } = await play(
      `phases: { all: [${lift}, { id: restore, manual: Restore it, settles: lift }] }\n`,
      'restore: { note: It is back }',
    );
    expect(ended.code).toBe(0);
    expect(shown.obligations).toMatchObject([{ status: 'settled', by: 'restore' }]);
  });

  test('found done already settles; marked done by hand settles; skipped does not', async () => {
    const done = await play(
      `phases: { all: [${lift}, { id: restore, run: exit 1, settles: lift, done_when: { check: exit 0 } }] }\n`,
    );
    expect(done.shown.obligations).toMatchObject([{ status: 'settled' }]);
    const byHand = await play(
      `phases: { all: [${lift}, { id: restore, run: exit 1, settles: lift }] }\n`,
      'restore: { passed: Did it on the console }',
    );
    expect(byHand.shown.obligations).toMatchObject([{ status: 'settled' }]);
    const skipped = await play(
      `phases: { all: [${lift}, { id: restore, run: exit 1, settles: lift }] }\n`,
      'restore: { skip: No time }',
    );
    expect(skipped.ended.code).toBe(3);
    expect(skipped.shown.obligations).toMatchObject([{ status: 'open' }]);
  });

  test('a loop that lifts again after settling owes again', async () => {
    const { ended, shown } = await play(
      `phases:
  all:
    - ${lift}
    - { id: restore, run: echo restore >> log, settles: lift }
    - id: again
      choose: { question: Again?, options: [{ label: "Yes", goto: lift }, { label: "No" }] }
`,
      'again: [{ choose: "Yes" }, { choose: "No" }]',
    );
    expect(ended.code).toBe(0);
    expect(shown.obligations.map(({ status }) => status)).toEqual(['settled', 'settled']);
  });
});

describe('values', () => {
  test('include and each bind environment variables of scripts and names of expressions', async () => {
    stage.write(
      'part.yaml',
      'steps:\n  - id: say\n    run: echo "$place $what" >> log\n    when: place != "c"\n    env: { what: "${{ place + suffix }}" }\n',
    );
    const { ended } = await play(`vars: { suffix: "!" }
phases:
  all:
    - id: part
      each: { where: [a, b, c] }
      include: { steps: part.yaml, vars: { place: "\${{ where }}" } }
`);
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['a a!', 'b b!']);
  });

  test('a map captures several values of one reading', async () => {
    const { shown } = await play(`phases:
  all:
    - check: echo '{"n":3,"big":1.5,"on":true,"who":"ada"}'
      capture: { n: json.n, big: json.big, who: json.who, twice: "json.n * 2" }
      expect: json.n + 1 == 4 && json.big > 1
`);
    expect(shown.vars).toMatchObject({ n: '3', big: '1.5', who: 'ada', twice: '6' });
  });

  test('a template of what is not set fails its step before it starts', async () => {
    const { ended, shown } = await play(`vars: { later: {} }
phases:
  all:
    - { id: early, run: [touch, "\${{ later }}"] }
    - { id: set, check: echo x, capture: later }
`);
    expect(ended.code).toBe(3);
    expect(shown.steps[0]).toMatchObject({ status: 'failed', attempts: 0 });
    expect(shown.steps[0]?.reason).toContain('later');
  });
});

describe('notify', () => {
  test('headless it is sent as it is written; a failure asks and is never repeated unasked', async () => {
    const got: string[] = [];
    let status = 500;
    const hook = await stage.serve((_method, _path, body) => {
      got.push(body);
      return { status, body: '' };
    });
    const { ended } = await play(`vars: { v: v7 }
phases:
  all:
    - { id: tell, notify: { webhook: "${hook}/h", text: "Released \${{ v }}", format: mattermost } }
`);
    expect(ended.code).toBe(3);
    expect(got).toEqual(['{"text":"Released v7"}']);
    expect((await resume()).ended.code).toBe(3);
    expect(got).toHaveLength(1);
    status = 200;
    expect((await resume('tell: { retry: The hook works again }')).ended.code).toBe(0);
    expect(got).toHaveLength(2);
  });
});

describe('tty', () => {
  test('without a terminal the step fails before it starts and says what to do', async () => {
    const { ended, shown } = await play('phases: { all: [{ id: edit, run: touch edited, tty: true }] }\n');
    expect(ended.code).toBe(3);
    expect(stage.has('edited')).toBe(false);
    expect(shown.steps[0]).toMatchObject({ status: 'failed', attempts: 0 });
    expect(shown.steps[0]?.reason).toContain('it needs a terminal');
  });
});
