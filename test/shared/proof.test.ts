/**
 * Whatever becomes of the network, of the server and of its disk: no fork, no acknowledged record lost, no command twice unasked. Each command
 * appends its name to a file of the machine that it runs on.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { verifyJournal } from '../../src/journal/verify.ts';
import { Machine, type Shared, soon, twoMachines } from './machines.ts';
import { Server } from './server.ts';
import { Wire } from './wire.ts';

const noted = (id: string, more = ''): string =>
  `    - { id: ${id}, run: 'echo ${id} >> "log-$MACHINE"${more === '' ? '' : `; ${more}`}' }\n`;
const until = (file: string): string => `while [ -e run.yaml ] && [ ! -e ${file} ]; do sleep 0.05; done`;
const waiting = until('go');
const slow = `runbook: Slow\nphases:\n  deploy:\n${noted('slow', waiting)}${noted('after')}`;

/** Steps that end at once, one after the other. */
function quick(count: number): string {
  const steps = Array.from({ length: count }, (_, index) => noted(`s${index}`));
  return `runbook: Quick\nphases:\n  deploy:\n${steps.join('')}`;
}

async function began(): Promise<Server> {
  const server = await Server.begin();
  onTestFinished(() => server.end());
  return server;
}

async function linesOf(server: Server, database: string): Promise<{ readonly run: string; readonly bytes: Buffer }> {
  const rows = await server.sql(database, 'select run, line from gonogo.event order by run, seq');
  const bytes = rows.flatMap(({ line }) => (line instanceof Uint8Array ? [line, Buffer.of(10)] : []));
  return { run: String(rows[0]?.['run'] ?? ''), bytes: Buffer.concat(bytes) };
}

/** What every machine's file of one folder says, in the order of the machines. */
function ran(folder: Machine, ...names: readonly string[]): readonly (readonly string[])[] {
  return names.map((name) => folder.lines(`log-${name}`));
}

/** The journal verifies, and each command in it began as often as it ran. */
async function holds(server: Server, { database, machines: [one] }: Shared): Promise<void> {
  const { run, bytes } = await linesOf(server, database);
  const { events } = verifyJournal(bytes, run);
  const begun = events.flatMap(({ type, data }) => (type === 'step.started' ? [data.step] : []));
  expect(ran(one, 'one', 'two', 'three').flat().toSorted()).toEqual(begun.toSorted());
}

function ip(...words: readonly string[]): boolean {
  return spawnSync('ip', words).status === 0;
}

/** A machine behind a link of its own, which can be cut; the address of this side. */
function behindLink(number: number): { readonly near: string; readonly space: string; readonly here: string } | null {
  const [space, near] = [`gonogo-s${number}-${process.pid}`, `gs${number}${process.pid}`];
  const subnet = `10.${214 + number}.${process.pid % 250}`;
  const made =
    process.getuid?.() === 0 &&
    ip('netns', 'add', space) &&
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', 'there', 'netns', space) &&
    ip('addr', 'add', `${subnet}.1/24`, 'dev', near) &&
    ip('link', 'set', near, 'up') &&
    ip('-n', space, 'addr', 'add', `${subnet}.2/24`, 'dev', 'there') &&
    ip('-n', space, 'link', 'set', 'there', 'up');
  return made ? { near, space, here: `${subnet}.1` } : null;
}

// Only root makes a namespace, and only where the kernel has veth.
const links = [behindLink(0), behindLink(1)].flatMap((link) => link ?? []);
afterAll(() => {
  for (const { space } of links) ip('netns', 'del', space);
});

describe.runIf(links.length === 2)('machines in networks of their own', () => {
  test('one is cut off while its command runs, the other takes over, and the first does nothing more', async () => {
    const server = await began();
    const shared = await twoMachines(server);
    const [one, two] = shared.machines;
    for (const [index, machine] of shared.machines.entries()) {
      const { space, here } = links[index] ?? { space: '', here: '' };
      const wire = await Wire.to(server.port, here);
      onTestFinished(() => wire.close());
      machine.under = ['ip', 'netns', 'exec', space];
      machine.state = `postgres://driver@${here}:${wire.port}/${shared.database}?sslmode=disable`;
    }
    const driving = one.start(['run', one.write('run.yaml', slow), '--operator', 'ann']);
    await soon('the step runs', () => one.lines('log-one').length > 0);
    const { run } = await linesOf(server, shared.database);
    const watch = two.start(['watch', run, '--plain']);
    await soon('it is watched', () => /running +|runs on/.test(watch.stdout()));
    ip('link', 'set', links[0]?.near ?? '', 'down');
    const answers = two.write('answers.yaml', 'slow: { settle: passed, reason: seen on its machine }\n');
    const taken = ['resume', run, '--take-over', 'ann is cut off', '--operator', 'bo', '--answers', answers];
    expect(await two.gonogo(...taken)).toMatchObject({ code: 0 });
    // Its command ends while nothing reaches the server, and it wants to go on with the next one.
    one.write('go', '');
    ip('link', 'set', links[0]?.near ?? '', 'up');
    const ended = await driving.ended;
    expect([ended.code, ended.stderr]).toEqual([4, expect.stringMatching(/was taken over by bo on/)]);
    expect((await watch.ended).code).toBe(0);
    expect(ran(one, 'one', 'two')).toEqual([['slow'], ['after']]);
    await holds(server, shared);
    await two.says('verify', run);
  }, 120_000);
});

test('of two who take over at once one goes on, and each command runs once', async () => {
  const server = await began();
  const shared = await twoMachines(server);
  const [one, two] = shared.machines;
  const three = new Machine(dirname(one.folder), 'three', shared.state);
  onTestFinished(() => three.end());
  const driving = one.start(['run', one.write('run.yaml', slow)]);
  await soon('the step runs', () => one.lines('log-one').length > 0);
  driving.child.kill('SIGSTOP');
  const { run } = await linesOf(server, shared.database);
  const taken = await Promise.all(
    [two, three].map((machine) => {
      const answers = machine.write('answers.yaml', 'slow: { settle: passed, reason: seen }\n');
      return machine.gonogo('resume', run, '--take-over', 'it hangs', '--operator', machine.name, '--answers', answers);
    }),
  );
  // Whoever saw the other drive already has taken over from that one, or was too late: then nothing more is done without a person.
  expect([taken.filter(({ code }) => code === 0 || code === 3).length > 0, taken]).toEqual([true, taken]);
  expect(taken.map(({ code }) => code).filter((code) => ![0, 3, 4].includes(Number(code)))).toEqual([]);
  one.write('go', '');
  driving.child.kill('SIGCONT');
  expect((await driving.ended).code).toBe(4);
  await holds(server, shared);
  const left = two.write('left.yaml', 'after: { settle: passed, reason: seen }\n');
  const last = await two.gonogo('resume', run, '--take-over', 'it is over', '--answers', left);
  expect([0, 2]).toContain(last.code);
  await two.says('verify', run);
  expect(ran(one, 'one', 'two', 'three').flat()).toEqual(['slow', 'after']);
  const { bytes } = await linesOf(server, shared.database);
  const takeOvers = verifyJournal(bytes, run).events.filter(
    ({ type, data }) => type === 'run.resumed' && data.takenOver !== undefined,
  );
  expect(takeOvers.length).toBeGreaterThan(0);
  await holds(server, shared);
}, 120_000);

test('a server that is killed again and again under a run loses nothing that it acknowledged', async () => {
  const server = await began();
  const shared = await twoMachines(server);
  const [one] = shared.machines;
  const driving = one.start(['run', one.write('run.yaml', quick(24))]);
  let seen: Buffer = Buffer.alloc(0);
  for (const reached of [3, 9, 15]) {
    await soon(`${reached} steps ran`, () => one.lines('log-one').length >= reached);
    const { bytes } = await linesOf(server, shared.database);
    expect(bytes.subarray(0, seen.length)).toEqual(seen);
    seen = bytes;
    server.kill();
    await server.gone();
    server.start();
  }
  const { code, stderr } = await driving.ended;
  expect([code, stderr]).toEqual([0, expect.anything()]);
  expect(one.lines('log-one')).toEqual(Array.from({ length: 24 }, (_, index) => `s${index}`));
  await holds(server, shared);
}, 120_000);

test('a primary that dies under a run is followed by its synchronous standby without a loss', async () => {
  const server = await began();
  const shared = await twoMachines(server);
  const [one, two] = shared.machines;
  const standby = await server.standby();
  onTestFinished(() => standby.end());
  await server.sql('postgres', `alter system set synchronous_standby_names = '*'`);
  await server.sql('postgres', 'select pg_reload_conf()');
  await soon('the standby is waited for', async () => {
    const rows = await server.sql('postgres', `select 1 from pg_stat_replication where sync_state = 'sync'`);
    return rows.length === 1;
  });
  const places = `127.0.0.1:${server.port},127.0.0.1:${standby.port}`;
  for (const machine of shared.machines) machine.state = `postgres://driver@${places}/${shared.database}`;
  const driving = one.start(['run', one.write('run.yaml', quick(16))]);
  await soon('some steps ran', () => one.lines('log-one').length >= 5);
  server.kill();
  // Nobody else waits for it: the new primary has no standby of its own.
  standby.promote();
  await standby.sql('postgres', `alter system set synchronous_standby_names = ''`);
  await standby.sql('postgres', 'select pg_reload_conf()');
  const { code, stderr } = await driving.ended;
  expect([code, stderr]).toEqual([0, expect.anything()]);
  expect(one.lines('log-one')).toEqual(Array.from({ length: 16 }, (_, index) => `s${index}`));
  await holds(standby, shared);
  await two.says('verify', 'latest');
}, 120_000);

test('a standby that lacks records which its primary acknowledged is found out before anything more is done', async () => {
  const server = await began();
  const shared = await twoMachines(server);
  const [one] = shared.machines;
  const standby = await server.standby();
  onTestFinished(() => standby.end());
  const places = `127.0.0.1:${server.port},127.0.0.1:${standby.port}`;
  one.state = `postgres://driver@${places}/${shared.database}`;
  const text = quick(3)
    .replace(noted('s0'), noted('s0', until('first')))
    .replace(noted('s1'), noted('s1', waiting));
  const driving = one.start(['run', one.write('run.yaml', text)]);
  await soon('the first step runs', () => one.lines('log-one').length >= 1);
  await standby.caughtUp(server);
  standby.stop('immediate');
  one.write('first', '');
  await soon('the second step runs', () => one.lines('log-one').length >= 2);
  const { run, bytes } = await linesOf(server, shared.database);
  server.kill();
  await server.gone();
  standby.start();
  standby.promote();
  one.write('go', '');
  const { code, stderr } = await driving.ended;
  expect([code === 0, stderr]).toEqual([false, expect.stringMatching(/earlier moment/)]);
  // Nothing was begun that is not on record, and what is on record there is the beginning of what was.
  expect(one.lines('log-one')).toEqual(['s0', 's1']);
  const left = await linesOf(standby, shared.database);
  expect(left.bytes.length).toBeLessThan(bytes.length);
  expect(bytes.subarray(0, left.bytes.length)).toEqual(left.bytes);
  verifyJournal(left.bytes, run);
}, 120_000);

/** A file system of its own, which can be filled; null: nobody may mount one here. */
function smallDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-disk-'));
  if (
    process.getuid?.() !== 0 ||
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=777', 'none', folder]).status !== 0
  )
    return null;
  afterAll(() => {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

const disk = smallDisk();

test.runIf(disk !== null)(
  'a disk of the server that is full stops the record, and nothing else, until there is room',
  async () => {
    const server = await Server.begin(disk ?? '');
    onTestFinished(() => server.end());
    const shared = await twoMachines(server);
    const [one] = shared.machines;
    const text = slow.replace(waiting, `${waiting}; seq 200000`);
    const driving = one.start(['run', one.write('run.yaml', text)]);
    await soon('the step runs', () => one.lines('log-one').length > 0);
    const filling = join(disk ?? '', 'filling');
    spawnSync('dd', ['if=/dev/zero', `of=${filling}`, 'bs=64k']);
    spawnSync('dd', ['if=/dev/zero', `of=${filling}-more`, 'bs=512']);
    one.write('go', '');
    await soon('it says so', () => /nothing is being recorded/.test(driving.stderr()));
    expect(ran(one, 'one')).toEqual([['slow']]);
    rmSync(filling);
    // It stops itself where not even its own log has room.
    if (!server.isUp()) server.start();
    const { code, stderr } = await driving.ended;
    expect([code, stderr]).toEqual([0, expect.stringMatching(/everything is recorded again/)]);
    expect(ran(one, 'one')).toEqual([['slow', 'after']]);
    await holds(server, shared);
    await one.says('verify', 'latest');
  },
  120_000,
);
