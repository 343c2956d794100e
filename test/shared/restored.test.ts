/** A backup that was restored lacks what was recorded since: that is found out, and mended from the copy of whoever recorded it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { type Machine, soon, twoMachines } from './machines.ts';
import { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await Server.begin();
});
afterAll(() => server.end());

const release = `runbook: Release
phases:
  deploy:
    - { id: first, manual: Look at it. }
    - { id: build, run: 'echo build >> log; seq 70000', evidence: [log] }
    - { id: second, manual: Look again. }
    - { id: last, run: 'echo last >> log; seq 10' }
`;

async function runOf(machine: Machine): Promise<string> {
  const runs = z.array(z.looseObject({ run: z.string() })).parse(JSON.parse(await machine.says('list', '--json')));
  return runs[0]?.run ?? '';
}

async function journalOf(database: string, run: string): Promise<string> {
  const rows = await server.sql(database, `select line from gonogo.event where run = '${run}' order by seq`);
  return rows.map(({ line }) => (line instanceof Uint8Array ? Buffer.from(line).toString() : '')).join('\n');
}

/** A run that waits for its first answer, a backup of then, and the run as it went on to its second. */
async function goneOn() {
  const shared = await twoMachines(server);
  const [one] = shared.machines;
  const empty = await server.backUp(shared.database);
  expect((await one.gonogo('run', one.write('run.yaml', release), '--headless')).code).toBe(3);
  const run = await runOf(one);
  const backup = await server.backUp(shared.database);
  const answers = one.write('first.yaml', 'first: done\n');
  expect((await one.gonogo('resume', run, '--headless', '--answers', answers)).code).toBe(3);
  const whole = await journalOf(shared.database, run);
  return { ...shared, empty, run, backup, whole };
}

test('what a restored database lacks of a run is told, and put back by whoever goes on from where it was recorded', async () => {
  const { machines, database, run, backup, whole } = await goneOn();
  const [one, two] = machines;
  const before = await one.says('verify', run);
  await server.restore(database, backup);
  expect(await journalOf(database, run)).not.toBe(whole);
  await two.says('verify', run);
  expect(await two.says('show', run)).not.toMatch(/apart/);

  expect(await one.says('list')).toMatch(/lacks records that this machine has/);
  expect(await one.says('show', run)).toMatch(
    /the store went back to an earlier moment and lacks records \d+ to \d+, which/,
  );
  const verified = await one.gonogo('verify', run);
  expect([verified.code, verified.stdout]).toEqual([1, expect.stringMatching(/^FAILED +store +it lacks records/m)]);

  const answers = one.write('second.yaml', 'second: done\n');
  const resumed = await one.gonogo('resume', run, '--headless', '--answers', answers);
  expect([resumed.code, resumed.stderr]).toEqual([
    0,
    expect.stringMatching(
      /went back to an earlier moment: records \d+ to \d+ of run .* put back from this machine's copy/,
    ),
  ]);
  const now = await journalOf(database, run);
  expect(now.slice(0, whole.length)).toBe(whole);
  expect(one.lines('log')).toEqual(['build', 'last']);
  expect(before).toMatch(/^ok +evidence/m);
  expect(await two.says('verify', run)).toMatch(/^ok +evidence/m);
  expect(await two.says('logs', run, 'build')).toMatch(/\n70000\n/);
  expect(await one.says('show', run)).not.toMatch(/apart/);
});

test('a run that the restored database has lost as a whole is told, and put back', async () => {
  const { machines, database, run, empty, whole } = await goneOn();
  const [one, two] = machines;
  await server.restore(database, empty);
  expect(await two.says('list', '--json')).toBe('[]\n');
  expect(await one.says('list')).toContain(`${run}  the store went back to an earlier moment and lacks records 1 to `);
  expect((await two.gonogo('resume', run)).code).toBe(2);
  expect((await one.gonogo('resume', run, '--headless')).code).toBe(3);
  expect((await journalOf(database, run)).slice(0, whole.length)).toBe(whole);
  expect(await two.says('verify', run)).toMatch(/^ok +evidence/m);
  // What was removed on purpose is not lost.
  const answers = two.write('second.yaml', 'second: done\n');
  await two.says('resume', run, '--headless', '--answers', answers);
  await two.says('prune', '--older', '0s', '--yes', '--state', server.address(database));
  expect(await one.says('list')).toBe('');
  expect((await one.gonogo('resume', run, '--headless')).code).toBe(2);
});

test('where somebody went on meanwhile both branches are kept, and everybody is told', async () => {
  const { machines, database, run, backup, whole } = await goneOn();
  const [one, two] = machines;
  await server.restore(database, backup);
  const answers = two.write('first.yaml', 'first: { note: it was two }\n');
  expect((await two.gonogo('resume', run, '--headless', '--answers', answers)).code).toBe(3);
  const theirs = await journalOf(database, run);
  expect(await one.says('show', run)).toMatch(/another branch: .* kept on this machine alone/);
  expect(await two.says('show', run)).not.toMatch(/another branch/);

  const resumed = await one.gonogo('resume', run, '--headless');
  expect([resumed.code, resumed.stderr]).toEqual([3, expect.stringMatching(/another branch: .* kept beside it since/)]);
  expect((await journalOf(database, run)).slice(0, theirs.length)).toBe(theirs);
  const [kept] = await server.sql(
    database,
    `select after::int as after, lines from gonogo.branch where run = '${run}'`,
  );
  const lines = z.array(z.instanceof(Buffer)).parse(kept?.['lines']).map(String);
  expect(lines).toEqual(whole.split('\n').slice(Number(kept?.['after'])));
  for (const machine of machines) {
    expect(await machine.says('list')).toMatch(/has another branch/);
    expect(await machine.says('show', run)).toMatch(
      /another branch: .* as \S+ had recorded them are kept beside it since/,
    );
    expect(await machine.says('verify', run)).toMatch(/^ok +branch +records \d+ to \d+ as .* are kept beside the run/m);
  }
  const again = await one.gonogo('resume', run, '--headless');
  expect([again.code, again.stderr]).toEqual([3, expect.not.stringMatching(/another branch/)]);
});

test('a driver whose database is restored under it stops, and the next resume puts its records back and finds its command', async () => {
  const { machines, database } = await twoMachines(server);
  const [one] = machines;
  const slow = `runbook: Slow
phases:
  deploy:
    - { id: early, run: 'echo early >> log; while [ -e run.yaml ] && [ ! -e first ]; do sleep 0.05; done' }
    - { id: slow, run: 'echo slow >> log; while [ -e run.yaml ] && [ ! -e go ]; do sleep 0.05; done' }
    - { id: after, run: 'echo after >> log' }
`;
  const driven = one.start(['run', one.write('run.yaml', slow), '--headless']);
  await soon('the first step runs', () => one.lines('log').length > 0);
  const run = await runOf(one);
  const backup = await server.backUp(database);
  one.write('first', '');
  await soon('the second step runs', () => one.lines('log').length > 1);
  await server.restore(database, backup);
  one.write('go', '');
  const ended = await driven.ended;
  expect([ended.code, ended.stderr]).toEqual([
    3,
    expect.stringMatching(/went back to an earlier moment.*gonogo resume/s),
  ]);
  const resumed = await one.gonogo('resume', run, '--headless');
  expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringMatching(/were put back from this machine's copy/)]);
  expect(one.lines('log')).toEqual(['early', 'slow', 'after']);
  await one.says('verify', run);
});
