/** A line that is cut anywhere, a server that dies, a driver that is stopped: nothing is lost, nothing forks, nothing runs twice unasked. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { encodeAll } from '../../src/journal/encode.ts';
import { beginning } from '../../src/journal/record.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { readAddress } from '../../src/store/postgres/address.ts';
import { openWorkPlace } from '../../src/store/postgres/place.ts';
import { init } from '../../src/store/postgres/setup.ts';
import { PostgresStore } from '../../src/store/postgres/store.ts';
import { note, started } from '../journal/drafts.ts';
import { temporary } from '../journal/fixture.ts';
import { host, type Machine, soon, twoMachines } from './machines.ts';
import { Server } from './server.ts';
import { type Direction, Wire } from './wire.ts';

let server: Server;
beforeAll(async () => {
  server = await Server.begin();
});
afterAll(() => server.end());

async function through(): Promise<Wire> {
  const proxy = await Wire.to(server.port);
  onTestFinished(() => proxy.close());
  return proxy;
}

async function journalOf(database: string, run: string): Promise<Uint8Array> {
  const rows = await server.sql(database, `select line from gonogo.event where run = '${run}' order by seq`);
  return Buffer.concat(rows.flatMap(({ line }) => (line instanceof Uint8Array ? [line, Buffer.of(10)] : [])));
}

/** One run whose lines go through a line of its own. */
async function lane(database: string, run: string) {
  const proxy = await through();
  const own = {
    ...host,
    machine: { ...host.machine, env: { ...host.machine.env, XDG_STATE_HOME: join(temporary(), 'own') } },
  };
  const address = readAddress(`${server.address(database, 'owner', proxy.port)}?sslmode=disable`, own);
  const work = await openWorkPlace(own, 'store');
  const store = new PostgresStore({ host: own, address, work, maxEvidence: 1e9, waitMs: 20_000, trouble: () => {} });
  const first = encodeAll([started()], beginning(run), 0);
  const as = ({ bytes, place }: typeof first) => ({ bytes, head: { seq: place.seq, sha256: place.sha256 } });
  const lease = await store.create(run, [], as(first));
  if (lease === null) throw new Error('the id is taken');
  let last = first;
  const said: string[] = [];
  const append = async (): Promise<void> => {
    const next = encodeAll([note(`note ${said.length}`)], last.place, 0);
    const { kind } = await lease.append({ ...as(next), after: as(last).head });
    said.push(kind);
    last = next;
  };
  return { run, proxy, append, said, lease };
}

test('a line that is cut at any byte of an exchange loses no record and makes none twice', async () => {
  const state = await server.database();
  const database = new URL(state).pathname.slice(1);
  await init(host, state, {});
  const lanes = await Promise.all(
    [...'abcdefgh'].map((letter) => lane(database, `20261121-0312-release-${letter}234`)),
  );
  const [first] = lanes;
  if (first === undefined) throw new Error('no lane');
  // How long an exchange is, from the first byte of a line to the last.
  first.proxy.drop();
  await first.append();
  const { asked, answered } = { ...first.proxy.passed };
  expect(asked).toBeGreaterThan(400);
  const cuts: (readonly [Direction, number])[] = [];
  for (let at = 0; at <= asked; at += 1) cuts.push(['asked', at]);
  for (let at = 0; at <= answered; at += 1) cuts.push(['answered', at]);
  await Promise.all(
    lanes.map(async ({ proxy, append }, index) => {
      for (let at = index; at < cuts.length; at += lanes.length) {
        proxy.drop();
        proxy.cutNext(...(cuts[at] ?? ['asked', 0]));
        await append();
      }
    }),
  );
  for (const { run, said, lease } of lanes) {
    await lease.release();
    expect(new Set(said)).toEqual(new Set(['appended', 'already']));
    const { events } = verifyJournal(await journalOf(database, run), run);
    const notes = events.flatMap((event) => (event.type === 'note.added' ? [event.data.text] : []));
    expect(notes).toEqual(said.map((_, index) => `note ${index}`));
  }
}, 240_000);

const slow = `runbook: Slow
phases:
  deploy:
    - { id: slow, run: 'echo slow >> log; while [ -e run.yaml ] && [ ! -e go ]; do sleep 0.05; done' }
    - { id: after, run: 'echo after >> log' }
`;

async function driven(machine: Machine, database: string, ...args: readonly string[]) {
  const running = machine.start(['run', machine.write('run.yaml', slow), ...args]);
  await soon('the step runs', () => machine.lines('log').length > 0);
  const [row] = await server.sql(database, 'select run from gonogo.run');
  return { running, run: String(row?.['run']) };
}

test('a server that is killed under a run keeps its command from nothing, and everything is recorded once it is back', async () => {
  const { machines, database } = await twoMachines(server);
  const [one] = machines;
  const { running, run } = await driven(one, database);
  const before = await journalOf(database, run);
  server.stop('immediate');
  one.write('go', '');
  await soon('it says so', () => running.stderr().includes('nothing is being recorded'));
  expect(one.lines('log')).toEqual(['slow']);
  server.start();
  const ended = await running.ended;
  expect([ended.code, ended.stderr]).toEqual([0, expect.stringMatching(/everything is recorded again/)]);
  expect(one.lines('log')).toEqual(['slow', 'after']);
  const after = await journalOf(database, run);
  expect(Buffer.from(after.subarray(0, before.length))).toEqual(Buffer.from(before));
  await one.says('verify', run);
});

test('a server that stays away is waited for as long as it was said, and a resume goes on', async () => {
  const { machines, database } = await twoMachines(server);
  const [one] = machines;
  const { running, run } = await driven(one, database, '--store-wait', '1s');
  server.stop('immediate');
  one.write('go', '');
  const ended = await running.ended;
  expect([ended.code, ended.stderr]).toEqual([3, expect.stringMatching(/cannot be reached.*gonogo resume/)]);
  const look = await one.gonogo('list');
  expect([look.code, look.stderr]).toEqual([2, expect.stringMatching(/cannot be reached/)]);
  server.start();
  await one.says('resume', run);
  expect(one.lines('log')).toEqual(['slow', 'after']);
  await one.says('verify', run);
});

test('whoever leaves while the server is away is not kept', async () => {
  const { machines, database } = await twoMachines(server);
  const [one] = machines;
  const { running, run } = await driven(one, database);
  server.stop('immediate');
  one.write('go', '');
  await soon('it says so', () => running.stderr().includes('nothing is being recorded'));
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect([ended.code, ended.stderr]).toEqual([3, expect.stringMatching(/gonogo resume/)]);
  server.start();
  await one.says('resume', run);
  expect(one.lines('log')).toEqual(['slow', 'after']);
});

test('a driver that is stopped after its intent was recorded, and taken over from, does nothing when it wakes', async () => {
  const { machines, database } = await twoMachines(server);
  const [one, two] = machines;
  const proxy = await through();
  const driving = one.start([
    'run',
    one.write('run.yaml', slow),
    '--state',
    // What is encrypted cannot be looked at.
    `${server.address(database, 'driver', proxy.port)}?sslmode=disable`,
  ]);
  proxy.holdAt('"type":"step.started"');
  await soon('the answer is held', () => proxy.holds);
  driving.child.kill('SIGSTOP');
  let run = '';
  await soon('the intent is recorded', async () => {
    const rows = await server.sql(database, 'select run from gonogo.run where seq >= 2');
    run = String(rows[0]?.['run'] ?? '');
    return run !== '';
  });
  proxy.release();
  one.write('go', '');
  const answers = two.write('answers.yaml', 'slow: { settle: rerun, reason: it never began }\n');
  const taken = await two.gonogo('resume', run, '--take-over', 'it hangs', '--operator', 'bo', '--answers', answers);
  expect([taken.code, taken.stderr]).toEqual([0, taken.stderr]);
  expect(one.lines('log')).toEqual(['slow', 'after']);
  driving.child.kill('SIGCONT');
  const woken = await driving.ended;
  expect([woken.code, woken.stderr]).toEqual([4, expect.stringMatching(/was taken over by bo on/)]);
  expect(one.lines('log')).toEqual(['slow', 'after']);
  const { events } = verifyJournal(await journalOf(database, run), run);
  expect(events.filter(({ type }) => type === 'step.started')).toHaveLength(3);
  await two.says('verify', run);
});
