/** A command that nobody has looked at waits, is asked about once, and the answer stands in the document afterwards. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { writeReview } from '../../src/authoring/write-review.ts';
import { Bench } from '../resume/gonogo.ts';

const runbook = `# Our restart.
runbook: Restart
vars: { who: Ann }
phases:
  deploy:
    # The first.
    - id: look
      run: echo looked >> log.txt
      effect: unreviewed   # imported
    - id: change
      run: |
        echo "$who changed" >> log.txt
      effect: unreviewed
      timeout: 10s
`;

test('without an answer the run waits, and nothing has run', async () => {
  const bench = new Bench();
  const file = bench.write('restart.yaml', runbook);
  const { code, stdout, stderr } = await bench.gonogo('run', file, '--headless');
  expect(code).toBe(3);
  expect(`${stdout}${stderr}`).toContain('a review of look');
  expect(bench.lines('log.txt')).toEqual([]);
  expect(readFileSync(file, 'utf8')).toBe(runbook);
});

test('an answer runs it, stands in the file with comments and layout kept, and is no difference to a resume', async () => {
  const bench = new Bench();
  const file = bench.write('restart.yaml', runbook);
  const first = bench.write('first.yaml', 'look: {review: read}\n');
  expect((await bench.gonogo('run', file, '--headless', '--answers', first)).code).toBe(3);
  expect(readFileSync(file, 'utf8')).toBe(runbook.replace('unreviewed   # imported', 'read   # imported'));

  const second = bench.write('second.yaml', 'change: {review: once}\n');
  const resumed = await bench.gonogo('resume', '--headless', '--answers', second);
  expect(resumed).toMatchObject({ code: 0 });
  expect(resumed.stderr).not.toContain('changed');
  expect(bench.lines('log.txt')).toEqual(['looked', 'Ann changed']);
  expect(readFileSync(file, 'utf8')).toContain(
    '      effect: once\n      # undo: { run: … }   (how is this taken back?)\n      timeout: 10s\n',
  );
  expect((await bench.gonogo('check', file)).stdout).toBe('');
  expect((await bench.gonogo('verify', 'latest')).code).toBe(0);
  expect(bench.types().filter((type) => type === 'review.written')).toHaveLength(2);

  const again = await bench.gonogo('run', file, '--headless');
  expect(again.code).toBe(0);
});

test('a run and a plan say in one line that commands wait for their review, and a run with none says nothing', async () => {
  const bench = new Bench();
  const file = bench.write('restart.yaml', runbook);
  const started = (await bench.gonogo('run', file, '--headless')).stderr;
  for (const told of [started, (await bench.gonogo('plan', file)).stderr]) {
    expect(told).toMatch(
      /^note: 2 commands are not reviewed: each is asked about before it first runs; gonogo check \S+ lists them$/m,
    );
    expect(told).not.toContain('note[');
  }
  const none = bench.write('none.yaml', 'runbook: X\nphases: { a: [{ check: "true" }] }\n');
  expect((await bench.gonogo('run', none, '--headless')).stderr).not.toContain('note');
});

test('what is not to be run is left out, and asked about again by the next run', async () => {
  const bench = new Bench();
  const file = bench.write('restart.yaml', runbook);
  const answers = bench.write('answers.yaml', 'look: {skip: not this}\nchange: {skip: nor this}\n');
  expect((await bench.gonogo('run', file, '--headless', '--answers', answers)).code).toBe(0);
  expect(bench.lines('log.txt')).toEqual([]);
  expect(readFileSync(file, 'utf8')).toBe(runbook);
});

test('a file that was changed meanwhile is left alone, and the run has the review all the same', async () => {
  const bench = new Bench();
  const file = bench.write('restart.yaml', runbook);
  expect((await bench.gonogo('run', file, '--headless')).code).toBe(3);
  bench.write('restart.yaml', `${runbook}# more\n`);
  const answers = bench.write('answers.yaml', 'look: {review: read}\nchange: {review: idempotent}\n');
  expect((await bench.gonogo('resume', '--headless', '--answers', answers)).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(`${runbook}# more\n`);
});

test.each([
  ['a: [{ run: x, effect: unreviewed }]\n', ['a', 0], 'a: [{ run: x, effect: once }]\n'],
  [
    'a:\r\n  - run: x\r\n    effect: "unreviewed"',
    ['a', 0],
    'a:\r\n  - run: x\r\n    effect: once\n    # undo: { run: … }   (how is this taken back?)',
  ],
  [
    'a:\n  - run: x\n    effect: unreviewed\n    undo: { run: y }\n',
    ['a', 0],
    'a:\n  - run: x\n    effect: once\n    undo: { run: y }\n',
  ],
  ['a:\n  - run: x\n', ['a', 0], null],
  ['a: unreviewed\n', ['a', 0], null],
] as const)('of %j only the review changes', (text, path, expected) => {
  expect(writeReview(text, { path, as: 'once', asksForUndo: true })).toBe(expected);
});
