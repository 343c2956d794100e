/** A run moves between a folder and a database, byte for byte, and only as what it is. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { twoMachines } from './machines.ts';
import { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await Server.begin();
});
afterAll(() => server.end());

const release = `runbook: Release
phases:
  deploy:
    - { id: build, run: 'seq 200000; echo build > made', evidence: [made] }
    - { id: look, manual: Look at it. }
`;

test('from a folder into a database and back, byte for byte', async () => {
  const { machines, state, database } = await twoMachines(server);
  const [one, two] = machines;
  const folder = one.path('state');
  expect((await one.gonogo('run', one.write('run.yaml', release), '--state', folder)).code).toBe(3);
  const [run = ''] = readdirSync(`${folder}/runs`);
  const first = one.path('first.tar');
  const exported = await one.gonogo('export-run', run, '--out', first, '--state', folder);
  expect([exported.code, exported.stdout, exported.stderr]).toEqual([
    0,
    `${first}\n`,
    expect.stringMatching(/has not ended: go on with it in one place only/),
  ]);
  expect((await one.gonogo('export-run', run, '--out', first, '--state', folder)).code).toBe(2);
  await one.says('verify', first);
  expect(await two.says('import-run', first)).toBe(`${run}\n`);
  // A second time there is nothing left to do.
  expect(await two.says('import-run', first)).toBe(`${run}\n`);
  await two.says('verify', run);
  expect(await two.says('logs', run, 'build')).toMatch(/\n199999\n200000\n/);
  const journal = readFileSync(`${folder}/runs/${run}/journal.jsonl`);
  const rows = await server.sql(database, 'select line from gonogo.event order by seq');
  const lines = rows.flatMap(({ line }) => (line instanceof Uint8Array ? [line, Buffer.of(10)] : []));
  expect(Buffer.concat(lines)).toEqual(journal);
  const second = two.path('second.tar');
  await two.says('export-run', run, '--out', second);
  expect(readFileSync(second)).toEqual(readFileSync(first));
  const back = two.path('state');
  await two.says('import-run', second, '--state', back);
  expect(readFileSync(`${back}/runs/${run}/journal.jsonl`)).toEqual(journal);
  await two.says('verify', run, '--state', back);
  // It goes on where it is now, and the other copy is another run from then on.
  const answers = two.write('answers.yaml', 'look: done\n');
  await two.says('resume', run, '--answers', answers, '--state', back);
  const differs = await two.gonogo('import-run', first, '--state', back);
  expect([differs.code, differs.stderr]).toEqual([
    2,
    expect.stringMatching(/is here already, with other records; nothing was changed/),
  ]);
  expect(state).toMatch(/^postgres:/);
});

test('refused: an archive in which something was changed, or that is none; nothing of it is imported', async () => {
  const { machines, database } = await twoMachines(server);
  const [one] = machines;
  expect((await one.gonogo('run', one.write('run.yaml', release))).code).toBe(3);
  const whole = one.path('whole.tar');
  await one.gonogo('export-run', 'latest', '--out', whole);
  await server.sql(database, 'truncate gonogo.run, gonogo.event, gonogo.piece cascade');
  const bytes = readFileSync(whole);
  for (const word of ['"type":"step.started"', 'Look at it', '\n1999\n']) {
    const at = bytes.indexOf(word);
    expect(at).toBeGreaterThan(0);
    const changed = Buffer.from(bytes);
    changed[at + 3] = (changed[at + 3] ?? 0) ^ 1;
    writeFileSync(one.path('changed.tar'), changed);
    const { code, stderr } = await one.gonogo('import-run', one.path('changed.tar'));
    expect([code, stderr]).toEqual([2, expect.stringMatching(/does not verify, and nothing was imported/)]);
  }
  for (const file of [one.write('none.tar', 'no archive'), one.path('missing.tar')]) {
    const { code, stderr } = await one.gonogo('import-run', file);
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  }
  expect(await server.sql(database, 'select run from gonogo.run')).toEqual([]);
  await one.says('import-run', whole);
});
