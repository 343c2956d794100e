/** Runs that several machines share: every verb from everywhere, one driver, and another who takes over. */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { verifyJournal } from '../../src/journal/verify.ts';
import { linesOf, runOf, soon, twoMachines } from './machines.ts';
import { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await Server.begin();
});
afterAll(() => server.end());

const release = `runbook: Release
phases:
  deploy:
    - { id: build, run: 'seq 3; echo build >> log' }
    - { id: go, approve: { from: [ann, bo] } }
    - { id: switch, run: 'echo switch >> log', undo: { run: 'echo back >> log' } }
`;

/** A step that runs until the file `go` is there. */
const slow = `runbook: Slow
phases:
  deploy:
    - { id: slow, run: 'echo slow >> log; echo begun; while [ -e run.yaml ] && [ ! -e go ]; do sleep 0.05; done; echo ended' }
    - { id: after, run: 'echo after >> log' }
`;

test('a run is listed, shown, told of, approved, gone on with, verified and reported from another machine', async () => {
  const { database, machines } = await twoMachines(server);
  const [one, two] = machines;
  expect((await one.gonogo('run', one.write('run.yaml', release), '--operator', 'cy')).code).toBe(3);
  const run = await runOf(two);
  expect(await two.says('show', run)).toMatch(/^passed +build/m);
  expect(await two.says('logs', run, 'build')).toMatch(/1\n2\n3\n/);
  await two.says('note', run, 'from afar', '--operator', 'bo');
  await two.says('approve', run, 'go', '--operator', 'bo');
  two.write('notes.txt', 'seen');
  await two.says('attach', run, 'build', two.path('notes.txt'));
  const resumed = await two.gonogo('resume', run, '--operator', 'dee');
  expect([resumed.code, resumed.stderr]).toEqual([0, resumed.stderr]);
  // Commands run in the folder that was recorded, on whichever machine drives.
  expect(one.lines('log')).toEqual(['build', 'switch']);
  for (const machine of machines) {
    const verified = await machine.says('verify', run);
    expect(verified).toMatch(/^ok +evidence +3 files/m);
    await machine.says('report', run, '--out', machine.path('report'), '--bundle', machine.path('all.tar'));
    await machine.says('verify', machine.path('all.tar'));
  }
  const live = await linesOf(server, database, run);
  expect(readFileSync(one.path('report/journal.jsonl'))).toEqual(live);
  expect(readFileSync(two.path('report/journal.jsonl'))).toEqual(live);
  const events = verifyJournal(live, run).events;
  expect(events.flatMap((event) => (event.type === 'note.added' ? [event.data.text] : []))).toEqual(['from afar']);
  expect(readFileSync(one.path('report/report.md'))).toEqual(readFileSync(two.path('report/report.md')));
});

test('what a step prints is seen elsewhere while it runs', async () => {
  const { machines } = await twoMachines(server);
  const [one, two] = machines;
  const driven = one.start(['run', one.write('run.yaml', slow)]);
  await soon('the step runs', () => one.lines('log').length > 0);
  const run = await runOf(two);
  const logs = two.start(['logs', run, '--follow']);
  await soon('its first line is seen', () => logs.stdout().includes('begun'));
  expect(logs.stdout()).not.toMatch(/ended/);
  one.write('go', '');
  expect((await driven.ended).code).toBe(0);
  expect((await logs.ended).stdout).toMatch(/begun\nended\n/);
});

test('of what is too large for the store its beginning is sent once, and not again while it grows', async () => {
  const { database, machines } = await twoMachines(server);
  const [one] = machines;
  await one.says('store', 'init', '--state', server.address(database), '--max-evidence', '1K');
  const waits = (file: string): string => `while [ -e run.yaml ] && [ ! -e ${file} ]; do sleep 0.05; done`;
  const run = `seq 1000; ${waits('more')}; seq 1000; echo more >&2; ${waits('go')}`;
  const large = { runbook: 'Large', phases: { deploy: [{ id: 'large', run, expect: 'stdout.contains("1000")' }] } };
  const driven = one.start(['run', one.write('run.yaml', JSON.stringify(large))]);
  const sent = async (name: string): Promise<unknown> => {
    const text = `select xmin::text as by from gonogo.tail where path like '%/${name}'`;
    return (await server.sql(database, text))[0]?.['by'];
  };
  await soon('the output is there', async () => (await sent('output.log')) !== undefined);
  const first = await sent('output.log');
  one.write('more', '');
  // In the order of their names: who saw the second file has looked at the first one anew.
  await soon('the errors are there', async () => (await sent('stderr.log')) !== undefined);
  expect(await sent('output.log')).toBe(first);
  one.write('go', '');
  const { code, stderr } = await driven.ended;
  expect([code, stderr]).toEqual([0, stderr]);
});

test('what is too large for the store is kept by the machine that made it, which everybody else is told', async () => {
  const { database, machines } = await twoMachines(server);
  const [one, two] = machines;
  await one.says('store', 'init', '--state', server.address(database), '--max-evidence', '1K');
  const large = `runbook: Large
phases: { deploy: [{ id: small, run: 'seq 10' }, { id: large, run: 'seq 200000' }, { id: bad, run: 'seq 1000; false', on_fail: continue }] }
`;
  const ended = await one.gonogo('run', one.write('run.yaml', large), '--headless');
  expect([ended.code, ended.stderr]).toEqual([1, ended.stderr]);
  const run = await runOf(one);
  const path = 'steps/002-large/1/output.log';
  expect(await one.says('verify', run)).toMatch(/^ok +evidence +3 files, \d+ bytes, as recorded$/m);
  expect(await two.says('verify', run)).toMatch(
    new RegExp(
      `^ok +evidence +1 file, 21 bytes, as recorded; not looked at, verify it there: kept on "[^"]+", not here: "${path}", "`,
      'm',
    ),
  );
  expect(await one.says('logs', run, 'large')).toMatch(/\n199999\n200000\n$/);
  expect(await two.says('logs', run, 'large')).toMatch(
    /^(?:1\n2\n(?:.*\n)*)?-- the whole of it is kept on \S+, not here --\n$/,
  );
  expect(await two.says('show', run)).toMatch(/its output is kept on \S+, not here/);
  await two.says('report', run, '--out', two.path('report'));
  for (const args of [
    ['export-run', run, '--out', two.path('run.tar')],
    ['report', run, '--out', two.path('other'), '--bundle', two.path('bundle.tar')],
  ]) {
    const { code, stderr } = await two.gonogo(...args);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/output\.log \(\d+ bytes\) is kept on \S+, not here: do this there/),
    ]);
  }
  await one.says('export-run', run, '--out', one.path('run.tar'));
  await one.says('verify', one.path('run.tar'));
  await one.says('report', run, '--out', one.path('report'), '--bundle', one.path('bundle.tar'));
  await one.says('verify', one.path('bundle.tar'));
  // Where it has to be and is not, it is missing.
  const [file = ''] = readdirSync(one.path('own'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith(path),
  );
  rmSync(one.path(`own/${file}`));
  const gone = await one.gonogo('verify', run);
  expect([gone.code, gone.stdout]).toEqual([1, expect.stringMatching(/^FAILED +evidence +.*002-large.* is missing/m)]);
});

test('who comes second is told who drives, and who takes over is asked what is in doubt; the first then records nothing more', async () => {
  const { database, machines } = await twoMachines(server);
  const [one, two] = machines;
  const driven = one.start(['run', one.write('run.yaml', slow), '--operator', 'ann']);
  await soon('the step runs', () => one.lines('log').length > 0);
  const run = await runOf(two);

  const second = await two.gonogo('resume', run);
  expect([second.code, second.stderr]).toEqual([4, expect.stringMatching(/driven by .*--take-over REASON/)]);
  const unread = await two.gonogo('resume', run, '--take-over', 'ann is cut off', '--operator', 'bo');
  expect([unread.code, unread.stderr]).toEqual([
    2,
    expect.stringMatching(/in doubt: slow, begun .*\n.*\n.*slow: \{settle/),
  ]);
  const blank = await two.gonogo('resume', run, '--take-over', ' ');
  expect(blank.code).toBe(2);
  expect(verifyJournal(await linesOf(server, database, run), run).events.at(-1)?.type).toBe('step.started');

  const answers = two.write('answers.yaml', 'slow: { settle: passed, reason: it was seen to end }\n');
  const taken = await two.gonogo(
    'resume',
    run,
    '--take-over',
    'ann is cut off',
    '--operator',
    'bo',
    '--answers',
    answers,
  );
  expect([taken.code, taken.stderr]).toEqual([0, taken.stderr]);
  expect(one.lines('log')).toEqual(['slow', 'after']);

  one.write('go', '');
  const first = await driven.ended;
  expect([first.code, first.stderr]).toEqual([4, expect.stringMatching(/was taken over by bo on/)]);
  expect(one.lines('log')).toEqual(['slow', 'after']);
  const { events } = verifyJournal(await linesOf(server, database, run), run);
  expect(events.flatMap((event) => (event.type === 'run.resumed' ? [event.data.takenOver] : []))).toEqual([
    { from: expect.any(String), hostname: expect.any(String), reason: 'ann is cut off' },
  ]);
  await two.says('verify', run);
  await two.says('report', run, '--out', two.path('report'));
  expect(readFileSync(two.path('report/report.md'), 'utf8')).toMatch(/taken over by bo on .* from .*: ann is cut off/);
});

test('after the death of its driver a run goes on from the same machine as it does in a folder', async () => {
  const { machines } = await twoMachines(server);
  const [one, two] = machines;
  const driven = one.start(['run', one.write('run.yaml', slow)]);
  await soon('the step runs', () => one.lines('log').length > 0);
  await driven.kill();
  const run = await runOf(two);
  expect((await two.gonogo('resume', run)).code).toBe(4);
  one.write('go', '');
  const resumed = await one.gonogo('resume', run);
  expect([resumed.code, resumed.stderr]).toEqual([0, resumed.stderr]);
  expect(one.lines('log')).toEqual(['slow', 'after']);
  expect(await two.says('logs', run, 'slow')).toMatch(/begun\nended\n/);
});

test('who answers what somebody has answered is told who was faster', async () => {
  const { machines } = await twoMachines(server);
  const [one, two] = machines;
  expect((await one.gonogo('run', one.write('run.yaml', release), '--headless')).code).toBe(3);
  const run = await runOf(one);
  await one.says('approve', run, 'go', '--operator', 'ann');
  await one.says('resume', run, '--headless');
  for (const said of [[], ['--refuse', 'too late']]) {
    const late = await two.gonogo('approve', run, 'go', '--operator', 'bo', ...said);
    expect([late.code, late.stderr]).toEqual([4, `gonogo: go of run ${run} is answered already by ann\n`]);
  }
  expect((await one.gonogo('run', one.path('run.yaml'), '--headless')).code).toBe(3);
  const other = await runOf(one);
  await one.says('approve', other, 'go', '--operator', 'ann', '--refuse', 'not today');
  const late = await two.gonogo('approve', other, 'go', '--operator', 'bo');
  expect([late.code, late.stderr]).toEqual([
    4,
    `gonogo: go of run ${other} is answered already by ann, who refused it: not today\n`,
  ]);
});

test('a rollback takes a run over as a resume does', async () => {
  const { database, machines } = await twoMachines(server);
  const [one, two] = machines;
  const undone = `runbook: Undone
phases:
  deploy:
    - { id: switch, run: 'echo switch >> log', undo: { run: 'echo back >> log' } }
    - { id: slow, run: 'echo slow >> log; while [ -e run.yaml ] && [ ! -e go ]; do sleep 0.05; done', undo: { run: 'echo undo slow >> log' } }
`;
  const driven = one.start(['run', one.write('run.yaml', undone), '--operator', 'ann']);
  await soon('the step runs', () => one.lines('log').includes('slow'));
  const run = await runOf(two);
  const rollback = ['rollback', run, '--headless', '--reason', 'it is bad', '--operator', 'bo'];
  expect((await two.gonogo(...rollback)).code).toBe(4);
  const unread = await two.gonogo(...rollback, '--take-over', 'ann is cut off');
  expect([unread.code, unread.stderr]).toEqual([2, expect.stringMatching(/in doubt: slow/)]);
  const answers = two.write('answers.yaml', 'slow: { settle: failed, reason: it hangs }\n');
  const taken = await two.gonogo(...rollback, '--take-over', 'ann is cut off', '--answers', answers);
  expect([taken.code, taken.stderr]).toEqual([1, taken.stderr]);
  expect(one.lines('log')).toEqual(['switch', 'slow', 'undo slow', 'back']);
  one.write('go', '');
  const first = await driven.ended;
  expect([first.code, first.stderr]).toEqual([4, expect.stringMatching(/was taken over by bo on/)]);
  const { events } = verifyJournal(await linesOf(server, database, run), run);
  expect(events.flatMap((event) => (event.type === 'run.resumed' ? [event.data.takenOver?.reason] : []))).toEqual([
    'ann is cut off',
  ]);
  await two.says('verify', run);
});

test('a role that drives can neither change nor remove what is recorded', async () => {
  const { database, machines } = await twoMachines(server);
  const [one] = machines;
  expect((await one.gonogo('run', one.write('run.yaml', release))).code).toBe(3);
  const tables = await server.sql(database, `select tablename from pg_tables where schemaname = 'gonogo'`);
  expect(tables.length).toBeGreaterThan(8);
  for (const { tablename } of tables) {
    const columns = await server.sql(
      database,
      `select column_name as name from information_schema.columns where table_schema = 'gonogo' and table_name = '${tablename}'`,
    );
    for (const statement of [
      `delete from gonogo.${tablename}`,
      `truncate gonogo.${tablename}`,
      `update gonogo.${tablename} set ${columns[0]?.['name']} = null`,
      `insert into gonogo.${tablename} default values`,
      `drop table gonogo.${tablename}`,
    ])
      await expect(server.sql(database, statement, 'driver'), statement).rejects.toThrow(
        /permission denied|must be owner/,
      );
  }
  // Nor by the functions that serve the ones it may call.
  for (const call of [`put_lines('x', 1, 0, '{}')`, `put_chunk('x')`, `pin('x', '{}')`])
    await expect(server.sql(database, `select gonogo.${call}`, 'driver'), call).rejects.toThrow(/permission denied/);
});

test('who watches and who drives is seen everywhere, and what happens is seen at once', async () => {
  const { machines } = await twoMachines(server);
  const [one, two] = machines;
  const driven = one.start(['run', one.write('run.yaml', slow), '--operator', 'ann']);
  await soon('the step runs', () => one.lines('log').length > 0);
  const run = await runOf(two);
  const watch = two.start(['watch', run, '--plain', '--operator', 'bo']);
  await soon('bo is told who drives', () => /^drives +ann on /m.test(watch.stdout()));
  await soon('ann could see bo', async () => /^watches +bo on /m.test(await one.says('show', run)));
  const shown: unknown = JSON.parse(await one.says('show', run, '--json'));
  expect(shown).toMatchObject({ driver: { name: 'ann' }, watchers: [{ name: 'bo' }] });
  // Whoever looks at it by another way is no less told, and does not count itself.
  const seen: unknown = JSON.parse(await two.says('watch', run, '--json'));
  expect(seen).toMatchObject({ driver: { name: 'ann' }, watchers: [{ name: 'bo' }] });
  await two.says('note', run, 'all is well', '--operator', 'cy');
  await soon('bo reads the note', () => watch.stdout().includes('note       cy: all is well'));
  one.write('go', '');
  expect((await driven.ended).code).toBe(0);
  const { code, stdout } = await watch.ended;
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^running +after$/m)]);
  expect(JSON.parse(await one.says('show', run, '--json'))).toMatchObject({ driver: null, watchers: [] });
});

test('a list of many runs comes by pages, and only what went on is read again', async () => {
  const { database, machines } = await twoMachines(server);
  const [one] = machines;
  expect((await one.gonogo('run', one.write('run.yaml', release), '--operator', 'cy')).code).toBe(3);
  const newest = await runOf(one);
  await server.sql(database, manyRuns(newest, 4500));
  const all = z.array(z.object({ run: z.string() })).parse(JSON.parse(await one.says('list', '--json')));
  expect(all.map(({ run }) => run)).toEqual([
    newest,
    ...Array.from({ length: 4500 }, (_, index) => idOf(4500 - index)),
  ]);
  const first = await one.gonogo('list');
  const last = idOf(4500 - 498);
  expect([first.stdout.split('\n').length, first.stderr]).toEqual([
    501,
    expect.stringContaining(`gonogo list --after ${last}\n`),
  ]);
  const next = await one.says('list', '--limit', '2', '--after', last.slice(9, -5));
  expect(next.match(/^\S+/gm)).toEqual([idOf(4001), idOf(4000)]);
  expect((await one.gonogo('list', '--limit', '0')).code).toBe(2);
  expect(await one.says('list', '--mine', '--operator', 'op7', '--limit', '1')).toMatch(/^\S+-4497-\S+ +completed/);
  // The run that goes on is told anew; the others are not read, since they have no records.
  await one.says('approve', newest, 'go', '--operator', 'bo');
  expect(await one.says('list', '--limit', '2')).toMatch(
    new RegExp(`^${newest} +paused .*\n${idOf(4500)} +completed .*\n$`),
  );
});

function idOf(number: number): string {
  return `20251121-0312-run-${String(number).padStart(4, '0')}-aaaa`;
}

/** `count` runs that are remembered like `run`, one a second, all before it. */
function manyRuns(run: string, count: number): string {
  return `create temporary table made as select n, '20251121-0312-run-' || lpad(n::text, 4, '0') || '-aaaa' as run from generate_series(1, ${count}) as n;
    insert into gonogo.run (run, epoch, seq, head, seen) select run, 1, 1, 'head', now() from made;
    insert into gonogo.digest (run, head, body) select made.run, 'head', jsonb_set(body::jsonb, '{summary}', body::jsonb -> 'summary' ||
      jsonb_build_object('run', made.run, 'startedAt', started - 1e8 + 1000 * n, 'operator', 'op' || n % 10, 'status', 'completed', 'waiting', null,
        'wanted', '[]'::jsonb))::text from made, gonogo.digest as d where d.run = '${run}';
    update gonogo.run set stale = false where run in (select run from made);`;
}

test('a run is handed from one machine to another, which reads back what is owed before anything is changed', async () => {
  const { machines } = await twoMachines(server);
  const [one, two] = machines;
  const page = `runbook: Fail over
phases:
  mitigate:
    - { id: fence, run: 'echo fence >> log', owes: Take the fence away }
    - { id: wait, run: 'while [ -e run.yaml ] && [ ! -e go ]; do sleep 0.05; done' }
    - { id: unfence, run: 'echo unfence >> log', settles: fence }
`;
  const ada = one.start(['run', one.write('run.yaml', page), '--operator', 'ada']);
  await soon('the second step runs', async () =>
    (await two.gonogo('show', 'latest')).stdout.includes('running    wait'),
  );
  const run = await runOf(two);
  await two.says('handover', run, '--to', 'bo', '--operator', 'ada');
  const early = await two.gonogo('handover', run, '--take', '--operator', 'bo');
  expect([early.code, early.stderr]).toEqual([2, expect.stringContaining('typing these ids: fence')]);
  await two.says('handover', run, '--take', '--read', 'fence', '--operator', 'bo');
  // Whoever drove it has let go by itself; what runs there goes on, and is waited for by a resume on that machine.
  expect((await ada.ended).code).toBe(3);
  one.write('go', '');
  const done = await one.gonogo('resume', run, '--operator', 'bo');
  expect([done.code, done.stderr]).toEqual([0, done.stderr]);
  expect(one.lines('log')).toEqual(['fence', 'unfence']);
  await two.says('verify', run);
});
