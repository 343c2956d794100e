/** Behind a pooler that gives every transaction another connection, and before a standby. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { soon, twoMachines } from './machines.ts';
import { freePort, nobody, Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await Server.begin();
});
afterAll(() => server.end());

/** pgbouncer in transaction mode, with two connections for everybody; its port. */
async function pooler(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-pooler-'));
  const port = await freePort();
  const settings = `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
`;
  // With any authentication all come as one user, who is named with the database.
  writeFileSync(join(folder, 'ini'), settings.replace('port=', 'user=driver port='));
  const as = nobody();
  if (as !== null) for (const path of [folder, join(folder, 'ini')]) chownSync(path, as.uid, as.gid);
  const child: ChildProcess = spawn('/usr/sbin/pgbouncer', [join(folder, 'ini')], {
    ...as,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += String(text)));
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await soon(`the pooler listens: ${said}`, () => /process up/.test(said));
  return port;
}

const release = `runbook: Release
target: { name: shop, identity: { check: echo web1 } }
phases:
  deploy:
    - { id: build, run: 'seq 3; echo build >> log' }
    - { id: look, manual: Look at it. }
    - { id: switch, run: 'echo switch >> log' }
`;

test('a run is driven, told of and gone on with through a pooler in transaction mode', async () => {
  const { database, machines } = await twoMachines(server);
  const port = await pooler();
  const [one, two] = machines;
  for (const machine of machines) machine.state = server.address(database, 'driver', port);
  const files = [1, 2, 3].map((number) =>
    one.write(`run${number}.yaml`, release.replace('name: shop', `name: shop${number}`)),
  );
  const driven = await Promise.all(files.map((file) => one.gonogo('run', file)));
  expect(
    driven.map(({ code }) => code),
    driven.map(({ stderr }) => stderr).join('\n'),
  ).toEqual([3, 3, 3]);
  const runs = driven.map(({ stderr }) => /^run (\S+)/m.exec(stderr)?.[1] ?? '');
  const answers = two.write('answers.yaml', 'look: done\n');
  // Nothing is listened to through it: what is new is seen all the same.
  const watch = two.start(['watch', runs[0] ?? '', '--plain']);
  await soon('it is watched', () => /waits for/.test(watch.stdout()));
  await Promise.all(runs.map((run) => two.says('note', run, 'through the pooler')));
  await soon('the note is seen', () => /: through the pooler/.test(watch.stdout()));
  await Promise.all(runs.map((run) => two.says('resume', run, '--answers', answers)));
  expect((await watch.ended).code).toBe(0);
  for (const run of runs) expect(await two.says('verify', run)).toMatch(/^ok +evidence +2 files/m);
  expect(one.lines('log').toSorted()).toEqual(['build', 'build', 'build', 'switch', 'switch', 'switch']);
});

test('a standby is refused with the way out, and of several hosts the primary is found, also once it is another', async () => {
  const { database, machines } = await twoMachines(server);
  const [one] = machines;
  const standby = await server.standby();
  onTestFinished(() => standby.end());
  const at = standby.address(database, 'driver');
  const refused = await one.gonogo('list', '--state', at);
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/is a read-only replica; name the primary, or all of them/),
  ]);
  const [here, there] = [`127.0.0.1:${server.port}`, `127.0.0.1:${standby.port}`];
  one.state = `postgres://driver@${there},${here}/${database}`;
  expect((await one.gonogo('run', one.write('run.yaml', release))).code).toBe(3);
  // The primary goes while a command runs, and its successor is not one yet when the end of it is to be recorded.
  one.state = `postgres://driver@${here},${there}/${database}`;
  const slow = release
    .replace('name: shop', 'name: till')
    .replace('seq 3', 'echo began >> log; while [ -e slow.yaml ] && [ ! -e go ]; do sleep 0.05; done');
  const driven = one.start(['run', one.write('slow.yaml', slow)]);
  await soon('a command runs', () => one.lines('log').includes('began'));
  await standby.caughtUp(server);
  server.stop('fast');
  one.write('go', '');
  let over = false;
  void driven.ended.then(() => {
    over = true;
  });
  await soon('it says that nothing is recorded', () => over || /nothing is being recorded/.test(driven.stderr()));
  standby.promote();
  const { code, stderr } = await driven.ended;
  expect([code, stderr]).toEqual([3, expect.stringMatching(/nothing is being recorded/)]);
  const answers = one.write('answers.yaml', 'look: done\n');
  const runs = (await one.says('list')).match(/^\S+-release-\w+/gm) ?? [];
  expect(runs).toHaveLength(2);
  for (const run of runs) {
    await one.says('resume', run, '--answers', answers);
    await one.says('verify', run);
  }
  expect(one.lines('log').toSorted()).toEqual(['began', 'build', 'build', 'switch', 'switch']);
});
