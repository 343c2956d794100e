/**
 * The data file behind the orders service: `data/orders.json`, `{schema, orders: [...]}`.
 *
 * Invariants:
 * - It is changed only inside `update`, by one process at a time, and replaced whole; a reader never sees half of it.
 * - A migration touches the rows it finds and no others: rows that are placed meanwhile stay, in both directions.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const lockTimeoutMs = 10_000;
const batches = 4;
const batchPauseMs = 300;

export function read(folder) {
  return JSON.parse(readFileSync(join(folder, 'data/orders.json'), 'utf8'));
}

/** Replaces the data by `change(data)` and returns it. */
export async function update(folder, change) {
  const unlock = await lock(folder);
  try {
    const data = change(read(folder));
    write(join(folder, 'data/orders.json'), data);
    return data;
  } finally {
    unlock();
  }
}

/**
 * Brings the data to the schema of `version`, forwards or backwards, a part of the rows at a time so that the service can go on
 * working. It may be cut off anywhere and called again.
 */
export async function migrate(folder, version, print) {
  const app = await import(pathToFileURL(join(folder, 'releases', version, 'app.mjs')).href);
  const migrations = await allMigrations(folder);
  for (const step of plan(migrations, read(folder).schema, app.schema)) {
    await migrateRows(folder, step, print);
    await update(folder, (data) => ({ schema: step.to, orders: data.orders.map((row) => step.change(row)) }));
    print(`schema is ${step.to}`);
  }
}

/** Copies the data to `target` and returns the sha256 of the copy, read back from the disk. */
export async function backup(folder, target) {
  const unlock = await lock(folder);
  try {
    write(join(folder, target), read(folder));
  } finally {
    unlock();
  }
  return createHash('sha256')
    .update(readFileSync(join(folder, target)))
    .digest('hex');
}

export function write(path, data) {
  writeFileSync(`${path}.new`, `${JSON.stringify(data, null, 2)}\n`, { flush: true });
  renameSync(`${path}.new`, path);
}

async function allMigrations(folder) {
  const releases = readdirSync(join(folder, 'releases')).sort();
  const paths = releases.map((name) => join(folder, 'releases', name, 'migration.mjs'));
  const loaded = await Promise.allSettled(paths.map((path) => import(pathToFileURL(path).href)));
  return loaded.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** The migrations between two schemas, in the order in which they are to be applied. */
function plan(migrations, from, to) {
  if (to >= from) {
    return migrations
      .filter(({ schema }) => schema > from && schema <= to)
      .sort((a, b) => a.schema - b.schema)
      .map(({ schema, up }) => ({ to: schema, change: up }));
  }
  return migrations
    .filter(({ schema }) => schema > to && schema <= from)
    .sort((a, b) => b.schema - a.schema)
    .map(({ schema, down }) => ({ to: schema - 1, change: down }));
}

/** Changes the rows that are there now. Those placed meanwhile are left to the caller, so that this ends under any load. */
async function migrateRows(folder, { change }, print) {
  const count = read(folder).orders.length;
  const batchRows = Math.ceil(count / batches);
  for (let start = 0; start < count; start += batchRows) {
    if (start > 0) await pause(batchPauseMs);
    const end = Math.min(start + batchRows, count);
    await update(folder, (data) => ({
      ...data,
      orders: data.orders.map((row, index) => (index >= start && index < end ? change(row) : row)),
    }));
    print(`${end} of ${count} orders`);
  }
}

/** A folder is the lock, because making one either works or fails. Returns what gives it back. */
async function lock(folder) {
  const path = join(folder, 'data/.lock');
  const deadline = Date.now() + lockTimeoutMs;
  for (;;) {
    try {
      mkdirSync(path);
      return () => rmdirSync(path);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (Date.now() > deadline) throw new Error(`${path} is held; remove it if no process of the service runs`);
      await pause(10);
    }
  }
}
