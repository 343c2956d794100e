/**
 * Releases of real services with real servers, under a constant load, and what goes wrong in the middle of one. Each test goes on from
 * where the one before it left the stack.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Notes } from './notes.ts';
import { rowsAtFirst, Shop } from './shop.ts';
import { type Ended, endOf, Stack } from './stack.ts';

let stack: Stack;
let shop: Shop;
let notes: Notes;

beforeAll(async () => {
  stack = await Stack.start(['shop', 'notes']);
  shop = await Shop.open(stack);
  notes = new Notes(stack);
});
afterAll(() => {
  notes.close();
  stack.dispose();
});

/** What people say at the gates of a migration. */
const saidOfMigration = `ready.migration_data: { pass: 0003 fills the new column and is in the repository }
go: { approve: { by: Grace } }
migrate: { confirm: database }
done.watched: { pass: Looked at the logs }
done.documented: { pass: docs/OPERATIONS.md }
`;

/** The same of a release, without the decision to go. */
const saidOfRelease = `ready.migration_data: { pass: 0003 fills the new column and is in the repository }
ready.rollback_database: { pass: Today on a copy of production }
ready.rollback_configuration: { pass: shop.env is kept beside its last version }
ready.rollback_communication: { pass: Whoever rolls back tells the channel of the shop }
ready.rollback_verification: { pass: The rollback steps of the runbook }
ready.rollback_rehearsed: { pass: gonogo drill covers every failure point }
migrate: { confirm: shop }
verified.verify_smoke: { pass: The smoke tests of this run }
verified.verify_endpoints: { pass: /health/ answers with database and cache }
verified.verify_api: { pass: Orders are listed and placed }
verified.verify_database: { pass: Rows are written under load }
verified.verify_cache: { pass: /health/ asks Redis }
verified.verify_monitoring: { pass: The access log is watched by this run }
`;

const words = (vars: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(vars).flatMap(([name, value]) => ['--var', `${name}=${value}`]);

function run(runbook: string, vars: Readonly<Record<string, string>>, said: string): readonly string[] {
  const answers = stack.write('answers.yaml', said);
  return ['run', `runbooks/${runbook}.yaml`, ...words(vars), '--answers', answers, '--headless', '--operator', 'Ada'];
}

async function resumed(said: string): Promise<Ended> {
  const answers = stack.write('answers.yaml', said);
  return stack.gonogo(shop.clone, 'resume', 'latest', '--headless', '--operator', 'Ada', '--answers', answers);
}

/** The status and the reason of step `id` of the latest run. */
async function step(id: string): Promise<{ status: string; reason: string | null }> {
  const { stdout } = await stack.gonogo(shop.clone, 'show', 'latest', '--json');
  const shown: { steps: { id: string; status: string; reason: string | null }[] } = JSON.parse(stdout);
  const found = shown.steps.find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no step ${id}`);
  return found;
}

async function captured(name: string): Promise<string | undefined> {
  const { stdout } = await stack.gonogo(shop.clone, 'show', 'latest', '--json');
  const shown: { vars: Record<string, string> } = JSON.parse(stdout);
  return shown.vars[name];
}

/** Holds the row of the store, so that the migration which fills rows waits for it, until `end` is called or the server ends. */
function heldStore(): { end(): void } {
  const holding = stack.spawn('psql', [stack.address('shop'), '-X', '-q']);
  holding.stdin?.write('BEGIN; SELECT 1 FROM shop_store FOR UPDATE;\n');
  return { end: () => holding.stdin?.end('COMMIT;\n') };
}

const aMigrationWaits = (): boolean =>
  stack.run(
    'psql',
    stack.address('shop'),
    '-X',
    '-Atc',
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
  ).stdout === '1\n';

const isHeld = (): boolean =>
  stack.sql(
    'shop',
    "SELECT count(*) FROM pg_locks WHERE relation = 'shop_store'::regclass AND mode = 'RowShareLock'",
  ) === '1';

test('a migration of another server than was meant does not begin', async () => {
  shop.checkout('v2.0.0');
  const ended = await stack.gonogo(
    shop.clone,
    ...run('database-migration', { cluster: '7000000000000000000' }, saidOfMigration),
  );
  expect(ended).toMatchObject({ code: 2 });
  expect(ended.stderr).toContain('identity');
  expect(shop.schema()).toBe('0001_initial');
});

test.runIf(process.getuid?.() === 0)('a full disk of the backups is noticed before anything is changed', async () => {
  mkdirSync(stack.path('full'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=777', 'tmpfs', stack.path('full')], {
    encoding: 'utf8',
  });
  expect(mounted).toMatchObject({ status: 0, stderr: '' });
  try {
    const vars = { backups: stack.path('full') };
    const ended = await stack.gonogo(shop.clone, ...run('database-migration', vars, saidOfMigration));
    expect(ended).toMatchObject({ code: 3 });
    expect(await step('room')).toMatchObject({ status: 'failed' });
    expect(readdirSync(stack.path('full'))).toEqual([]);
    expect(stack.sql('shop', "SELECT count(*) FROM pg_database WHERE datname = 'shop_rehearsal'")).toBe('0');
    expect(shop.schema()).toBe('0001_initial');
  } finally {
    spawnSync('umount', [stack.path('full')]);
  }
});

test('a migration goes on after PostgreSQL was stopped in the middle of it, and after gonogo was killed', async () => {
  const backups = readdirSync(`${shop.clone}/backup`).length;
  let held = heldStore();
  await stack.until('the store is held', isHeld);
  const started = stack.started(shop.clone, ...run('database-migration', {}, saidOfMigration));
  const stopped = endOf(started);
  await stack.until('the migration waits', aMigrationWaits);
  expect(shop.schema()).toBe('0002_order_region');
  stack.stopPostgres();
  expect(await stopped).toMatchObject({ code: 3 });
  stack.startPostgres();
  expect(await step('migrate')).toMatchObject({ status: 'failed' });
  expect(shop.schema()).toBe('0002_order_region');
  expect(shop.rows('region IS NOT NULL')).toBe(0);

  held = heldStore();
  await stack.until('the store is held', isHeld);
  const again = stack.write('answers.yaml', `migrate: { retry: PostgreSQL is back }\n`);
  const killed = stack.started(shop.clone, 'resume', 'latest', '--headless', '--operator', 'Ada', '--answers', again);
  const gone = endOf(killed);
  await stack.until('the migration waits again', aMigrationWaits);
  killed.kill('SIGKILL');
  await gone;
  const resuming = resumed(saidOfMigration);
  held.end();
  expect(await resuming).toMatchObject({ code: 0 });
  expect(shop.schema()).toBe('0003_fill_region');
  expect(shop.rows('region IS NULL')).toBe(0);
  expect(shop.rows()).toBe(rowsAtFirst);
  expect(readdirSync(`${shop.clone}/backup`)).toHaveLength(backups + 1);
  expect(stack.sql('shop', "SELECT count(*) FROM pg_database WHERE datname = 'shop_rehearsal'")).toBe('0');
});

test('a migration that is done can be taken back, and what it had written is kept in a file', async () => {
  stack.sql('shop', "INSERT INTO shop_order (item, placed, region) VALUES ('written meanwhile', now(), 'us')");
  const ended = await stack.gonogo(
    shop.clone,
    'rollback',
    'latest',
    '--headless',
    '--operator',
    'Ada',
    '--reason',
    'to see it',
  );
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.stderr).toContain('rolled back');
  expect(shop.schema()).toBe('0001_initial');
  expect(shop.rows()).toBe(rowsAtFirst + 1);
  expect(shop.version()).toBe('v1.0.0');
  const kept = readdirSync(`${shop.clone}/backup`).find((name) => name.endsWith('-undone.dump')) ?? '';
  const text = stack.must('pg_restore', '--data-only', '--file=-', `${shop.clone}/backup/${kept}`);
  expect(text).toMatch(/written meanwhile\t.*\tus\n/);
});

test('a release takes over without one failed request, and tells that Redis was restarted meanwhile', async () => {
  const load = stack.load();
  const vars = { version: 'v2.0.0' };
  const begun = await stack.gonogo(shop.clone, ...run('django-nginx-release', vars, saidOfRelease));
  expect(begun).toMatchObject({ code: 3 });
  expect(begun.stderr).toContain('waits for approval of go');
  await stack.restartRedis();
  const noticed = await resumed(`${saidOfRelease}go: { approve: { by: Grace } }\n`);
  expect(noticed).toMatchObject({ code: 3 });
  expect(await step('redis_same')).toMatchObject({ status: 'failed' });
  const ended = await resumed(`${saidOfRelease}redis_same: { skip: It only counts what was looked at }\n`);
  expect(ended).toMatchObject({ code: 0 });
  const { requests, failed, placed, reasons } = await load.end();
  expect({ failed, reasons }).toEqual({ failed: 0, reasons: {} });
  expect(requests).toBeGreaterThan(100);
  expect(shop.version()).toBe('v2.0.0');
  expect(shop.schema()).toBe('0003_fill_region');
  expect(shop.rows()).toBe(rowsAtFirst + 1 + placed);
  expect(await captured('requests_failed')).toBe('0');
});

test('a bad release is rolled back by itself, and the report tells how many requests failed', async () => {
  const before = shop.rows();
  shop.checkout('v3.0.0');
  const load = stack.load();
  const vars = { version: 'v3.0.0' };
  const ended = await stack.gonogo(
    shop.clone,
    ...run('django-nginx-release', vars, `${saidOfRelease}go: { approve: { by: Grace } }\n`),
  );
  const { failed, placed } = await load.end();
  expect(ended).toMatchObject({ code: 1 });
  expect(await step('watch')).toMatchObject({ status: 'failed' });
  expect(shop.version()).toBe('v2.0.0');
  expect(shop.schema()).toBe('0003_fill_region');
  expect(shop.rows()).toBe(before + placed);
  expect(placed).toBeGreaterThan(0);
  expect(failed).toBeGreaterThan(0);
  expect(Number(await captured('requests_failed'))).toBe(failed);
});

test('the report of the rollback is signed, verifies, and says what happened in the words of the service', async () => {
  stack.must('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'ada', '-f', stack.path('ada'));
  const signers = stack.write('allowed_signers', `ada namespaces="gonogo-report" ${stack.read('ada.pub')}`);
  const report = stack.path('report');
  const made = await stack.gonogo(shop.clone, 'report', 'latest', '--out', report, '--sign', stack.path('ada'));
  expect(made).toMatchObject({ code: 0 });
  const { GONOGO_STACK_REPORT: keep } = process.env;
  if (keep !== undefined) cpSync(report, keep, { recursive: true });
  const verified = await stack.gonogo(shop.clone, 'verify', report, '--allowed-signers', signers);
  expect(verified, verified.stdout + verified.stderr).toMatchObject({ code: 0 });
  const text = stack.read('report/report.md');
  for (const told of ['rolled back', 'v2.0.0 → v2.0.0', '0004_order_total', `${await captured('requests_failed')} (`]) {
    expect(text).toContain(told);
  }
});

test('a release whose old version was stopped is taken back too, without one failed request', async () => {
  const { stdout } = await stack.gonogo(shop.clone, 'list', '--json');
  const runs: { run: string; title: string; status: string }[] = JSON.parse(stdout);
  const [bad, good] = runs.filter(({ title }) => title === 'Release the Django service');
  expect([bad?.status, good?.status]).toEqual(['rolled-back', 'completed']);
  const before = shop.rows();
  const load = stack.load();
  const back = ['rollback', good?.run ?? '', '--reason', 'to see it', '--headless', '--operator', 'Ada'];
  const ended = await stack.gonogo(shop.clone, ...back);
  const { failed, placed, reasons } = await load.end();
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 1 });
  expect({ failed, reasons }).toEqual({ failed: 0, reasons: {} });
  expect(shop.version()).toBe('v1.0.0');
  expect(shop.schema()).toBe('0001_initial');
  expect(shop.rows()).toBe(before + placed);
});

test('a schema that Alembic migrates goes forth and back by the same runbook', async () => {
  const answers = stack.write('answers.yaml', saidOfMigration);
  const headless = ['--headless', '--operator', 'Ada'];
  await notes.open();
  notes.lay('v2');
  const there = await stack.gonogo(
    notes.folder,
    'run',
    'runbooks/database-migration.yaml',
    '--answers',
    answers,
    ...headless,
  );
  expect(there, there.stdout + there.stderr).toMatchObject({ code: 0 });
  expect(stack.sql('notes', 'SELECT version_num FROM alembic_version')).toBe('0002');
  expect(stack.sql('notes', "SELECT count(*) FROM note WHERE title = 'note 7'")).toBe('1');
  stack.must('curl', '-fsS', '-X', 'POST', `${notes.url}/notes?text=meanwhile`);
  const back = await stack.gonogo(notes.folder, 'rollback', 'latest', '--reason', 'to see it', ...headless);
  expect(back, back.stdout + back.stderr).toMatchObject({ code: 1 });
  expect(stack.sql('notes', 'SELECT version_num FROM alembic_version')).toBe('0001');
  expect(stack.sql('notes', 'SELECT count(*) FROM note')).toBe('501');
});
