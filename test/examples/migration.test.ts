import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Reply, Stage, statuses } from './stage.ts';

const sqlTool = fileURLToPath(new URL('sql.mjs', import.meta.url));
let stage: Stage;
let database: DatabaseSync;

beforeEach(() => {
  stage = new Stage();
  stage.write('flags/readme', '');
  database = new DatabaseSync(stage.path('orders.db'));
  database.exec(`
    CREATE TABLE installation (name TEXT);
    INSERT INTO installation VALUES ('shop in production');
    CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT);
    INSERT INTO orders (item) VALUES ('tea'), ('rice');
  `);
});
afterEach(async () => {
  database.close();
  await stage.dispose();
});

/** Migrates with a service that does `place` with each order. */
async function migrate(place: () => Reply) {
  const service = await stage.serve((method, path) =>
    method === 'POST' && path === '/orders' ? place() : { status: 404, body: '' },
  );
  const sql = `${process.execPath} --no-warnings ${sqlTool} orders.db`;
  const ended = await stage.example('migration', { service, sql });
  return { ended, shown: await stage.shown() };
}

function write(region: string | null): Reply {
  database.prepare('INSERT INTO orders (item, region) VALUES (?, ?)').run('smoke test', region);
  return { status: 201, body: '' };
}

const hasColumn = () =>
  database.prepare("SELECT name FROM pragma_table_info('orders') WHERE name = 'region'").get() !== undefined;

test('the column is added and holds what is written', async () => {
  const { ended, shown } = await migrate(() => write('eu'));
  expect(ended.code).toBe(0);
  expect(hasColumn()).toBe(true);
  expect(stage.has('flags/write-regions')).toBe(true);
  expect(stage.has('orders-before.db')).toBe(true);
  expect(shown.vars).toMatchObject({ rows_before: '2' });
});

test('undone before a row was written, the column is dropped', async () => {
  const { ended, shown } = await migrate(() => ({ status: 500, body: '' }));
  expect(ended.code).toBe(1);
  expect(hasColumn()).toBe(false);
  expect(stage.has('flags/write-regions')).toBe(false);
  expect(statuses(shown)).toMatchObject({
    place_order: 'failed',
    undo_write_regions: 'passed',
    undo_add_column: 'passed',
    tell_data_team: 'not-taken',
  });
});

test('undone after a row was written, the column stays and people are told', async () => {
  const { ended, shown } = await migrate(() => {
    database.exec('DELETE FROM orders');
    return write('eu');
  });
  expect(ended.code).toBe(1);
  expect(hasColumn()).toBe(true);
  expect(database.prepare('SELECT region FROM orders').all()).toEqual([{ region: 'eu' }]);
  expect(statuses(shown)).toMatchObject({ none_lost: 'failed', undo_add_column: 'passed', tell_data_team: 'passed' });
  expect(shown.steps.find(({ id }) => id === 'tell_data_team')?.note).toContain('data channel');
});

test('a column that is there already is not added, and so not dropped', async () => {
  database.exec('ALTER TABLE orders ADD COLUMN region TEXT');
  const { ended, shown } = await migrate(() => ({ status: 500, body: '' }));
  expect(ended.code).toBe(1);
  expect(hasColumn()).toBe(true);
  expect(statuses(shown)).toMatchObject({ add_column: 'skipped', tell_data_team: 'passed' });
});
