/** A disk that refuses in the middle of a run: it stops, tells what is true, does nothing unrecorded, and goes on later. */
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  globSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, type TestContext, test } from 'vitest';
import { mountSmall } from '../journal/small-disk.ts';
import { Bench, bin, type Ended, isRunning, until, waitsFor } from './gonogo.ts';

/** Takes every free byte of the disk that `path` is on. */
function fill(path: string): void {
  for (const bytes of [64 * 1024, 4096, 64, 1]) {
    for (let room = true; room; ) {
      try {
        appendFileSync(path, Buffer.alloc(bytes));
      } catch {
        room = false;
      }
    }
  }
}

/** A bench whose state folder is on a disk of its own, of 400 KiB; null after skipping the test. */
function smallDisk(context: TestContext): Bench | null {
  const bench = new Bench();
  const mount = mountSmall(bench.root, '400k');
  if (mount.ok) return bench;
  context.skip(mount.reason);
  return null;
}

function expectPlainWords({ stderr }: Ended): void {
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr).not.toMatch(/HostError|JournalError|BrokenRun|node:/);
}

/** So long that the record of the attempt's end does not fit into what is left of a page. */
const longText = 'x'.repeat(6000);

test('disk: full when a command ends, the run stops (3) and says what is true; with room again, resume records it', async (context) => {
  const bench = smallDisk(context);
  if (bench === null) return;
  const file = bench.write(
    'run.yaml',
    `runbook: Full
phases:
  deploy:
    - { id: long, run: 'echo begun >> log; ${waitsFor('go')}', expect: 'output != "${longText}"' }
    - { id: next, run: 'echo next >> log' }
`,
  );
  bench.write('log', '');
  const driver = bench.start(['run', file]);
  await bench.supervisor('long');
  await until('the command runs', () => bench.lines('log').length === 1);
  bench.write('go.later', '');
  fill(bench.path('ballast'));
  const before = bench.events().length;
  renameSync(bench.path('go.later'), bench.path('go'));
  const broken = await driver.ended;
  expect(broken.code).toBe(3);
  expect(broken.stderr).toContain('no space left on the disk');
  expect(broken.stderr).toContain(`Nothing after record ${before} is certain`);
  expect(broken.stderr).toMatch(/Remove the cause, then: gonogo resume \S+/);
  expect(broken.stderr).toContain('ended, and not recorded: long; resume reads its outcome again');
  expectPlainWords(broken);

  const still = await bench.gonogo('resume');
  expect(still.code).not.toBe(0);
  expectPlainWords(still);
  rmSync(bench.path('ballast'));
  const resumed = await bench.gonogo('resume');
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(bench.lines('log')).toEqual(['begun', 'next']);
  expect(bench.starts('long')).toBe(1);
});

test.for([0, 12, 24, 36])(
  'disk: full in mid-run with %i KiB left, nothing runs unrecorded; with room again each ran once',
  async (roomKiB, context) => {
    const bench = smallDisk(context);
    if (bench === null) return;
    const steps = Array.from({ length: 8 }, (_, at) => `    - { id: s${at}, run: 'echo s${at} >> log' }`);
    const file = bench.write(
      'run.yaml',
      `runbook: Filling
phases:
  deploy:
    - { id: first, run: '${waitsFor('go')}' }
${steps.join('\n')}
`,
    );
    bench.write('log', ' '.repeat(4000));
    const driver = bench.start(['run', file]);
    await bench.supervisor('first');
    bench.release('go.later');
    fill(bench.path('ballast'));
    truncateSync(bench.path('ballast'), statSync(bench.path('ballast')).size - roomKiB * 1024);
    renameSync(bench.path('go.later'), bench.path('go'));
    const stopped = await driver.ended;
    expect(stopped.code).toBe(3);
    expect(stopped.stderr).toContain('no space left on the disk');
    expectPlainWords(stopped);
    rmSync(bench.path('ballast'));

    // A step that could not be started has failed, and its retry is a decision.
    const answers = bench.write(
      'answers.yaml',
      `${bench.stateNow().startedOrder.at(-1)}: { retry: there is room again }`,
    );
    let resumed = await bench.gonogo('resume', '--answers', answers);
    const last = bench.stateNow().startedOrder.at(-1) ?? '';
    if (resumed.stderr.includes(`the outcome of ${last} is in doubt`)) {
      // Where the disk was full in the midst of making its folder, that is not as it was made; nobody claimed it.
      const [folder = ''] = globSync(bench.path(`state/runs/*/steps/*-${last}/1`));
      expect(folder).not.toBe('');
      expect(existsSync(join(folder, 'claim'))).toBe(false);
      const settled = bench.write('settled.yaml', `${last}: { settle: rerun, reason: it was never claimed }`);
      resumed = await bench.gonogo('resume', '--answers', settled);
    }
    expect(resumed.code, resumed.stderr).toBe(0);
    const lines = bench.lines('log').map((line) => line.trim());
    expect(lines).toEqual(Array.from({ length: 8 }, (_, at) => `s${at}`));
  },
);

test('disk: full in mid-rollback, it is unfinished (5), and each undo still runs once', async (context) => {
  const bench = smallDisk(context);
  if (bench === null) return;
  const file = bench.write(
    'run.yaml',
    `runbook: Full rollback
phases:
  deploy:
    - { id: one, run: echo one >> log, undo: { run: echo undo one >> log } }
    - id: two
      run: echo two >> log
      undo: { run: 'echo undo two >> log; ${waitsFor('go')}', expect: 'output != "${longText}"' }
    - { id: fails, run: exit 1, on_fail: rollback }
`,
  );
  const driver = bench.start(['run', file]);
  await until('undo two runs', () => bench.lines('log').includes('undo two'));
  bench.release('go.later');
  fill(bench.path('ballast'));
  renameSync(bench.path('go.later'), bench.path('go'));
  const broken = await driver.ended;
  expect(broken.code).toBe(5);
  expectPlainWords(broken);
  rmSync(bench.path('ballast'));
  expect((await bench.gonogo('resume')).code).toBe(1);
  expect(bench.lines('log')).toEqual(['one', 'two', 'undo two', 'undo one']);
});

test('disk: without room nothing is started at all, and nothing is left behind', async (context) => {
  const bench = smallDisk(context);
  if (bench === null) return;
  const file = bench.write('run.yaml', 'runbook: None\nphases: { deploy: [{ id: one, run: echo one >> log }] }\n');
  fill(bench.path('ballast'));
  const refused = await bench.gonogo('run', file);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/no space left.*free some space/);
  expectPlainWords(refused);
  rmSync(bench.path('ballast'));
  expect(bench.runs()).toEqual([]);
  expect(bench.lines('log')).toEqual([]);
});

// --- permission lost ---

const nobody = 65_534;

/** Who permissions bind: a tester who is root hands the bench to another user. Null after skipping the test. */
function asOrdinary(bench: Bench, context: TestContext): { uid?: number; gid?: number } | null {
  if (process.getuid?.() !== 0) return {};
  const other = { uid: nobody, gid: nobody };
  if (spawnSync(process.execPath, [bin, '--version'], other).status !== 0) {
    context.skip('nothing binds root, and another user cannot run this checkout');
    return null;
  }
  chownSync(bench.root, nobody, nobody);
  for (const name of readdirSync(bench.root)) chownSync(bench.path(name), nobody, nobody);
  return other;
}

test('disk: permission lost while a command runs: it stops (3), the command goes on, and resume finds it', async (context) => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Locked out
phases:
  deploy:
    - { id: long, run: 'echo begun >> log; ${waitsFor('go')}' }
    - { id: next, run: echo next >> log }
`,
  );
  const as = asOrdinary(bench, context);
  if (as === null) return;
  const driver = bench.start(['run', file], as);
  const pid = await bench.supervisor('long');
  await until('the command runs', () => bench.lines('log').length === 1);
  const { folder } = bench.attempts()[0] ?? { folder: '' };
  onTestFinished(() => {
    if (existsSync(folder)) chmodSync(folder, 0o700);
  });
  // Another driver would look at the folder from time to time; this one is told by its child.
  chmodSync(folder, 0o000);
  bench.release('go');
  const broken = await driver.ended;
  expect(broken.code).toBe(3);
  expect(broken.stderr).toContain('permission denied');
  expect(broken.stderr).toMatch(/Remove the cause, then: gonogo resume \S+/);
  expectPlainWords(broken);
  await until('the command ended', () => !isRunning(pid));
  expect(bench.types()).not.toContain('attempt.ended');
  expect(bench.lines('log')).toEqual(['begun']);

  chmodSync(folder, 0o700);
  const resumed = await bench.start(['resume'], as).ended;
  // Its supervisor could not record the status either, so nobody guesses it.
  const recorded = existsSync(join(folder, 'exit'));
  expect(resumed.code, resumed.stderr).toBe(recorded ? 0 : 3);
  expect(bench.lines('log')).toEqual(recorded ? ['begun', 'next'] : ['begun']);
  expect(bench.starts('long')).toBe(1);
});

test('disk: permission lost for what is still to start: the step fails with that reason and the rest waits', async (context) => {
  const bench = new Bench();
  const file = bench.write(
    'run.yaml',
    `runbook: Locked out
phases:
  deploy:
    - { id: first, run: '${waitsFor('go')}' }
    - { id: next, run: echo next >> log }
`,
  );
  const as = asOrdinary(bench, context);
  if (as === null) return;
  const driver = bench.start(['run', file], as);
  await bench.supervisor('first');
  const steps = join(bench.run(), 'steps');
  onTestFinished(() => {
    if (existsSync(steps)) chmodSync(steps, 0o700);
  });
  chmodSync(steps, 0o500);
  bench.release('go');
  const waits = await driver.ended;
  expect(waits.code).toBe(3);
  expect(waits.stdout).toContain('could not be started');
  expectPlainWords(waits);
  expect(bench.lines('log')).toEqual([]);
  chmodSync(steps, 0o700);
  const answers = bench.write('answers.yaml', 'next: { retry: it is writable again }');
  chmodSync(answers, 0o644);
  expect((await bench.start(['resume', '--answers', answers], as).ended).code).toBe(0);
  expect(bench.lines('log')).toEqual(['next']);
});

test('disk: an inbox that cannot be read keeps no run from ending', async (context) => {
  const bench = new Bench();
  const file = bench.write('run.yaml', `runbook: Inbox\nphases: { deploy: [{ id: one, run: '${waitsFor('go')}' }] }\n`);
  const as = asOrdinary(bench, context);
  if (as === null) return;
  const driver = bench.start(['run', file], as);
  await bench.supervisor('one');
  const inbox = join(bench.run(), 'inbox');
  onTestFinished(() => {
    if (existsSync(inbox)) chmodSync(inbox, 0o700);
  });
  chmodSync(inbox, 0o000);
  bench.release('go');
  expect(await driver.ended).toMatchObject({ code: 0 });
  expect(bench.events().at(-1)).toMatchObject({ type: 'run.ended', data: { status: 'completed' } });
});

test('disk: a state folder that became read-only is read, and refused for everything else', async (context) => {
  const bench = new Bench();
  const file = bench.write('run.yaml', 'runbook: Look\nphases: { deploy: [{ id: look, manual: Look. }] }\n');
  const as = asOrdinary(bench, context);
  if (as === null) return;
  expect((await bench.start(['run', file], as).ended).code).toBe(3);
  const closed = [
    join(bench.run(), 'lock.db'),
    join(bench.run(), 'inbox'),
    bench.run(),
    join(bench.state, 'runs'),
    bench.state,
  ];
  onTestFinished(() => {
    for (const path of closed.toReversed()) if (existsSync(path)) chmodSync(path, 0o700);
  });
  for (const path of closed) chmodSync(path, path.endsWith('lock.db') ? 0o400 : 0o500);
  const before = readFileSync(join(bench.run(), 'journal.jsonl'));
  for (const args of [['list'], ['show', 'latest'], ['head', 'latest']]) {
    expect((await bench.start(args, as).ended).code, args.join(' ')).toBe(0);
  }
  for (const args of [['resume'], ['note', 'latest', 'text'], ['run', file]]) {
    const refused = await bench.start(args, as).ended;
    expect(refused.code, args.join(' ')).toBe(2);
    expect(refused.stderr).toMatch(/permission denied|may write/);
    expectPlainWords(refused);
  }
  expect(readFileSync(join(bench.run(), 'journal.jsonl'))).toEqual(before);
});
