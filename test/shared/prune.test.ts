/** Old runs go from a folder and from a database, archived, and nothing of what others speak of. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Machine, twoMachines } from './machines.ts';
import { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await Server.begin();
});
afterAll(() => server.end());

const target = 'target: { name: shop, identity: { check: echo web1 } }\n';
const documents = {
  plain: "runbook: Plain\nphases: { deploy: [{ id: build, run: 'seq 30; echo made > made', evidence: [made] }] }\n",
  waiting: 'runbook: Waiting\nphases: { deploy: [{ id: look, manual: Look at it. }] }\n',
  audit: `checklist: Audit
categories: { layout: { items: [{ id: there, title: It is there, check: 'true', severity: high }] } }
`,
  owing: `runbook: Owing\n${target}phases: { deploy: [{ id: open_port, run: 'echo open', owes: Close the port again. }] }\n`,
  later: `runbook: Later\n${target}phases: { deploy: [{ id: change, run: 'echo change', undo: { run: 'echo back' } }] }\n`,
};

async function runsIn(machine: Machine): Promise<ReadonlyMap<string, string>> {
  const runs = z
    .array(z.looseObject({ run: z.string(), title: z.string() }))
    .parse(JSON.parse(await machine.says('list', '--json')));
  return new Map(runs.map(({ run, title }) => [run, title]));
}

/** Starts `name`, and resolves with the id of its run. */
async function run(machine: Machine, name: keyof typeof documents, answer = ''): Promise<string> {
  const before = await runsIn(machine);
  const verb = name === 'audit' ? 'audit' : 'run';
  const file = machine.write(`${name}.yaml`, documents[name]);
  const said = answer === '' ? [] : ['--answers', machine.write('answers.yaml', answer)];
  const { code, stderr } = await machine.gonogo(verb, file, '--headless', ...said);
  expect([name, code, stderr]).toEqual([name, name === 'waiting' ? 3 : 0, stderr]);
  const [id = ''] = [...(await runsIn(machine)).keys()].filter((one) => !before.has(one));
  return id;
}

describe.each(['a folder', 'a database'])('in %s', (kind) => {
  test('what has ended and nobody speaks of goes, archived; the rest stays and says why', async () => {
    const { machines, database } = await twoMachines(server);
    const [one] = machines;
    if (kind === 'a folder') one.state = one.path('state');
    const owner = kind === 'a folder' ? one.state : server.address(database);
    const plain = await run(one, 'plain');
    const first = await run(one, 'audit');
    const second = await run(one, 'audit');
    const owing = await run(one, 'owing', 'open_port: { handover: bo }\n');
    const later = await run(one, 'later', `${owing}.open_port: { defer: not now }\n`);
    const waiting = await run(one, 'waiting');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', one.path('key')]);
    await one.says('report', second, '--sign', one.path('key'));
    const trusting = ['--allowed-signers', one.write('signers', `ann ${readFileSync(one.path('key.pub'), 'utf8')}`)];

    const prune = (...more: readonly string[]) => one.gonogo('prune', '--older', '0s', '--state', owner, ...more);
    const shown = await prune('--keep-signed');
    expect([shown.code, shown.stderr]).toEqual([0, expect.stringMatching(/^nothing was removed; with --yes 1 run of/)]);
    expect(
      shown.stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/ {2,}/g, ' ')),
    ).toEqual([
      `goes ${plain} completed Plain`,
      `stays ${first} run ${second} speaks of it (verdict.given)`,
      `stays ${second} its report is signed`,
      `stays ${owing} it leaves open: open_port: Close the port again. (handed over to bo)`,
      `stays ${later} it changed the target of run ${owing} later, which a rollback of that has to know`,
      `stays ${waiting} it has not ended`,
    ]);
    expect((await runsIn(one)).size).toBe(6);
    const young = await one.gonogo('prune', '--older', '2y', '--state', owner, '--yes');
    expect([young.code, young.stdout]).toEqual([0, '']);

    const archive = one.path('kept');
    const done = await prune('--keep-signed', '--yes', '--archive', 'kept');
    const file = join(archive, `${plain}.tar.gz`);
    expect([done.code, done.stderr]).toEqual([0, '']);
    expect(done.stdout).toContain(`\nremoved ${plain}, archived in ${file}\n`);
    expect([...(await runsIn(one)).keys()].toSorted()).toEqual([first, second, owing, later, waiting].toSorted());
    expect(readdirSync(archive)).toEqual([`${plain}.tar.gz`]);
    await one.says('verify', file);
    for (const stays of [first, second, owing, later])
      await one.says('verify', stays, ...(stays === second ? trusting : []));

    // Both audits go together, the signed report with them, and each can be had back.
    const rest = await prune('--yes');
    expect([rest.code, rest.stderr]).toEqual([0, '']);
    expect([...(await runsIn(one)).keys()].toSorted()).toEqual([owing, later, waiting].toSorted());
    const pruned = rest.stdout.match(/\/\S+\.tar\.gz/g) ?? [];
    expect(pruned.map((path) => path.replace(/^.*\//, ''))).toEqual([
      `${first}.tar.gz`,
      `${second}.tar.gz`,
      `${second}.report.tar.gz`,
    ]);
    for (const path of pruned) await one.says('verify', path, ...(path.endsWith('.report.tar.gz') ? trusting : []));
    await one.says('import-run', file);
    await one.says('verify', plain);
    expect(await one.says('logs', plain)).toMatch(/\n29\n30\n/);
    if (kind === 'a folder') return;
    const [left] = await server.sql(
      database,
      `select (select count(*)::int from gonogo.event where run = '${first}') as events,
        (select count(*)::int from gonogo.chunk where sha256 not in
          (select sha256 from gonogo.piece union select sha256 from gonogo.document)) as orphans,
        (select count(*)::int from (select sha256 from gonogo.piece union select sha256 from gonogo.document) as n
          where sha256 not in (select sha256 from gonogo.chunk)) as lost,
        (select array_agg(run order by run) from gonogo.pruned) as pruned`,
    );
    expect(left).toEqual({ events: 0, orphans: 0, lost: 0, pruned: [first, second].toSorted() });
  });
});

test('refused: a role that drives removes nothing, and is told who does; an age that is none', async () => {
  const { machines, database, state } = await twoMachines(server);
  const [one] = machines;
  const plain = await run(one, 'plain');
  const refused = await one.gonogo('prune', '--older', '0s', '--yes');
  expect([refused.code, refused.stdout, refused.stderr]).toEqual([
    2,
    '',
    `gonogo: driver may not remove runs from ${state}: whoever drives can only add; prune as the owner of its tables: --state ${server.address(database)}\n`,
  ]);
  await expect(server.sql(database, `select gonogo.prune('${plain}', 1, '')`, 'driver')).rejects.toThrow(
    /permission denied/,
  );
  for (const age of ['old', '2', '2Y', '-1d']) {
    const wrong = await one.gonogo('prune', '--older', age, '--state', server.address(database));
    expect([wrong.code, wrong.stderr]).toEqual([2, `gonogo: --older ${age}: an age like 90d, 26w or 2y\n`]);
  }
  expect([...(await runsIn(one)).keys()]).toEqual([plain]);
  expect(existsSync(one.path('own/gonogo'))).toBe(true);
});
