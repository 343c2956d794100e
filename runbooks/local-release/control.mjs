/**
 * Lays out and controls the orders service in a folder: `node control.mjs FOLDER VERB`. The runbook calls it as `./orders VERB`,
 * a script that `prepare` writes.
 *
 *   prepare          makes the folder anew, v1.0.0 live with its data; stops the service that an earlier one left
 *   start            starts the service, and prints its URL
 *   stop             ends the service
 *   reload           makes it serve from `current`; starts it when it does not run
 *   status           prints the URL of the running service; fails when it does not run
 *   migrate VERSION  brings the data to the schema of that version
 *   backup FILE      copies the data, and prints the sha256 of the copy
 *
 * Invariants: it never signals a process that is not the recorded service; it never empties a folder it did not make.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { isSea } from 'node:sea';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { backup, migrate, write } from './data.mjs';
import { isRunning } from './process.mjs';

const waitMs = 10_000;
const pollMs = 20;
const orderCount = 30;
const here = fileURLToPath(new URL('.', import.meta.url));

const [folderArgument, verb, argument] = process.argv.slice(2);
const folder = resolve(folderArgument ?? '');
const verbs = { prepare, start, stop, reload, status, migrate: migrateData, backup: backupData };

try {
  if (folderArgument === undefined || !Object.hasOwn(verbs, verb)) {
    throw new Error(`usage: orders ${Object.keys(verbs).join('|')}`);
  }
  await verbs[verb](argument);
} catch (error) {
  console.error(`orders: ${error.message}`);
  process.exitCode = 1;
}

async function prepare() {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    if (!existsSync(join(folder, 'identity'))) throw new Error(`${folder} is no folder of the demo; move it away`);
    await stop();
    rmSync(folder, { recursive: true });
  }
  mkdirSync(join(folder, 'data'), { recursive: true, mode: 0o700 });
  mkdirSync(join(folder, 'backup'));
  writeFileSync(join(folder, 'identity'), `orders-local ${randomBytes(6).toString('hex')}\n`);
  cpSync(join(here, 'releases'), join(folder, 'releases'), { recursive: true });
  symlinkSync('releases/v1.0.0', join(folder, 'current'));
  write(join(folder, 'data/orders.json'), { schema: 1, orders: firstOrders() });
  const command = [process.execPath, program('control.mjs'), folder].map(quote).join(' ');
  writeFileSync(join(folder, 'orders'), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
}

async function start() {
  const old = record();
  if (old !== null && isRunning(old)) return console.log(url(old));
  const token = randomBytes(12).toString('hex');
  const log = openSync(join(folder, 'service.log'), 'a', 0o600);
  // The port stays the same over restarts, because whoever uses the service knows it.
  const child = spawn(process.execPath, [program('service.mjs'), folder, String(old?.port ?? 0), token], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH ?? '' },
  });
  child.unref();
  await until(() => record()?.token === token || child.exitCode !== null, 'the service does not start');
  const present = record();
  if (present?.token !== token) throw new Error(`the service does not start; see ${join(folder, 'service.log')}`);
  console.log(url(present));
}

async function stop() {
  const present = record();
  if (present === null || !isRunning(present)) return;
  process.kill(present.pid, 'SIGTERM');
  await until(() => !isRunning(present), 'the service does not end');
}

async function reload() {
  const present = record();
  if (present === null || !isRunning(present)) return start();
  process.kill(present.pid, 'SIGHUP');
  const wanted = basename(readlinkSync(join(folder, 'current')));
  await until(async () => (await servedVersion(present)) === wanted, `the service does not serve ${wanted}`);
  console.log(`serving ${wanted}`);
}

function status() {
  const present = record();
  if (present === null || !isRunning(present)) throw new Error('the service does not run');
  console.log(url(present));
}

async function migrateData(version) {
  if (version === undefined || !existsSync(join(folder, 'releases', version))) {
    throw new Error(`migrate needs one of ${readdirSync(join(folder, 'releases')).sort().join(', ')}`);
  }
  // A line for each time it was called, so that anyone can count.
  writeFileSync(join(folder, 'data/migrations.log'), `${version}\n`, { flag: 'a' });
  await migrate(folder, version, (line) => console.log(line));
}

async function backupData(target) {
  if (target === undefined) throw new Error('backup needs a file name');
  console.log(await backup(folder, target));
}

/** What makes this Node run a file of this folder; gonogo's single executable is one too. */
function program(name) {
  return isSea() ? `--gonogo-node=${join(here, name)}` : join(here, name);
}

function record() {
  try {
    return JSON.parse(readFileSync(join(folder, 'service.json'), 'utf8'));
  } catch {
    return null;
  }
}

async function servedVersion(present) {
  try {
    return (await (await fetch(`${url(present)}/version`)).json()).version;
  } catch {
    return null;
  }
}

async function until(holds, otherwise) {
  const deadline = Date.now() + waitMs;
  while (!(await holds())) {
    if (Date.now() > deadline)
      throw new Error(`${otherwise} within ${waitMs / 1000} s; see ${join(folder, 'service.log')}`);
    await pause(pollMs);
  }
}

function firstOrders() {
  const items = ['lamp', 'desk', 'chair', 'shelf'];
  return Array.from({ length: orderCount }, (_, index) => ({
    id: index + 1,
    item: items[index % items.length],
    quantity: 1 + (index % 3),
    price: 1900 + 700 * (index % 5),
  }));
}

function url({ port }) {
  return `http://127.0.0.1:${port}`;
}

function quote(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
