/** A rollback that is interrupted anywhere goes on where it stopped: each undo once, newest first. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bench, until, waitsFor } from './gonogo.ts';

/** Three steps with undos; `undo` gives the script of each undo after the line that it logs. */
function document(undo: (id: string) => string, tail = ''): string {
  const steps = ['one', 'two', 'three'].map(
    (id) => `    - id: ${id}
      run: echo ${id} >> log
      undo: { run: 'echo undo ${id} >> log; ${undo(id)}' }`,
  );
  return `runbook: Undo me
phases:
  deploy:
${steps.join('\n')}
    - { id: fails, run: exit 1, on_fail: rollback }
rollback:
  steps:
    - { id: tail, run: echo tail >> log }
${tail}`;
}

const done = ['one', 'two', 'three', 'undo three', 'undo two', 'undo one', 'tail'];

function expectEachUndoOnce(bench: Bench): void {
  expect(bench.lines('log')).toEqual(done);
  for (const id of ['one', 'two', 'three']) expect(bench.starts(`undo_${id}`)).toBe(1);
  expect(bench.types().filter((type) => type === 'rollback.started')).toHaveLength(1);
  expect(bench.stateNow().status).toBe('rolled-back');
}

test('rollback: killed inside an undo step, and inside the next, it goes on with each', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    document((id) => waitsFor(`end-${id}`)),
  );
  let driver = bench.start(['run', file]);
  for (const id of ['three', 'two', 'one']) {
    await until(`undo ${id} runs`, () => bench.lines('log').includes(`undo ${id}`));
    await driver.kill();
    if (id === 'two') {
      bench.release(`end-${id}`);
      await until('it ended unseen', () => existsSync(join(bench.attempt(`undo_${id}`), 'exit')));
    }
    driver = bench.start(['resume']);
    bench.release(`end-${id}`);
  }
  expect(await driver.ended).toMatchObject({ code: 1 });
  expectEachUndoOnce(bench);
  const shown: unknown = JSON.parse((await bench.gonogo('show', 'latest', '--json')).stdout);
  const plan = ['undo_three', 'undo_two', 'undo_one', 'tail'];
  expect(shown).toMatchObject({ status: 'rolled-back', rollback: { started: true, plan, done: plan } });
});

test('rollback: let go with a signal inside an undo step, it is unfinished (5), and the undo goes on', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    document((id) => (id === 'two' ? waitsFor('go') : 'true')),
  );
  const driver = bench.start(['run', file]);
  await until('undo two runs', () => bench.lines('log').includes('undo two'));
  driver.child.kill('SIGTERM');
  expect(await driver.ended).toMatchObject({ code: 5 });
  expect(bench.events().at(-1)).toMatchObject({ type: 'run.paused', data: { reason: 'interrupted' } });
  const shown: unknown = JSON.parse((await bench.gonogo('show', 'latest', '--json')).stdout);
  // Nobody drives it, and its undo works on.
  const running = [{ step: 'undo_two', since: expect.anything() }];
  expect(shown).toMatchObject({ status: 'running', running, phase: 'rollback', rollback: { done: ['undo_three'] } });
  bench.release('go');
  expect(await bench.gonogo('rollback')).toMatchObject({ code: 1 });
  expectEachUndoOnce(bench);
});

test('rollback: an undo that fails pauses between the steps (5); the decision goes on from there', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    document((id) => (id === 'two' ? '[ -e fixed ]' : 'true')),
  );
  const paused = await bench.gonogo('run', file);
  expect(paused.code).toBe(5);
  expect(paused.stderr).toContain('undo_two failed');
  expect(paused.stderr).toMatch(/hint: gonogo resume /);
  expect((await bench.gonogo('resume')).code).toBe(5);
  expect(bench.lines('log')).toEqual(done.slice(0, 5));
  bench.release('fixed');
  const answers = bench.write('answers.yaml', 'undo_two: { retry: the disk has room again }\n');
  expect((await bench.gonogo('resume', '--answers', answers)).code).toBe(1);
  expect(bench.lines('log')).toEqual([...done.slice(0, 5), 'undo two', 'undo one', 'tail']);
  expect(bench.stateNow().status).toBe('rolled-back');
});

test('rollback: killed while it is planned, it waits for what still runs and undoes that too', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Plan
phases:
  deploy:
    - id: first
      run: echo first >> log
      undo: { run: echo undo first >> log }
    - id: both
      parallel:
        - { id: slow, run: 'echo slow >> log; ${waitsFor('go')}; echo slow ended >> log', undo: { run: echo undo slow >> log } }
        - { id: fails, run: '${waitsFor('fail')}; exit 1', on_fail: rollback }
`,
  );
  const driver = bench.start(['run', file]);
  await until('the slow one runs', () => bench.lines('log').includes('slow'));
  bench.release('fail');
  await until('the rollback is asked for', () => bench.types().includes('rollback.requested'));
  await driver.kill();
  expect(bench.types()).not.toContain('rollback.started');
  const resumed = bench.start(['resume']);
  await until('the run is resumed', () => bench.types().includes('run.resumed'));
  expect(bench.types()).not.toContain('rollback.started');
  bench.release('go');
  expect(await resumed.ended).toMatchObject({ code: 1 });
  expect(bench.lines('log')).toEqual(['first', 'slow', 'slow ended', 'undo slow', 'undo first']);
});

test('rollback: an undo of unknown outcome is asked about (5), not repeated', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    document((id) => (id === 'two' ? waitsFor('never') : 'true')),
  );
  const driver = bench.start(['run', file]);
  await until('undo two runs', () => bench.lines('log').includes('undo two'));
  await driver.kill();
  process.kill(-(await bench.supervisor('undo_two')), 'SIGKILL');
  const asked = await bench.gonogo('resume');
  expect(asked.code).toBe(5);
  expect(asked.stderr).toContain('the outcome of undo_two is in doubt');
  const answers = bench.write('answers.yaml', 'undo_two: { settle: passed, reason: the link points back }\n');
  expect((await bench.gonogo('rollback', '--answers', answers)).code).toBe(1);
  expectEachUndoOnce(bench);
});

test('rollback: of a run that waits for a person, by command, with its reason', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Waits
phases:
  deploy:
    - { id: one, run: echo one >> log, undo: { run: echo undo one >> log } }
    - { id: look, manual: Look at the graphs. }
`,
  );
  expect((await bench.gonogo('run', file)).code).toBe(3);
  const rolled = await bench.gonogo('rollback', '--reason', 'the graphs look bad', '--operator', 'ada');
  expect(rolled.code).toBe(1);
  expect(bench.lines('log')).toEqual(['one', 'undo one']);
  const asked = bench.events().find((event) => event.type === 'rollback.requested');
  expect(asked).toMatchObject({ actor: { name: 'ada' }, data: { reason: 'the graphs look bad' } });
  // It is over: both commands say so and do nothing more.
  for (const verb of ['rollback', 'resume']) {
    const again = await bench.gonogo(verb);
    expect(again.code).toBe(1);
    expect(again.stdout).toContain('rolled back');
  }
  expect(bench.lines('log')).toEqual(['one', 'undo one']);
});

test('rollback: of a run that changed nothing is bad input; one that has ended is rolled back all the same', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    'runbook: Nothing\nphases: { deploy: [{ id: look, manual: Look. }, { id: more, run: echo more >> log }] }\n',
  );
  expect((await bench.gonogo('run', file)).code).toBe(3);
  const refused = await bench.gonogo('rollback');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('changed nothing');
  expect((await bench.gonogo('resume', '--answers', bench.write('a.yaml', 'look: done\n'))).code).toBe(0);
  const ended = await bench.gonogo('rollback');
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain('rolled back');
});
