/** One process drives a run at any time; what others send to it is journaled once, whoever dies meanwhile. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resumeRun } from '../../src/app/resume.ts';
import { openWorld } from '../../src/app/world.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import { Dice } from '../sim/world.ts';
import { Bench, type Ended, until, waitsFor } from './gonogo.ts';

const starts = Number(process.env['GONOGO_STARTS'] ?? '60');
const atOnce = 4;

test(`one writer: of ${starts} contended resumes, half of them killed, one drives at any time and the rest exit 4`, {
  timeout: 40_000 + starts * 1000,
}, async () => {
  const bench = new Bench();
  const ids = Array.from({ length: 40 }, (_, at) => `s${at}`);
  const file = bench.write(
    'run.yaml',
    `runbook: Contended
phases:
  all:
    - { id: go, manual: Go. }
${ids.map((id) => `    - { id: ${id}, run: 'echo ${id} >> log; sleep 0.1; echo ${id} >> log' }`).join('\n')}
    - { id: finish, run: '${waitsFor('finish')}' }
`,
  );
  expect((await bench.gonogo('run', file)).code).toBe(3);
  const answers = bench.write('answers.yaml', 'go: done\n');
  const { clock } = await createRealHost();
  const dice = new Dice(20_261_121);
  const pids = new Set<string>();
  let begun = 0;

  const contend = async (): Promise<Ended & { readonly victim: boolean }> => {
    const victim = begun++ % 2 === 0;
    const running = bench.start(['resume', 'latest', '--answers', answers]);
    pids.add(String(running.child.pid));
    // A victim dies at any moment of its life; one that lives is refused, or has the run and lets go of it after a while.
    if (victim) await Promise.race([clock.sleep(60 + dice.below(400)), running.ended]);
    else {
      const has = until(
        'it drives the run',
        () => running.stderr().includes('run ') || running.child.exitCode !== null,
      );
      await Promise.race([has, running.ended]);
      await Promise.race([clock.sleep(1500), running.ended]);
    }
    running.child.kill(victim ? 'SIGKILL' : 'SIGTERM');
    return { ...(await running.ended), victim };
  };
  const outcomes: (Ended & { readonly victim: boolean })[] = [];
  const contenders = Array.from({ length: atOnce }, async () => {
    while (begun < starts) outcomes.push(await contend());
  });
  await Promise.all(contenders);
  bench.release('finish');
  expect((await bench.gonogo('resume', 'latest', '--answers', answers)).code).toBe(0);

  // Two drivers at once would have run a step twice, mixed two of them, or broken the chain that reading verifies.
  expect(bench.lines('log')).toEqual(ids.flatMap((id) => [id, id]));
  // An attempt whose process was killed before it claimed it is void, and made anew.
  for (const id of ids) {
    const voided = bench.events().filter((event) => event.type === 'attempt.voided' && event.data.step === id).length;
    expect(bench.starts(id) - voided).toBe(1);
  }
  for (const { code, stderr } of outcomes) {
    // Asked to go before it had the run, it dies as any program does.
    expect([4, 130, 'SIGKILL', 'SIGTERM']).toContain(code);
    if (code !== 4) continue;
    expect(stderr).toMatch(/is driven by .*follow it with: gonogo watch /);
    const named = /\(process (\d+)/.exec(stderr)?.[1];
    if (named !== undefined) expect(pids).toContain(named);
  }
  const count = (wanted: number | string): number => outcomes.filter(({ code }) => code === wanted).length;
  expect(outcomes).toHaveLength(starts);
  expect(count(4)).toBeGreaterThan(starts / 20);
  expect(count('SIGKILL')).toBeGreaterThan(starts / 8);
});

const slow = `runbook: Slow
phases:
  all:
    - { id: one, run: echo one >> log }
    - { id: long, run: '${waitsFor('go')}' }
    - { id: two, run: echo two >> log }
`;

test('one writer: watch follows the run beside its driver, and sees it end', async () => {
  const bench = new Bench();
  const driver = bench.start(['run', bench.write('run.yaml', slow)]);
  await bench.supervisor('long');
  const watching = bench.start(['watch', 'latest']);
  await until('it shows the run as it stands', () => watching.stdout().includes('running    long'));
  expect((await bench.gonogo('note', 'latest', 'half way')).code).toBe(0);
  await until('it shows the note', () => watching.stdout().includes('half way'));
  bench.release('go');
  expect(await driver.ended).toMatchObject({ code: 0 });
  const watched = await watching.ended;
  expect(watched.code).toBe(0);
  expect(watched.stdout).toMatch(/passed +two /);
  expect(watched.stdout).toContain('completed: 3 of 3 steps passed');
});

test('one writer: notes of many processes, whose driver is killed again and again, are journaled once each', async () => {
  const bench = new Bench();
  const count = 16;
  const first = bench.start(['run', bench.write('run.yaml', slow)]);
  await bench.supervisor('long');
  const texts = Array.from({ length: count }, (_, at) => `note ${at}`);
  const inJournal = (): readonly string[] =>
    bench.events().flatMap((event) => (event.type === 'note.added' ? [event.data.text] : []));
  const send = async (text: string): Promise<void> => {
    const sent = await bench.gonogo('note', 'latest', text);
    expect([0, 3], sent.stderr).toContain(sent.code);
    // 0 says that it is in the journal, and it must be by then.
    if (sent.code === 0) expect(inJournal()).toContain(text);
  };
  let driver = first;
  const killing = (async () => {
    for (let round = 1; round <= 4; round += 1) {
      const goal = Math.min(count - 1, round * 3);
      await until(`${goal} notes`, () => inJournal().length >= goal);
      await driver.kill();
      driver = bench.start(['resume', 'latest']);
    }
  })();
  for (let at = 0; at < count; at += 4) await Promise.all(texts.slice(at, at + 4).map(send));
  await killing;
  bench.release('go');
  // A note that took the lock for a moment may have kept the last driver out.
  await driver.ended;
  expect((await bench.gonogo('resume', 'latest')).code).toBe(0);
  expect([...inJournal()].sort()).toEqual([...texts].sort());
  expect(bench.lines('log')).toEqual(['one', 'two']);
});

test('one writer: a handover by another terminal while the run is driven is recorded once', async () => {
  const bench = new Bench();
  const driver = bench.start(['run', bench.write('run.yaml', slow), '--operator', 'ada']);
  await bench.supervisor('long');
  const handed = await bench.gonogo('handover', 'latest', '--to', 'bo', '--note', 'half done', '--operator', 'ada');
  expect(handed.code).toBe(0);
  expect((await bench.gonogo('handover', 'latest', '--take', '--operator', 'bo')).code).toBe(0);
  expect(await driver.ended).toMatchObject({ code: 3 });
  const inbox = expect.any(String);
  const told = bench.events().filter(({ type }) => type.startsWith('handover.'));
  expect(told.map(({ data }) => data)).toEqual([
    { from: 'ada', to: 'bo', note: 'half done', inbox },
    { from: 'ada', to: 'bo', read: [], inbox },
  ]);
  expect(bench.stateNow().operator).toBe('bo');
  bench.release('go');
  expect((await bench.gonogo('resume', 'latest', '--operator', 'bo')).code).toBe(0);
});

test('one writer: an inbox full of garbage is set aside and told of once, and the note among it arrives', async () => {
  const bench = new Bench();
  const driver = bench.start(['run', bench.write('run.yaml', slow)]);
  await bench.supervisor('long');
  const inbox = join(bench.run(), 'inbox');
  const garbage = Array.from({ length: 300 }, (_, at) => `${String(at).padStart(15, '0')}-000000-garbageg.json`);
  for (const [at, name] of garbage.entries())
    writeFileSync(join(inbox, name), at % 2 === 0 ? '{"kind":"note"' : '\0\0');
  mkdirSync(join(inbox, 'a folder'));
  expect((await bench.gonogo('note', 'latest', 'a good one')).code).toBe(0);
  await until('the garbage is gone', () => readdirSync(inbox).join() === 'refused');
  bench.release('go');
  expect(await driver.ended).toMatchObject({ code: 0 });
  const notes = bench.events().flatMap((event) => (event.type === 'note.added' ? [event.data.text] : []));
  expect(notes).toContain('a good one');
  const told = notes.filter((text) => text.startsWith('The inbox held'));
  expect(told.length).toBeGreaterThan(0);
  expect(told.length).toBeLessThan(20);
  expect(readdirSync(join(inbox, 'refused'))).toHaveLength(garbage.length + 1);
});

test('one writer: a run that its driver ended a moment ago is not taken up again', async () => {
  const bench = new Bench();
  expect((await bench.gonogo('run', bench.write('run.yaml', slow.replace(waitsFor('go'), 'true')))).code).toBe(0);
  const world = await openWorld({ state: bench.state });
  const before = bench.events().length;
  const [id = ''] = bench.runs();
  const options = { operator: 'bo', guided: false, arrivals: new Set<string>(), rollback: null, adoption: null };
  // As a resume does that read the run right before its end.
  await expect(resumeRun(world, id, options)).rejects.toMatchObject({ facts: { code: 'run-ended' } });
  expect(bench.events()).toHaveLength(before);
  // It let go of the run.
  await (await world.journals.open(id)).close();
});

test('one writer: garbage in the inbox of a run that nobody drives is told of by whoever comes next', async () => {
  const bench = new Bench();
  const file = bench.write('run.yaml', 'runbook: Waits\nphases: { all: [{ id: look, manual: Look. }] }\n');
  expect((await bench.gonogo('run', file)).code).toBe(3);
  writeFileSync(join(bench.run(), 'inbox', '\u001b[31mnonsense'), 'x');
  expect((await bench.gonogo('note', 'latest', 'a good one')).code).toBe(0);
  const notes = bench.events().flatMap((event) => (event.type === 'note.added' ? [event.data.text] : []));
  expect(notes).toEqual(['a good one', expect.stringMatching(/^The inbox held a file .*inbox\/refused\//)]);
  expect((await bench.gonogo('show', 'latest')).stdout).not.toContain('\u001b');
});
