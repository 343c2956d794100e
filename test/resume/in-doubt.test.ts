/** An outcome that the disk cannot tell is never guessed: what only reads runs again, everything else is asked. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { Bench, isRunning, until } from './gonogo.ts';

/** A run whose step `change` was cut off in the middle with its supervisor, so that nothing tells how it ended. */
async function cutOff(more = '', action = 'run'): Promise<Bench> {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Cut off
phases:
  deploy:
    - id: change
      ${action}: |
        echo change >> log
        echo what it said
        [ -e finish ] || exec sleep 600
${more}
    - { id: after, run: echo after >> log }
`,
  );
  const driver = bench.start(['run', file]);
  const pid = await bench.supervisor('change');
  await until('the command runs', () => bench.lines('log').length === 1);
  await driver.kill();
  process.kill(-pid, 'SIGKILL');
  await until('all of it is gone', () => !isRunning(pid));
  bench.release('finish');
  return bench;
}

test('in doubt: without an answer nothing is run; exit 3 says what is waited for', async () => {
  const bench = await cutOff();
  for (let round = 0; round < 2; round += 1) {
    const resumed = await bench.gonogo('resume');
    expect(resumed.code).toBe(3);
    expect(resumed.stderr).toContain('waits for a decision: the outcome of change is in doubt');
    expect(resumed.stderr).toMatch(/hint: gonogo resume /);
  }
  expect(bench.lines('log')).toEqual(['change']);
  expect(bench.types().filter((type) => type === 'attempt.in_doubt')).toHaveLength(1);
  const shown: unknown = JSON.parse((await bench.gonogo('show', 'latest', '--json')).stdout);
  expect(shown).toMatchObject({ status: 'paused', steps: [{ id: 'change', status: 'in-doubt' }, { id: 'after' }] });
});

test.each([
  ['passed', 0, ['change', 'after']],
  ['failed', 3, ['change']],
  ['rerun', 0, ['change', 'change', 'after']],
] as const)('in doubt: settled as %s by an answer, with its reason', async (as, code, log) => {
  const bench = await cutOff();
  const answers = bench.write('answers.yaml', `change: { settle: ${as}, reason: looked at the database }\n`);
  expect((await bench.gonogo('resume', '--answers', answers, '--operator', 'ada')).code).toBe(code);
  expect(bench.lines('log')).toEqual(log);
  const settled = bench.events().find((event) => event.type === 'attempt.settled');
  expect(settled?.actor).toMatchObject({ via: 'answers', name: 'ada' });
  expect(settled?.data).toMatchObject({ step: 'change', attempt: 1, as, reason: 'looked at the database' });
});

test('in doubt: an answer without a reason, or to another step, is bad input and changes nothing', async () => {
  const bench = await cutOff();
  for (const text of ['change: { settle: passed }', 'changes: { settle: passed, reason: typo }']) {
    const before = bench.events().length;
    const refused = await bench.gonogo('resume', '--answers', bench.write('answers.yaml', text));
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('answers.yaml');
    expect(bench.events()).toHaveLength(before);
  }
});

test('in doubt: settled as failed, the step fails as its document says', async () => {
  const bench = await cutOff("      on_fail: rollback\n      undo: { run: 'echo undo >> log' }");
  const answers = bench.write('answers.yaml', 'change: { settle: failed, reason: half of it is missing }\n');
  expect((await bench.gonogo('resume', '--answers', answers)).code).toBe(1);
  expect(bench.lines('log')).toEqual(['change', 'undo']);
});

test('in doubt: rolling back waits for the decision, then undoes it as well', async () => {
  const bench = await cutOff("      undo: { run: 'echo undo >> log' }");
  expect((await bench.gonogo('rollback', '--reason', 'enough')).code).toBe(5);
  expect(bench.lines('log')).toEqual(['change']);
  const answers = bench.write('answers.yaml', 'change: { settle: failed, reason: cut off }\n');
  expect((await bench.gonogo('resume', '--answers', answers)).code).toBe(1);
  expect(bench.lines('log')).toEqual(['change', 'undo']);
});

test('in doubt: what only reads, or is declared idempotent, runs again without a question', async () => {
  for (const [more, action] of [
    ['', 'check'],
    ['      effect: idempotent', 'run'],
  ] as const) {
    const bench = await cutOff(more, action);
    expect((await bench.gonogo('resume')).code).toBe(0);
    expect(bench.lines('log')).toEqual(['change', 'change', 'after']);
    expect(bench.types()).toContain('attempt.in_doubt');
  }
});

test('in doubt: done_when answers for what is done; where it does not hold, the operator is asked', async () => {
  const bench = await cutOff('      done_when: { check: test -e done }');
  expect((await bench.gonogo('resume')).code).toBe(3);
  expect(bench.lines('log')).toEqual(['change']);

  const other = await cutOff('      done_when: { check: test -e finish }');
  expect((await other.gonogo('resume')).code).toBe(0);
  expect(other.lines('log')).toEqual(['change', 'after']);
  const settled = other.events().find((event) => event.type === 'attempt.settled');
  expect(settled).toMatchObject({ actor: { via: 'engine' }, data: { as: 'passed', reason: 'its done_when holds' } });
});

test('in doubt: after a restart of the machine, with a claim and without a status', async () => {
  const bench = await cutOff();
  const claim = join(bench.attempt('change'), 'claim');
  const { machine } = await createRealHost();
  writeFileSync(claim, readFileSync(claim, 'utf8').replace(machine.bootId, machine.bootId.replaceAll(/[0-9]/g, '0')));
  expect((await bench.gonogo('resume')).code).toBe(3);
  expect(bench.lines('log')).toEqual(['change']);
  const doubt = bench.events().find((event) => event.type === 'attempt.in_doubt');
  expect(doubt?.data).toMatchObject({ reason: expect.stringContaining('restarted while it ran') });
});

test('in doubt: started before a restart of the machine that left nothing of it', async () => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    'runbook: Boot\nphases: { deploy: [{ id: change, run: echo change >> log }] }\n',
  );
  // A target that cannot be read keeps the first step from starting.
  const paused = bench.start(['run', file, '--answers', bench.write('skip.yaml', 'change: { skip: not yet }')]);
  expect((await paused.ended).code).toBe(0);
  const first = bench.events()[0];
  if (first?.type !== 'run.started') throw new Error('the journal does not begin with run.started');

  const other = new Bench();
  const journals = await createJournals(await createRealHost(), other.state, actions);
  const { type, actor, data } = first;
  const document = readFileSync(file);
  const { sha256 } = data.documents[0] ?? { sha256: '' };
  const journal = await journals.create(
    'boot',
    [{ sha256, bytes: document }],
    [
      { type, actor, data: { ...data, cwd: other.root, bootId: 'an-earlier-boot', answers: undefined } },
      {
        type: 'step.started',
        actor: { via: 'engine', name: 'gonogo' },
        data: { step: 'change', visit: 1, attempt: 1, folder: 'steps/001-change/1', bootId: 'an-earlier-boot' },
      },
    ].map((draft) => JSON.parse(JSON.stringify(draft))),
  );
  await journal.close();
  expect((await other.gonogo('resume')).code).toBe(3);
  expect(other.lines('log')).toEqual([]);
  const doubt = other.events().find((event) => event.type === 'attempt.in_doubt');
  expect(doubt?.data).toMatchObject({ reason: expect.stringContaining('whether it had begun') });
});

test('in doubt: a torn exit status is no status', async () => {
  const bench = await cutOff();
  writeFileSync(join(bench.attempt('change'), 'exit'), '0');
  expect((await bench.gonogo('resume')).code).toBe(3);
  expect(bench.types()).toContain('attempt.in_doubt');
  expect(bench.lines('log')).toEqual(['change']);
});
