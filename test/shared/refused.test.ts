/** What cannot be a store, or not for this one: one clear line with the way out, exit 2, and nothing is changed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Machine, soon, twoMachines } from './machines.ts';
import { freePort, Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await Server.begin();
  await server.sql('postgres', `create role locked login password 'geheim'`);
});
afterAll(() => server.end());

async function expectRefused(
  machine: Machine,
  state: string,
  words: RegExp,
  env: Record<string, string> = {},
): Promise<void> {
  const { code, stdout, stderr } = await machine.start(['list', '--state', state], env).ended;
  expect([stderr, stdout]).toEqual([expect.stringMatching(words), '']);
  expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  expect(stderr).not.toMatch(/geheim|falsch/);
}

test('refused: a server that is not there, a database that is not, a wrong password, no password', async () => {
  const { machines, database, state } = await twoMachines(server);
  const [one] = machines;
  await expectRefused(one, `postgres://driver@127.0.0.1:${await freePort()}/runs`, /cannot be reached: .*ECONNREFUSED/);
  await expectRefused(one, 'postgres://driver@no.such.host.invalid/runs', /cannot be reached: .*no\.such\.host/);
  await expectRefused(one, server.address('nowhere', 'driver'), /no database nowhere .*createdb nowhere/);
  const locked = state.replace('driver@', 'locked:falsch@');
  await expectRefused(one, locked, /does not let locked in: password authentication failed.*\.pgpass/);
  await expectRefused(
    one,
    locked.replace(':falsch', ''),
    /asks for a password of locked; see PGPASSWORD and ~\/\.pgpass/,
  );
  await expectRefused(one, server.address(database, 'nobody'), /does not let nobody in: role "nobody" does not exist/);
});

test('refused: an address that says what is not understood', async () => {
  const { machines, state } = await twoMachines(server);
  const [one] = machines;
  for (const near of ['postgres:/u:geheim@h/x', 'postgresql:u:geheim@h', ' postgres://u:geheim@h/x'])
    await expectRefused(one, near, /--state: runs cannot live at postgres(ql)?:(\/\/)?…; name a folder, or postgres:/);
  await expectRefused(one, `${state}?sslmod=verify-full`, /sslmod is no parameter of it/);
  await expectRefused(one, `${state}?sslmode=verify`, /sslmode is one of disable, /);
  await expectRefused(one, state.replace(/:\d+\//, ':99999/'), /a port is a number up to 65535/);
  await expectRefused(one, 'postgres://u:geheim@h:1:2/x', /a host in it cannot be read/);
  await expectRefused(one, 'postgres://u:ge%heim@h/x', /a % in it/);
  await expectRefused(one, `${state}?connect_timeout=soon`, /connect_timeout is a number/);
});

test('refused: tables that are not there, not ours, older, newer, or not for this role', async () => {
  const { machines, database, state } = await twoMachines(server);
  const [one] = machines;
  const empty = await server.database();
  await expectRefused(one, empty, /holds no runs of gonogo yet; make its tables with: gonogo store init/);
  const other = await server.database();
  await server.sql(new URL(other).pathname.slice(1), 'create schema gonogo; create table gonogo.meta (what text)');
  await expectRefused(one, other, /not one of gonogo's/);
  const made = await one.gonogo('store', 'init', '--state', other);
  expect([made.code, made.stderr]).toEqual([2, expect.stringMatching(/not one of gonogo's|not gonogo's/)]);
  await server.sql('postgres', 'create role stranger login');
  await expectRefused(
    one,
    server.address(database, 'stranger'),
    /stranger may not do this .*store init --role stranger/,
  );
  await server.sql(database, 'update gonogo.meta set version = 99');
  await expectRefused(one, state, /of a newer gonogo \(version 99; .*update gonogo/);
  await server.sql(database, 'update gonogo.meta set version = 0');
  await expectRefused(one, state, /of an older gonogo \(version 0; .*gonogo store migrate/);
});

test('refused: tables that are made or migrated by somebody who may not', async () => {
  const { machines, database } = await twoMachines(server);
  const [one] = machines;
  const empty = new URL(await server.database()).pathname.slice(1);
  await server.sql('postgres', `revoke create on database ${empty} from public`);
  await server.sql(database, 'update gonogo.meta set version = 1');
  for (const [verb, where] of [
    ['init', empty],
    ['migrate', database],
  ] as const) {
    const { code, stderr } = await one.gonogo('store', verb, '--state', server.address(where, 'driver'));
    expect([verb, code, stderr.trim().split('\n')]).toEqual([
      verb,
      2,
      [
        expect.stringMatching(
          /^gonogo: driver may not do this in .*; tables are made and migrated by the owner of the database$/,
        ),
      ],
    ]);
  }
});

test('refused: a server that is read-only, by its own word or because it is a replica', async () => {
  const { machines, database, state } = await twoMachines(server);
  const [one] = machines;
  await server.sql('postgres', `alter database ${database} set default_transaction_read_only = on`);
  const { code, stderr } = await one.gonogo(
    'run',
    one.write('run.yaml', 'runbook: X\nphases: { a: [{ id: b, run: echo }] }\n'),
  );
  expect([code, stderr.trim().split('\n').at(-1)]).toEqual([
    2,
    expect.stringMatching(/^gonogo: \S+ is read-only and records nothing: .*default_transaction_read_only/),
  ]);
  await server.sql('postgres', `alter database ${database} reset default_transaction_read_only`);
  const replica = await server.standby();
  onTestFinished(() => replica.end());
  await expectRefused(
    one,
    replica.address(database, 'driver'),
    /is a read-only replica; name the primary, or all of them/,
  );
  expect(
    (
      await one.gonogo(
        'list',
        '--state',
        state.replace(/@[^/]*/, `@127.0.0.1:${replica.port},127.0.0.1:${server.port}`),
      )
    ).code,
  ).toBe(0);
});

test('refused: a certificate that nobody vouches for, one of another name, and no TLS where it is demanded', async () => {
  const { machines, database } = await twoMachines(server);
  const [one] = machines;
  const at = (name: string, query: string): string => `postgres://driver@${name}:${server.port}/${database}?${query}`;
  const root = `sslrootcert=${encodeURIComponent(one.write('root.crt', readFileSync(server.certificate, 'utf8')))}`;
  await expectRefused(one, at('localhost', 'sslmode=verify-full'), /needs a root certificate/);
  await expectRefused(one, at('localhost', 'sslmode=verify-full&sslrootcert=system'), /is not trusted/);
  await expectRefused(one, at('localhost', 'sslrootcert=system'), /is not trusted/);
  await expectRefused(one, at('localhost', ''), /is not trusted/, { PGSSLROOTCERT: 'system' });
  await expectRefused(one, at('localhost', 'sslmode=require&sslrootcert=system'), /goes with sslmode=verify-full/);
  await expectRefused(one, at('127.0.0.1', `sslmode=verify-full&${root}`), /is not trusted/);
  await expectRefused(one, at('localhost', 'sslmode=verify-ca&sslrootcert=/nowhere'), /\/nowhere cannot be read/);
  expect(await one.says('store', 'check', '--state', at('127.0.0.1', `sslmode=verify-ca&${root}`))).toMatch(/with TLS/);
  expect(await one.says('store', 'check', '--state', at('localhost', `sslmode=verify-full&${root}`))).toMatch(
    /with TLS/,
  );
  expect(await one.says('store', 'check', '--state', at('127.0.0.1', 'sslmode=prefer'))).toMatch(/with TLS/);
  expect(await one.says('store', 'check', '--state', at('127.0.0.1', 'sslmode=disable'))).toMatch(/without TLS/);
  const plain = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write('N'));
  });
  const port = await freePort();
  await new Promise<void>((done) => plain.listen(port, '127.0.0.1', done));
  onTestFinished(() => void plain.close());
  await expectRefused(one, `postgres://driver@127.0.0.1:${port}/runs?sslmode=require`, /speaks no TLS/);
});

test('a store is made once, looked at and brought up to date, and only in a database', async () => {
  const { machines } = await twoMachines(server);
  const [one] = machines;
  const state = await server.database();
  expect(await one.says('store', 'init', '--state', state)).toMatch(/made the schema gonogo/);
  expect(await one.says('store', 'init', '--state', state, '--max-evidence', '1M')).toMatch(/above 1048576 bytes/);
  expect(await one.says('store', 'migrate', '--state', state)).toMatch(/is up to date/);
  const checked = await one.says('store', 'check', '--state', state);
  expect(checked).toMatch(/schema version \d+, 0 runs/);
  expect(checked).toMatch(/owner may also change and remove records/);
  for (const [args, words] of [
    [['store', 'init', '--state', one.path('folder')], /in a folder .* need no tables/],
    [['store', 'make', '--state', state], /there is no store make; the verbs are: init, check, migrate/],
    [['store', 'init', '--state', state, '--role', 'noone'], /there is no role noone/],
    [['store', 'init', '--state', state, '--max-evidence', 'much'], /a number of bytes/],
    [['store', 'check', '--state', state, '--role', 'driver'], /go with gonogo store init/],
  ] as const) {
    const { code, stderr } = await one.gonogo(...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
  }
  const [left] = await server.sql(
    new URL(state).pathname.slice(1),
    `select has_schema_privilege('public', 'gonogo', 'usage') as open`,
  );
  expect(left).toEqual({ open: false });
});

test('the operator own file names where runs live; one that is wrong sends them nowhere else', async () => {
  const { machines, state } = await twoMachines(server);
  const [one] = machines;
  mkdirSync(one.path('config/gonogo'), { recursive: true });
  one.write('config/gonogo/config.yaml', `state: ${state}\n`);
  const listed = await one.start(['list'], { GONOGO_STATE: '' }).ended;
  expect([listed.code, listed.stderr]).toEqual([0, expect.stringContaining(`no runs yet in ${state}`)]);
  one.write('config/gonogo/config.yaml', `state: ${state}\nthem: dark\n`);
  const broken = await one.start(['list'], { GONOGO_STATE: '' }).ended;
  expect([broken.code, broken.stderr]).toEqual([2, expect.stringMatching(/config\.yaml: unknown key them/)]);
  one.write('config/gonogo/config.yaml', 'them: dark\n');
  expect((await one.start(['list'], { GONOGO_STATE: '' }).ended).code).toBe(0);
});

test('a password on the command line that makes tables is not in the list of processes', async () => {
  const { machines } = await twoMachines(server);
  const [one] = machines;
  let asked = false;
  const silent = createServer((socket) => {
    socket.on('error', () => {});
    asked = true;
  });
  const port = await freePort();
  await new Promise<void>((done) => silent.listen(port, '127.0.0.1', done));
  onTestFinished(() => void silent.close());
  const { child } = one.start(['store', 'check', '--state', `postgres://locked:geheim@127.0.0.1:${port}/runs`]);
  await soon('it asks', () => asked);
  expect(execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(child.pid)]).toString()).toMatch(/^gonogo\s*$/);
});

test('a password in the address is in nothing that is shown, stored or handed to a command', async () => {
  const { machines, database, state } = await twoMachines(server);
  const [one] = machines;
  const owner = server.address(database);
  await one.says('store', 'init', '--state', owner, '--role', 'locked');
  const secret = state.replace('driver@', 'locked:geheim@');
  const asks =
    "runbook: Env\nphases: { deploy: [{ id: look, run: \"env; tr '\\\\0' ' ' < /proc/$PPID/environ || true; while [ -e run.yaml ] && [ ! -e go ]; do sleep 0.05; done\" }] }\n";
  const file = one.write('run.yaml', asks);
  const driven = one.start(['run', file], { GONOGO_STATE: secret });
  let run = '';
  await soon('the run is there', async () => {
    const rows = await server.sql(database, 'select run from gonogo.run');
    run = String(rows[0]?.['run'] ?? '');
    return run !== '';
  });
  const flagged = one.start(['watch', run, '--plain', '--state', secret]);
  await soon('it watches', () => flagged.stdout().length > 0);
  expect(execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(flagged.child.pid)]).toString()).not.toMatch(/geheim/);
  one.write('go', '');
  const ended = await driven.ended;
  expect([ended.code, ended.stderr]).toEqual([0, ended.stderr]);
  const [watched, logs] = [await flagged.ended, await one.says('logs', run)];
  expect(logs).toMatch(/GONOGO_STATE=postgres:\/\/locked@127/);
  await one.says('report', run, '--out', one.path('report'));
  const all = [ended, watched].flatMap(({ stdout, stderr }) => [stdout, stderr]);
  for (const path of readdirSync(one.folder, { recursive: true, withFileTypes: true }))
    if (path.isFile()) all.push(readFileSync(`${path.parentPath}/${path.name}`, 'latin1'));
  const dumped = await server.sql(
    database,
    `select string_agg(convert_from(line, 'utf8'), '') as all from gonogo.event`,
  );
  all.push(String(dumped[0]?.['all']), JSON.stringify(await server.sql(database, 'select driver from gonogo.lease')));
  expect(all.filter((text) => text.includes('geheim'))).toEqual([]);
  // The query of an address can hold it too, more than once and under a name that is encoded.
  const query = 'password=geheim&password=geheim&pass%77ord=geheim&sslmode=prefer';
  const short = one.write('short.yaml', 'runbook: Short\nphases: { deploy: [{ id: look, run: env }] }\n');
  const bare = state.replace('driver@', 'locked@');
  expect((await one.start(['run', short], { GONOGO_STATE: `${bare}?${query}` }).ended).code).toBe(0);
  const printed = await one.says('logs', 'latest', 'look');
  expect(printed.match(/^GONOGO_STATE=.*$/m)?.[0]).toBe(`GONOGO_STATE=${bare}?sslmode=prefer`);
  expect(printed).not.toMatch(/geheim/);
  // What opens the store is no step's, and where one prints it all the same it is masked.
  const telling = `runbook: Short\nphases: { deploy: [{ id: look, run: 'env; echo it is ge""heim' }] }\n`;
  const given = one.start(['run', one.write('telling.yaml', telling)], { GONOGO_STATE: bare, PGPASSWORD: 'geheim' });
  expect((await given.ended).code).toBe(0);
  const told = await one.start(['logs', 'latest', 'look', '--state', bare], { PGPASSWORD: 'geheim' }).ended;
  expect(told.stdout).toMatch(/^it is •••$/m);
  expect(told.stdout).not.toMatch(/PGPASSWORD|geheim/);
  // Where libpq looks for it, and only where nobody else may read it.
  const pgpass = one.write('pgpass', `127.0.0.1:${server.port}:*:locked:geheim\n`);
  execFileSync('chmod', ['600', pgpass]);
  expect((await one.start(['list', '--state', bare], { PGPASSFILE: pgpass }).ended).code).toBe(0);
  execFileSync('chmod', ['644', pgpass]);
  expect((await one.start(['list', '--state', bare], { PGPASSFILE: pgpass }).ended).code).toBe(2);
});
