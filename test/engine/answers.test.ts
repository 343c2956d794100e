/** Answers files: what they answer, how often, and what is refused before anything starts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Stage, statuses } from '../examples/stage.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function play(text: string, answers: string) {
  const file = stage.write('runbook.yaml', `runbook: Test\n${text}`);
  return stage.headless(file, {}, stage.write('answers.yaml', answers));
}

const resume = () => stage.gonogo('resume', 'latest', '--headless');
const log = () => (stage.has('log') ? stage.read('log').trim().split('\n') : []);

describe('refused with exit 2, before anything starts', () => {
  const text = `vars: { version: { ask: Version } }
phases:
  all:
    - { id: change, run: echo change >> log }
    - { id: go, approve: lead }
`;

  test.each([
    ['a key that names nothing', 'chnage: { skip: typo }', '"chnage" is no step id and no asked variable of "Test"'],
    ['a variable that is not asked', 'other: x', '"other" is no step id'],
    ['a form that is none', 'go: { aprove: { by: Rita } }', '"go": not an answer; the forms are: done,'],
    ['a reason that is missing', 'change: { skip: "" }', '"change": not an answer'],
    ['a settlement without a reason', 'change: { settle: passed }', '"change": not an answer'],
    ['a settlement of another kind', 'change: { settle: maybe, reason: x }', '"change": not an answer'],
    ['a waiver without a date', 'go: { waive: { by: Rita, why: late } }', '"go": not an answer'],
    ['a key without a value', 'version:', '"version": not an answer'],
    ['a wrong answer in a list', 'change: [{ skip: x }, { skp: y }]', '"change": not an answer'],
    ['a key that stands twice', 'go: done\ngo: done', 'Map keys must be unique'],
    ['a list instead of a map', '- go', 'expected step ids with their answers'],
    ['text that is no YAML', 'go: [', 'answers.yaml: '],
  ])('%s', async (_name, answers, message) => {
    const ended = await play(text, answers);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(message);
    expect(stage.has('state/runs')).toBe(false);
  });

  test('every problem is told at once', async () => {
    const ended = await play(text, 'one: done\ntwo: done\ngo: { x: y }');
    expect(ended.stderr.trim().split('\n')).toHaveLength(3);
  });
});

describe('values', () => {
  test('are the text that stands there', async () => {
    const ended = await play(
      `vars: { version: { ask: Version }, flag: { ask: Flag, type: bool } }
phases: { all: [{ id: name, ask: Name?, capture: name_given }, { id: show, run: 'echo "$version $flag $name_given" > log' }] }
`,
      'version: 1.10\nflag: true\nname: 007',
    );
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['1.10 true 007']);
  });

  test('one that does not fit waits, and says what would', async () => {
    const ended = await play(
      `vars: { version: { ask: Version, match: 'v\\d+' } }\nphases: { all: [{ check: exit 0 }] }\n`,
      'version: 7',
    );
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('version: it must match v\\d+, but it is "7"');
  });
});

describe('skip', () => {
  test('on arrival the step is not run, for people and for commands', async () => {
    const ended = await play(
      `phases:
  all:
    - { id: change, run: echo change >> log }
    - { id: hand, manual: Do it }
    - { id: danger_step, run: echo danger >> log }
    - { id: last, run: echo last >> log }
`,
      'change: { skip: Done last week }\nhand: { skip: Not here }\ndanger_step: [{ skip: Never }]',
    );
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['last']);
    const shown = await stage.shown();
    expect(shown.steps.map(({ status, reason }) => [status, reason])).toEqual([
      ['skipped', 'Done last week'],
      ['skipped', 'Not here'],
      ['skipped', 'Never'],
      ['passed', null],
    ]);
  });

  test('in a loop a list skips one visit and runs another', async () => {
    const ended = await play(
      `phases:
  all:
    - { id: change, run: echo change >> log }
    - { id: again, choose: { question: Again?, options: [{ label: "Yes", goto: change }, { label: "No" }] } }
`,
      'change: [{ skip: First not }, done]\nagain: [{ choose: "Yes" }, { choose: "No" }]',
    );
    expect(ended.code).toBe(0);
    expect(log()).toEqual(['change']);
  });

  test('a gate cannot be skipped: the run waits for it', async () => {
    const ended = await play('phases: { all: [{ id: go, approve: lead }] }\n', 'go: { skip: In a hurry }');
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('waits for approval of go');
  });
});

describe('after a failure', () => {
  const flaky = `phases:
  all:
    - { id: change, run: "echo try >> log; test -e fixed", undo: { run: echo undone >> log } }
`;

  test('a list serves one failure after the other; at its end the run waits', async () => {
    const ended = await play(flaky, 'change: [{ retry: Once more }, { retry: And again }]');
    expect(ended.code).toBe(3);
    expect(log()).toEqual(['try', 'try', 'try']);
  });

  test('what was answered is not answered again by a resume', async () => {
    expect((await play(flaky, 'change: { retry: Once more }')).code).toBe(3);
    expect((await resume()).code).toBe(3);
    expect((await resume()).code).toBe(3);
    expect(log()).toEqual(['try', 'try']);
  });

  test('that an answer has served, once or to the end of its list, is said where the run waits', async () => {
    const first = await play(flaky, 'change: { retry: Once more }');
    expect(first.stderr).toContain('answers.yaml: the answer to "change" was given before and serves once');
    expect((await resume()).stderr).toContain('the answer to "change" was given before');
    const list = await play(flaky, 'change: [{ retry: Once more }]');
    expect(list.stderr).toContain('the answer to "change" was given before');
    const other = await play(flaky, 'change: { waive: { by: A, why: B, until: 2999-01-01 } }');
    expect(other.stderr).not.toContain('was given before');
  });

  test('an approval that was given is not given again, and the next one is', async () => {
    const text = 'roles: { a: [] }\nphases: { all: [{ id: go, approve: { from: [a], count: 3 } }] }\n';
    const two = 'go: [{ approve: { by: Rita } }, { approve: { by: Sam } }]';
    expect((await play(text, two)).code).toBe(3);
    const more = stage.write('more.yaml', two.replace(']', ', { approve: { by: Olga } }]'));
    const ended = await stage.gonogo('resume', 'latest', '--headless', '--answers', more);
    expect(ended.code).toBe(0);
    expect((await stage.shown()).approvals.map(({ by }) => by)).toEqual(['Rita', 'Sam', 'Olga']);
  });

  test('marked done by hand, or rolled back, with the reason on record', async () => {
    expect((await play(flaky, 'change: { passed: Did it by hand }')).code).toBe(0);
    expect((await stage.shown()).steps[0]).toMatchObject({ status: 'passed', reason: 'Did it by hand' });
    expect((await play(flaky, 'change: { rollback: No time }')).code).toBe(1);
    expect(log().at(-1)).toBe('undone');
  });

  test('the journal tells that a file answered, whose it is, and its sha256', async () => {
    await play(flaky, 'change: { passed: Did it by hand }');
    const { stdout } = await stage.gonogo('list', '--json');
    const run = /"run": "([^"]+)"/.exec(stdout)?.[1] ?? '';
    const journal = stage.read(`state/runs/${run}/journal.jsonl`);
    const actor = /"actor":(\{[^}]*"via":"answers"\})/.exec(journal)?.[1] ?? '{}';
    expect(JSON.parse(actor)).toMatchObject({ name: 'Ada', file: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});

test('an item is answered with evidence: a plain text is refused, not read and forgotten', async () => {
  const text =
    'phases: { all: [{ id: ready, checklist: { categories: { a: { items: [{ id: seen, manual: Seen? }] } } } }] }\n';
  const refused = await play(text, 'ready.seen: pass');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('"ready.seen": not an answer; the forms are:');
  expect((await play(text, 'ready.seen: { pass: I saw it }')).code).toBe(0);
});

describe('waivers', () => {
  const gate = `phases:
  all:
    - id: ready
      checklist:
        categories:
          basics:
            items: [{ id: backup, title: There is a backup, check: exit 1, severity: blocker }]
`;

  test('an expired one is recorded and lifts nothing', async () => {
    const ended = await play(gate, 'ready.backup: { waive: { by: Rita, why: Late, until: 2020-01-01 } }');
    expect(ended.code).toBe(3);
    const shown = await stage.gonogo('show', 'latest', '--json');
    expect(JSON.parse(shown.stdout)).toMatchObject({ verdict: 'no-go' });
    expect((await resume()).code).toBe(3);
  });

  test('a valid one lifts the block', async () => {
    const ended = await play(gate, 'ready.backup: { waive: { by: Rita, why: Late, until: 2999-01-01 } }');
    expect(ended.code).toBe(0);
  });
});

describe('in doubt', () => {
  test('settled by the file, whatever came of the request that nobody waited for', async () => {
    let asked = 0;
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    const url = await stage.serve(() => {
      asked += 1;
      resolve();
      return { status: 200, body: '', withheld: true };
    });
    const file = stage.write(
      'runbook.yaml',
      `runbook: Test\nphases: { all: [{ id: order, http: { url: "${url}", method: POST } }, { id: last, run: echo last >> log }] }\n`,
    );
    const env = { ...process.env, GONOGO_STATE: stage.path('state') };
    const child = spawn(process.execPath, [gonogo, 'run', file, '--headless'], { cwd: stage.folder, env });
    const ended = once(child, 'exit');
    await arrived;
    child.kill('SIGKILL');
    await ended;
    expect((await resume()).code).toBe(3);
    expect(statuses(await stage.shown())).toMatchObject({ order: 'in-doubt' });
    const answers = stage.write('answers.yaml', 'order: { settle: passed, reason: The order is there }');
    const settled = await stage.gonogo('resume', 'latest', '--headless', '--answers', answers);
    expect(settled.code).toBe(0);
    expect(asked).toBe(1);
    expect(log()).toEqual(['last']);
  });
});
